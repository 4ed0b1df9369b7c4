// Renews the parts of a page that changed, unless somebody reads there. Past its time a page claims no present.
(function () {
  "use strict";
  var data = document.currentScript.dataset, KEY = "travaux-paused", EVERY = 3e4, HUSH = 6e4, WAIT = 8e3, PATIENCE = 2e3;
  var until, left, began, skew = 0, asked = 0;
  var known = {}, etag, lost, words = "", told = -HUSH, paused, status = document.createElement("p");

  try { paused = localStorage.getItem(KEY) === "1"; } catch (error) { paused = false; }

  function all(selector, root) { return Array.from((root || document).querySelectorAll(selector)); }
  function one(selector, root) { return (root || document).querySelector(selector); }

  // Until when the page may stand: as it says itself, else for so long after an answer.
  function hold(given) {
    until = given.until ? Date.parse(given.until) : Date.now() + skew + given.after * 1e3;
    left = until - Date.now() - skew;
    began = performance.now();
  }

  function over() { return until && (Date.now() + skew > until || performance.now() - began > left); }

  function remember() { all("[data-r]").forEach(function (part) { known[part.dataset.r] = part.cloneNode(true); }); }

  function offered(part) {
    var before = part.previousElementSibling;
    return before && before.className === "offer" ? before : null;
  }

  function isRead(part, fresh) {
    var chosen = getSelection(), active = document.activeElement, place = offered(part);
    return part.contains(active) || (place && place.contains(active)) ||
      (!chosen.isCollapsed && chosen.getRangeAt(0).intersectsNode(part)) ||
      all("details[open]", part).length > all("details[open]", fresh).length;
  }

  function sentence(part) { return all(".big", part).map(function (line) { return line.textContent.trim(); }).join(". "); }

  function swap(part, fresh) {
    var place = offered(part), now = document.importNode(fresh, true);
    if (place) place.remove();
    part.replaceWith(now);
    known[fresh.dataset.r] = fresh;
    if (one("#refresh", now)) dress();
    return now;
  }

  function offer(part, fresh) {
    var place = offered(part);
    if (!place) {
      place = document.createElement("div");
      place.className = "offer";
      place.append(document.createElement("button"));
      place.firstChild.textContent = data.fresh;
      part.before(place);
    }
    place.firstChild.onclick = function () {
      var now = swap(part, fresh);
      now.tabIndex = -1;
      now.focus();
    };
  }

  function renew(text) {
    var page = new DOMParser().parseFromString(text, "text/html"), script = one("script[data-fresh]", page), news = "";
    var stale = page.body.classList.contains("stale");
    if (!script) throw page;
    hold(script.dataset);
    document.title = page.title;
    document.body.className = page.body.className;
    one("link[rel=icon]").setAttribute("href", one("link[rel=icon]", page).getAttribute("href"));
    if (lost) {
      lost = false;
      one("main").replaceWith(document.importNode(one("main", page), true));
      words = one(".banner") ? sentence(one(".banner")) : "";
      remember();
      return dress();
    }
    all("[data-r]", page).forEach(function (fresh) {
      var id = fresh.dataset.r, part = one('[data-r="' + id + '"]'), old = known[id];
      if (!part || old.isEqualNode(fresh)) return;
      if (sentence(old) !== sentence(fresh)) news = sentence(fresh) || news;
      else if (old.dataset.k !== fresh.dataset.k) news = news || data.told.replace("{}", fresh.dataset.name);
      if (stale || !isRead(part, fresh)) swap(part, fresh);
      else if (old.dataset.k !== fresh.dataset.k) offer(part, fresh);
    });
    if (news) words = news;
  }

  // Nobody answers, or nobody asks: what was green is grey, and says that it was. What is over may stand.
  function claimNothing(why) {
    var banner = one(".banner"), line = document.createElement("p");
    if (!one("#refresh") || lost || document.body.classList.contains("stale")) return;
    lost = true;
    document.body.classList.add("stale");
    one("link[rel=icon]").setAttribute("href", data.icon);
    all(".state.s-operational").forEach(function (mark) {
      var word = mark.lastElementChild;
      word.textContent = data.was.replace("{}", word.textContent);
    });
    all(".s-operational").forEach(function (part) {
      part.classList.replace("s-operational", "s-unknown");
      all("use[href='#operational']", part).forEach(function (icon) { icon.setAttribute("href", "#unknown"); });
    });
    line.className = "big";
    line.textContent = words = why;
    if (banner && !banner.classList.contains("small")) banner.replaceChildren(line);
    else (banner || one("main")).prepend(line);
  }

  // The reader's clock may be wrong: until something was answered, only what passed since counts.
  function waited() { if (etag ? over() : performance.now() - began > left) claimNothing(data.gone); }

  function look() {
    if (document.hidden) return;
    if (words && performance.now() - told > HUSH) {
      status.textContent = words;
      words = "";
      told = performance.now();
    }
    if (paused) return over() && claimNothing(data.held);
    if (asked && performance.now() - asked < EVERY) return;
    asked = performance.now();
    setTimeout(waited, PATIENCE);
    fetch(location.pathname + location.search, { cache: "no-cache", signal: AbortSignal.timeout(WAIT) }).then(function (answer) {
      if (!answer.ok) throw answer;
      skew = Date.parse(answer.headers.get("date")) - Date.now() || 0;
      if (!lost && etag && etag === answer.headers.get("etag")) return data.after && hold(data);
      etag = answer.headers.get("etag");
      return answer.text().then(renew);
    }).catch(function () { if (over()) claimNothing(data.gone); });
  }

  function dress() {
    var row = document.getElementById("refresh"), button = document.createElement("button");
    if (!row) return;
    function show() { button.textContent = paused ? data.resume : data.pause; }
    button.onclick = function () {
      paused = !paused;
      try { localStorage.setItem(KEY, paused ? "1" : "0"); } catch (error) { /* it is forgotten with the page */ }
      asked = 0;
      show();
      look();
    };
    show();
    row.replaceChildren(button);
  }

  status.className = "unseen";
  status.setAttribute("role", "status");
  document.body.append(status);
  hold(data);
  if (data.at) {
    left = until - Date.parse(data.at);
    began = 0;
  }
  remember();
  dress();
  setInterval(look, 5e3);
  addEventListener("pageshow", look);
  document.addEventListener("visibilitychange", look);
})();
