"""What only a browser can say of the pages of subscribers and customers, and of mails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.screenshots import CHROMIUM
from tests.browser.told_server import Told, served_told

PAGES = (
    "subscribe", "subscribe-component", "subscribe-event", "confirm", "confirmed", "manage", "manage-event",
    "manage-hook", "manage-hook-done", "manage-paused", "stop", "customer", "customer-event",
)  # fmt: skip
SMALL = """() => [...document.querySelectorAll("main :is(label.pick, summary, button, select, label:not(.pick) input)")]
.filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 44).map(e => e.outerHTML.slice(0, 90))"""
"""What a finger can't hit (WCAG 2.5.5: 44 px)."""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Debian's package chromium is not installed"),
]


@pytest.fixture(scope="module")
def told() -> Iterator[Told]:
    with served_told() as told:
        yield told


@pytest.fixture
def phone(browser):
    page = browser.new_page(viewport={"width": 320, "height": 568}, has_touch=True)
    yield page
    page.close()


@pytest.mark.parametrize(("language", "scheme"), [("fr", "light"), pytest.param("en", "dark", marks=pytest.mark.story)])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_no_violation(browser, told, name, language, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_page(color_scheme=scheme, bypass_csp=True)
    page.goto(told.base + told.pages(language)[name])
    found = Axe().run(page).response["violations"]
    page.close()
    assert [(rule["id"], node["html"]) for rule in found for node in rule["nodes"]] == []


@pytest.mark.parametrize("name", PAGES)
def test_a_phone_scrolls_nothing_sideways_and_a_finger_hits_every_field(phone, told, name):
    phone.goto(told.base + told.pages("fr")[name])
    small = phone.evaluate(SMALL) if "customer" not in name else []
    assert (phone.evaluate("document.documentElement.scrollWidth"), small) == (320, [])


def test_what_does_not_apply_to_what_is_chosen_is_not_in_the_way(phone, told):
    phone.goto(told.base + told.pages("fr")["subscribe"])
    fields = {name: phone.locator(f"[name={name}]").first for name in ("departments", "digest_at", "weekday", "token")}
    assert [name for name, field in fields.items() if field.is_visible()] == []
    phone.locator("[name=what][value=some]").check()
    phone.locator("[name=pace][value=daily]").check()
    phone.locator("[name=channel][value=ntfy]").check()
    assert [name for name, field in fields.items() if field.is_visible()] == ["departments", "digest_at", "token"]
    phone.locator("[name=pace][value=weekly]").check()
    assert fields["weekday"].is_visible()


def test_hundreds_of_components_are_shown_once_they_are_looked_for(phone, told):
    phone.goto(told.base + told.pages("fr")["manage"])
    shown = phone.evaluate("[...document.querySelectorAll('[name=component]')].filter(e => e.checkVisibility()).length")
    assert shown < 12
    phone.locator("details[open] summary", has_text="Webmail").click()
    assert phone.get_by_label("Grappe 6", exact=True).is_visible()
