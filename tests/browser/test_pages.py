"""What only a browser can say: accessibility by axe, no sideways scroll on a phone, what a first view loads."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from status.domain.states import EventState, EventType, Impact, Verdict
from tests.browser.keyboard import FOCUSED, REACHABLE
from tests.browser.screenshots import CHROMIUM, PAGES, served
from tests.status.web.builder import NOW, ago
from tests.status.web.days import PRODUCTS, one_incident, quiet, very_bad_day
from tests.status.web.test_measures import measured

DOORS = {"hosting": "site", "email": "email", "telephony": "telephone", "xdsl": "internet"}
SHIFTS = """window.shifted = 0; new PerformanceObserver(list => { for (const each of list.getEntries())
if (!each.hadRecentInput) window.shifted += each.value }).observe({ type: "layout-shift", buffered: true })"""
MORE_STOPS = 16
"""A field for a date or a time has several."""


def all_unknown(session):
    story = quiet(session)
    for slug, *_ in PRODUCTS:
        story.verdict(slug, Verdict.UNKNOWN, ago(minutes=9))
    story.verdict("fibre", Verdict.UNKNOWN, ago(minutes=9))
    return story


def all_in_works(session):
    story = quiet(session)
    times = (ago(hours=1), NOW + timedelta(hours=1))
    for area in DOORS:
        story.event(("Lot", "Batch"), [area], kind=EventType.UPGRADE, state=EventState.IN_PROGRESS,
                    impact=Impact.INTERRUPTION, began=ago(hours=1), planned=times, by=2)  # fmt: skip
    return story


def renewed(browser, base, *days, path="/fr", focus="", script="0"):
    """Open a page, whose server answers with other days' from then on, each for 45 s; its clock is the page's."""
    page = browser.new_page()
    bodies = []
    for day in days:
        with served(day) as other:
            bodies.append(page.request.get(f"{other}{path}").text())
    answered = [page.request.get(f"{base}{path}").text()]
    page.clock.install(time=NOW)
    page.route(f"**{path}", lambda route: route.fulfill(body=answered[-1], content_type="text/html; charset=utf-8"))
    page.goto(f"{base}{path}")
    if focus:
        page.locator(focus).focus()
    page.evaluate(script)
    for body in bodies:
        answered.append(body)
        page.clock.run_for(45_000)
    return page, bodies[-1]


pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Debian's package chromium is not installed"),
]


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with served(very_bad_day) as address:
        yield address


@pytest.mark.parametrize(
    ("language", "scheme"),
    [
        ("fr", "light"),
        ("en", "dark"),
        pytest.param("fr", "dark", marks=pytest.mark.story),
        pytest.param("en", "light", marks=pytest.mark.story),
    ],
)
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_no_violation(browser, base, name, language, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_page(color_scheme=scheme, bypass_csp=True)
    page.goto(f"{base}/{language}{PAGES[name]}")
    found = Axe().run(page).response["violations"]
    page.close()
    assert [(rule["id"], node["html"]) for rule in found for node in rule["nodes"]] == []


@pytest.mark.parametrize("path", [*PAGES.values(), "/travaux?type=incident"])
def test_no_page_scrolls_sideways_at_320_pixels(browser, base, path):
    page = browser.new_page(viewport={"width": 320, "height": 568})
    page.goto(f"{base}/fr{path}")
    width = page.evaluate("document.documentElement.scrollWidth")
    page.close()
    assert width == 320


def test_no_graph_scrolls_sideways_at_320_pixels(browser):
    widths = {}
    with served(measured) as base:
        page = browser.new_page(viewport={"width": 320, "height": 568})
        for period in ("", "?period=7d", "?period=90d"):
            page.goto(f"{base}/fr/components/webmail/measures{period}")
            widths[period] = (page.locator("figure").count(), page.evaluate("document.documentElement.scrollWidth"))
        page.close()
    assert set(widths.values()) == {(1, 320)}, widths


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


def test_the_first_view_needs_two_requests_and_shifts_nothing(browser, base):
    page = browser.new_page(viewport={"width": 320, "height": 568})
    page.add_init_script(SHIFTS)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rsplit("/", 1)[1]))
    page.goto(f"{base}/fr", wait_until="networkidle")
    page.get_by_role("button", name="Suspendre l’actualisation").wait_for()
    shifted = page.evaluate("window.shifted")
    page.close()
    late = [name for name in asked if name.startswith(("live.", "icon", "manifest"))]
    assert (len([name for name in asked if name not in late and name != "fr"]), shifted) == (1, 0)


@pytest.mark.story
@pytest.mark.parametrize("width", [320, 1440])
@pytest.mark.parametrize("name", PAGES)
def test_no_page_shifts_while_it_loads(browser, base, name, width):
    page = browser.new_page(viewport={"width": width, "height": 700})
    page.add_init_script(SHIFTS)
    page.goto(f"{base}/fr{PAGES[name]}", wait_until="networkidle")
    shifted = page.evaluate("window.shifted")
    page.close()
    assert shifted == 0


@pytest.mark.parametrize("name", PAGES)
def test_no_page_breaks_the_policy_or_writes_to_the_console(browser, base, name):
    page, said = browser.new_page(), []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{base}/fr{PAGES[name]}", wait_until="networkidle")
    page.close()
    assert [text for text in said if name != "missing" or "404" not in text] == []


@pytest.mark.parametrize("day", [quiet, one_incident, very_bad_day])
def test_banner_areas_and_time_stand_on_the_first_screen_of_a_phone(browser, day):
    with served(day) as base:
        page = browser.new_page(viewport={"width": 320, "height": 568})
        page.goto(f"{base}/fr")
        last = page.locator(".strip li").last.bounding_box()
        verified = page.locator(".banner .verified").bounding_box()
        page.close()
    assert (last["y"] + last["height"] <= 568, verified["y"] < last["y"]) == (True, True)


@pytest.mark.parametrize(
    "name",
    [
        name if name in {"front", "help", "event", "map"} else pytest.param(name, marks=pytest.mark.story)
        for name in PAGES
    ],
)
def test_a_keyboard_reaches_every_control_shows_where_it_is_and_leaves(browser, base, name):
    page = browser.new_page()
    page.clock.install(time=ago(minutes=1))
    page.clock.pause_at(NOW)  # the day shown is long past: after two seconds of walking the page would turn grey
    page.goto(f"{base}/fr{PAGES[name]}")
    expected = page.evaluate(REACHABLE)
    stops, unseen = [], []
    for _press in range(len(expected) + MORE_STOPS):
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUSED)
        if at is None:
            break
        stops += [at[0]] if at[0] not in stops[-1:] else []
        unseen += [] if at[1] else [at[2]]
    page.close()
    assert (stops, unseen) == (expected, [])


@pytest.mark.parametrize("path", PAGES.values())
def test_wider_spacing_of_text_scrolls_nothing_sideways(browser, base, path):
    page = browser.new_page(viewport={"width": 320, "height": 568}, bypass_csp=True)
    page.goto(f"{base}/fr{path}")
    page.add_style_tag(
        content="*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important}"
    )
    width = page.evaluate("document.documentElement.scrollWidth")
    page.close()
    assert width == 320


@pytest.mark.parametrize(("area", "door", "day", "answer"), [
    *((area, door, quiet, "aucun incident") for area, door in DOORS.items()),
    ("telephony", "telephone", one_incident, "Oui"), ("hosting", "site", very_bad_day, "Oui"),
    ("email", "email", very_bad_day, "Oui"), ("xdsl", "internet", very_bad_day, "Oui"),
    ("telephony", "fax", very_bad_day, "Oui"),
    *((area, door, all_unknown, "Nous ne savons pas") for area, door in DOORS.items()),
    *((area, door, all_in_works, "travaux") for area, door in DOORS.items()),
])  # fmt: skip
def test_an_answer_is_two_taps_away_at_most(browser, area, door, day, answer):
    with served(day) as base:
        page = browser.new_page(viewport={"width": 320, "height": 568})
        page.goto(f"{base}/fr")
        page.locator(f"nav.doors a[href$='/{door}']").click()
        said = page.locator(".banner").inner_text()
        page.close()
    assert answer in said


def test_the_script_renews_what_changed_and_says_it_once(browser):
    with served(quiet) as base:
        page, body = renewed(browser, base, one_incident)
        page.locator(".banner", has_text="Téléphonie").wait_for()
        page.locator("[role=status]", has_text="Téléphonie").wait_for(state="attached")
        page.close()
    assert "Appels entrants" in body


def test_a_region_that_is_read_is_not_swapped_but_offers_it(browser):
    with served(quiet) as base:
        page, _ = renewed(browser, base, one_incident, focus="#telephony h3 a")
        page.get_by_role("button", name="nouveau : afficher").wait_for()
        before = page.locator("#telephony > h3 .state").inner_text()
        page.get_by_role("button", name="nouveau : afficher").click()
        after = page.locator("#telephony > h3 .state").inner_text()
        at = page.evaluate("document.activeElement.id")
        page.close()
    assert (before, after, at) == ("opérationnel", "dégradé", "telephony")


@pytest.mark.parametrize("path", ["/components/email", "/components/webmail", "/departments/59", "/map", "/travaux"])
def test_what_is_not_swapped_part_by_part_is_renewed_as_a_whole(browser, path):
    with served(quiet) as base:
        page, _ = renewed(browser, base, very_bad_day, path=f"/fr{path}")
        page.locator("main .s-down").first.wait_for()
        page.get_by_role("button", name="Suspendre l’actualisation").wait_for()
        page.close()


@pytest.mark.parametrize(
    ("path", "focus"),
    [("/components/email", ".crumbs a"), ("/departments/59", ".crumbs a >> nth=0"), ("/map", "summary")],
)
def test_a_whole_page_that_is_read_is_offered_in_its_main_part(browser, path, focus):
    with served(quiet) as base:
        page, _ = renewed(browser, base, very_bad_day, path=f"/fr{path}", focus=focus)
        page.locator("main .offer button").click()
        page.locator("main .s-down").first.wait_for()
        page.close()


def test_a_selection_that_reaches_into_a_part_keeps_it(browser):
    chosen = "getSelection().setBaseAndExtent(document.querySelector('h2'), 0, document.querySelector('#xdsl h3'), 1)"
    with served(quiet) as base:
        page, _ = renewed(browser, base, one_incident, script=chosen)
        page.get_by_role("button", name="nouveau : afficher").first.wait_for()
        before = page.locator("#telephony > h3 .state").inner_text()
        page.close()
    assert before == "opérationnel"


def test_an_offer_keeps_the_focus_when_there_is_something_newer(browser):
    with served(quiet) as base:
        page, _ = renewed(browser, base, one_incident, focus="#telephony h3 a")
        with served(very_bad_day) as other:
            newest = page.request.get(f"{other}/fr").text()
        page.route("**/fr", lambda route: route.fulfill(body=newest, content_type="text/html; charset=utf-8"))
        page.get_by_role("button", name="nouveau : afficher").focus()
        page.clock.run_for(45_000)
        focused = page.evaluate("document.activeElement.parentElement.className")
        page.keyboard.press("Enter")
        shown = page.locator("#telephony > h3").inner_text()
        page.close()
    assert (focused, "travaux" in shown) == ("offer", True)


@pytest.mark.parametrize("path", [
    "", "/help/email", "/components/email", "/components/webmail", "/departments/59", "/map", "/travaux",
])  # fmt: skip
def test_nothing_green_stands_when_the_server_is_gone_and_its_time_is_over(browser, path):
    with served(quiet) as base:
        page = browser.new_page()
        page.clock.install(time=NOW)
        page.goto(f"{base}/fr{path}")
        page.route(f"**/fr{path}", lambda route: route.abort())
        page.clock.fast_forward(300_000)
        page.locator("main", has_text="Ce site ne répond plus").wait_for()
        green = page.locator(".s-operational, use[href='#operational']:not(symbol *)").count()
        ended = page.locator(".s-ended use[href='#operational']").count()
        page.close()
    assert green == ended


def test_an_open_incident_whose_server_is_gone_says_so_and_stays_as_it_was_known(browser):
    with served(one_incident) as base:
        page = browser.new_page()
        page.clock.install(time=NOW)
        page.goto(f"{base}/fr/travaux/1203")
        page.route("**/fr/travaux/1203", lambda route: route.abort())
        page.clock.fast_forward(300_000)
        page.locator(".banner", has_text="Ce site ne répond plus").wait_for()
        said = page.locator(".banner").inner_text()
        page.close()
    assert "indisponibilité totale" in said


def test_a_page_of_hours_ago_claims_nothing_while_a_slow_network_keeps_it_waiting(browser):
    with served(quiet) as base:
        page = browser.new_page()
        page.clock.install(time=NOW)
        page.goto(f"{base}/fr")
        page.route("**/fr", lambda _route: None)
        page.clock.fast_forward(5 * 3_600_000)
        page.clock.run_for(3_000)
        said = page.locator(".banner").inner_text()
        page.close()
    assert "dernier état connu" in said


def test_a_pause_is_remembered_and_asks_nothing(browser):
    with served(quiet) as base:
        page = browser.new_page()
        page.clock.install(time=NOW)
        page.goto(f"{base}/fr")
        page.get_by_role("button", name="Suspendre l’actualisation").click()
        page.reload()
        page.get_by_role("button", name="Reprendre l’actualisation").wait_for()
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.clock.fast_forward(90_000)
        page.close()
    assert asked == []


def test_states_stay_apart_in_forced_colours_and_on_paper(browser, base):
    page = browser.new_page(forced_colors="active")
    page.goto(f"{base}/fr")
    shapes = len(set(page.locator(".bar path").evaluate_all("paths => paths.map(path => path.getAttribute('class'))")))
    page.emulate_media(media="print")
    shown = page.locator(".banner").is_visible(), page.locator("nav.menu").is_visible()
    page.close()
    assert (shapes >= 4, shown) == (True, (True, False))


def test_the_first_tab_stop_skips_to_the_content(browser, base):
    page = browser.new_page()
    page.goto(f"{base}/en")
    page.keyboard.press("Tab")
    focused = page.evaluate("document.activeElement.getAttribute('href')")
    page.close()
    assert focused == "#main"
