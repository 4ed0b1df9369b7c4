"""Every page of the desk on a very bad day: axe, 320 pixels, 400 % zoom, the keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.keyboard import FOCUSED, REACHABLE
from tests.browser.screenshots import ARGUMENTS, CHROMIUM

playwright_api = pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed")

from tests.browser.desk_server import DOOR_PAGES, PAGES, Desk, addresses, served_desk, walkers  # noqa: E402 - needs it

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Debian's package chromium is not installed"),
]

NOBODY = "nobody"
TABS = 120
"""So many stops are walked of a longer page; a component list has hundreds of the same kind."""


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    with served_desk() as desk:
        yield desk


@pytest.fixture(scope="module")
def contexts(desk) -> Iterator[dict[str, object]]:
    """One browser, a context for each person and one for nobody; axe is put in past the policy."""
    with playwright_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        nobody = browser.new_context(base_url=desk.base, bypass_csp=True)
        people = {name: desk.enter(browser, name, bypass_csp=True) for name in ("rita", "bob", "alice", "ada")}
        yield {**people, NOBODY: nobody}
        browser.close()


@pytest.fixture(scope="module")
def paths(desk) -> dict[str, str]:
    return addresses(desk)


@pytest.fixture
def opened(contexts, paths, request) -> Iterator[object]:
    """The page of this test's name, open for this test's person."""
    name, person = request.param
    page = contexts[person].new_page()
    assert page.goto(paths[name]).status in {200, 404}  # 404: a link that is gone
    yield page
    page.close()


FIRST = {
    ("overview", "bob"), ("event", "rita"), ("event", "alice"), ("post-template", "bob"), ("new-work", "bob"),
    ("accounts", "ada"), ("sign-in", NOBODY), ("link", NOBODY), ("acknowledge", NOBODY),
}  # fmt: skip
"""What an alert leads to, and each kind of form, by each role; the other pages are walked with --all."""

WALKS = [(name, person) for name in PAGES for person in walkers(name)] + [(name, NOBODY) for name in DOOR_PAGES]

every_page = pytest.mark.parametrize(
    "opened",
    [pytest.param(walk, marks=[] if walk in FIRST else pytest.mark.story, id="-".join(walk)) for walk in WALKS],
    indirect=True,
)


@every_page
def test_axe_finds_nothing_and_no_page_scrolls_sideways(opened):
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(opened).response["violations"]
    opened.emulate_media(color_scheme="dark")
    only = {"runOnly": ["color-contrast"], "resultTypes": ["violations"]}
    found += Axe().run(opened, options=only).response["violations"]
    opened.set_viewport_size({"width": 320, "height": 256})  # a window of 1280 × 1024 at 400 %
    wide = opened.evaluate("document.documentElement.scrollWidth")
    assert ([(rule["id"], node["html"][:200]) for rule in found for node in rule["nodes"]], wide) == ([], 320)


@every_page
def test_the_keyboard_reaches_everything_in_order_and_shows_where_it_is(opened):
    opened.set_viewport_size({"width": 320, "height": 568})
    expected, stops = opened.evaluate(REACHABLE), []
    for _press in range(TABS):
        opened.keyboard.press("Tab")
        where = opened.evaluate(FOCUSED)
        if where is None:
            break
        assert where[1], f"no visible focus: {where[2]}"
        if where[0] not in stops[-1:]:  # a field for a time has several stops
            stops.append(where[0])
    assert stops == expected[: len(stops)]
    assert len(stops) == len(expected) or _press == TABS - 1, "some cannot be reached"
