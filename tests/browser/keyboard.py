"""What a keyboard can reach on a page, and where it is: run in the page itself."""

from __future__ import annotations

FOCUSED = """() => {
  const e = document.activeElement, s = getComputedStyle(e);
  if (e === document.body) return null;
  const drawn = e.closest("svg") && parseFloat(getComputedStyle(e.querySelector("path")).strokeWidth) >= 4;
  const seen = drawn || s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0;
  return [[...document.querySelectorAll("*")].indexOf(e), seen, e.outerHTML.slice(0, 90)];
}"""
REACHABLE = """() => [...document.querySelectorAll("*")].flatMap((e, i) =>
  e.matches("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")
  && e.tabIndex >= 0 && !e.disabled && e.checkVisibility({contentVisibilityAuto: true, visibilityProperty: true})
  && (e.type !== "radio" || e === (document.querySelector(`[name="${e.name}"]:checked`)
    || document.querySelector(`[name="${e.name}"]`))) ? [i] : [])"""
