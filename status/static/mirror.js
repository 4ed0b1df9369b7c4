/* On a copy: past its hour a page claims no present; an emergency message stands on every page, until its own end. */
(function () {
  "use strict";
  var data = document.currentScript.dataset, until = Date.parse(data.until), skew = 0, turned, message;

  function main() { return document.querySelector("main") }

  function get(address) {
    return fetch(address, { cache: "no-cache" }).then(function (answer) {
      if (!answer.ok) throw answer;
      var date = Date.parse(answer.headers.get("date"));
      if (date) skew = date - Date.now();
      return answer.text();
    });
  }

  function over(at) { return at && Date.now() + skew > at }

  function show(page) {
    main().replaceWith(page.querySelector("main"));
    document.body.className = page.body.className;
    say();
  }

  function read(text) { return new DOMParser().parseFromString(text, "text/html") }

  function put(markup) { main().prepend(read(markup).body.firstChild) }

  function look() {
    if (!over(until)) return;
    get(location.pathname).then(function (text) {
      var page = read(text), script = page.querySelector("script[data-until]");
      var next = script && Date.parse(script.dataset.until);
      if (next && !over(next)) {
        until = next;
        turned = false;
        show(page);
      } else if (!turned) return get(data.twin).then(function (twin) {
        show(read(twin));
        turned = true;
      });
    }).catch(function () {
      if (turned) return;
      turned = true;
      document.body.className = "stale";
      put('<p class="copy">' + data.gone + "</p>");
    });
  }

  function say() {
    if (message && !document.querySelector(".emergency")) put(message);
    end();
  }

  function end() {
    document.querySelectorAll(".emergency[data-ends]").forEach(function (section) {
      if (!over(Date.parse(section.dataset.ends))) return;
      section.remove();
      document.querySelectorAll("[data-after]").forEach(function (span) { span.textContent = span.dataset.after });
    });
  }

  get(data.root + "emergency.json").then(function (text) {
    var found = JSON.parse(text);
    message = found.said && found.said[document.documentElement.lang];
    if (over(Date.parse(found.until))) message = null;
  }).catch(function () {}).then(say);

  setInterval(end, 5000);
  if (until) {
    setInterval(look, 9000);
    addEventListener("pageshow", look);
    look();
  }
})();
