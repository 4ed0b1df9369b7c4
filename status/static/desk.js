// Warns before the session's end, and lets one press go on without leaving the page. Without it the page says the time.
(function () {
  "use strict";
  var form = document.getElementById("ending");
  if (!form) return;
  var words = document.getElementById("ending-words"), quiet = words.textContent, timers = [];

  function plan(ends) {
    timers.forEach(clearTimeout);
    var left = ends.getTime() - Date.now(), warn = Number(form.dataset.warn) * 1000;
    timers = [setTimeout(say, Math.max(0, left - warn), form.dataset.said, ends), setTimeout(say, left, form.dataset.ended, ends)];
  }

  function clock(at) {
    return at.toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
  }

  function say(text) {
    form.classList.add("now");
    words.setAttribute("role", "alert");
    words.textContent = text;
  }

  form.addEventListener("submit", function (event) {
    event.preventDefault();
    fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "application/json" }, redirect: "manual" })
      .then(function (answer) { return answer.ok ? answer.json() : Promise.reject(answer); })
      .then(function (told) {
        form.classList.remove("now");
        words.setAttribute("role", "status");
        words.textContent = quiet.replace(/\d\d?[:h]\d\d/, clock(new Date(told.ends_at)));
        plan(new Date(told.ends_at));
      })
      .catch(function () { say(form.dataset.ended); });
  });

  plan(new Date(form.dataset.ends));
})();
