"""What only a browser can say: accessibility by axe, no sideways scroll on a phone, what a first view loads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from status.domain.states import EventState
from tests.browser.screenshots import ARGUMENTS, CHROMIUM, PAGES, served
from tests.status.web.builder import NOW
from tests.status.web.days import one_incident, quiet, very_bad_day

playwright_api = pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Debian's package chromium is not installed"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with playwright_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with served(very_bad_day) as address:
        yield address


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_no_violation(browser, base, name, language, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_page(color_scheme=scheme, bypass_csp=True)
    page.goto(f"{base}/{language}{PAGES[name]}")
    found = Axe().run(page).response["violations"]
    page.close()
    assert [(rule["id"], node["html"]) for rule in found for node in rule["nodes"]] == []


@pytest.mark.parametrize("path", [*PAGES.values(), "/travaux?type=incident", "/nope"])
def test_no_page_scrolls_sideways_at_320_pixels(browser, base, path):
    page = browser.new_page(viewport={"width": 320, "height": 568})
    page.goto(f"{base}/fr{path}")
    width = page.evaluate("document.documentElement.scrollWidth")
    page.close()
    assert width == 320


def test_a_word_without_end_does_not_make_a_phone_scroll(browser):
    def day(session):
        story = quiet(session)
        endless = "x" * 400
        posts = [(NOW, EventState.INVESTIGATING, {"fr": endless})]
        story.event({"fr": endless}, ["webmail"], began=NOW, posts=posts, exchanges=[endless])
        return story

    widths = {}
    with served(day) as base:
        page = browser.new_page(viewport={"width": 320, "height": 568})
        for path in ("", "/travaux", "/travaux/1203", "/components/webmail"):
            page.goto(f"{base}/fr{path}")
            widths[path] = page.evaluate("document.documentElement.scrollWidth")
        page.close()
    assert set(widths.values()) == {320}, widths


def test_the_stale_twin_has_no_violation_and_no_sideways_scroll(browser):
    from axe_playwright_python.sync_playwright import Axe

    with served(one_incident, later_s=600) as base:
        page = browser.new_page(viewport={"width": 320, "height": 568}, bypass_csp=True)
        page.goto(f"{base}/fr")
        width = page.evaluate("document.documentElement.scrollWidth")
        found = Axe().run(page).response["violations"]
        page.close()
    assert (found, width) == ([], 320)


def test_the_front_page_needs_two_requests_and_no_script(browser, base):
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{base}/fr", wait_until="networkidle")
    scripts = page.locator("script").count()
    page.close()
    assert (len([url for url in asked if not url.endswith(".svg")]), scripts) == (2, 0)


def test_the_first_tab_stop_skips_to_the_content(browser, base):
    page = browser.new_page()
    page.goto(f"{base}/en")
    page.keyboard.press("Tab")
    focused = page.evaluate("document.activeElement.getAttribute('href')")
    page.close()
    assert focused == "#main"
