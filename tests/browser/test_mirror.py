"""A copy behind a plain static server, as people see it: past its time, with and without script; an emergency."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from probes.types import Instant
from tests.browser.screenshots import CHROMIUM
from tests.status.publication.house import House, new_house, same_house
from tests.status.publication.provider import Provider

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Debian's package chromium is not installed"),
]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def standing(tmp_path_factory) -> Iterator[House]:
    def prepare(provider: Provider) -> None:
        at_present(provider)
        provider.open("imap")

    with new_house(tmp_path_factory.mktemp("standing"), prepare) as house:
        yield house


@pytest.fixture
def house(standing, tmp_path) -> Iterator[House]:
    """A provider with an incident."""
    with same_house(standing, tmp_path / "house") as house:
        yield house


def at_present(provider: Provider, ago_s: float = 0) -> None:
    """Have everything verified so long ago."""
    clock = provider.clock
    clock.at = Instant(clock.at.steady + 60, time.time() - ago_s)
    provider.verify()


@pytest.fixture
def base(house) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(house.root)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def page(browser):
    """A page whose console must stay silent."""
    page = browser.new_page(viewport={"width": 320, "height": 568})
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    yield page
    page.close()
    assert [text for text in said if "404" not in text] == []


def test_left_alone_for_four_minutes_no_page_claims_the_present_without_script(house, base, browser):
    at_present(house.provider, ago_s=240)
    house.both()
    page = browser.new_context(java_script_enabled=False).new_page()
    for file in sorted(file for file in house.pages() if "/about/" not in file):  # that one explains the words
        page.goto(f"{base}/{file.removesuffix('index.html')}")
        text = page.inner_text("main")
        limited = "cette copie n’est plus à jour" in text or "this copy is no longer up to date" in text
        assert limited or page.locator(".s-operational:visible").count() == 0, file
    page.context.close()


def test_past_its_time_the_script_shows_what_was_known_last(house, base, page):
    at_present(house.provider, ago_s=240)
    house.both()
    page.goto(f"{base}/fr/")
    page.wait_for_selector("body.stale")
    assert "Copie non renouvelée depuis" in page.inner_text("main")
    assert page.locator("main .s-operational").count() == 0


def test_a_copy_that_is_renewed_is_shown_again_without_being_asked(house, base, page):
    at_present(house.provider, ago_s=240)
    house.both()
    page.goto(f"{base}/fr/")
    page.wait_for_selector("body.stale")
    at_present(house.provider)
    house.both()
    page.wait_for_selector("body:not(.stale)", timeout=30_000)
    assert "au-delà de" in page.inner_text("main")


def test_a_fresh_copy_stays_as_it_is(house, base, page):
    house.both()
    page.goto(f"{base}/fr/", wait_until="networkidle")
    assert page.locator("body.stale").count() == 0
    assert "au-delà de" in page.inner_text("main")
    assert page.locator(".emergency").count() == 0


@pytest.mark.parametrize("path", ["fr/travaux/1234/", "en/components/imap-1/"])
def test_a_message_is_on_pages_that_were_not_written_again(house, base, page, path):
    house.both()
    house.say(en="Fire in Lille.")
    page.goto(f"{base}/{path}")
    page.wait_for_selector(".emergency")
    assert page.locator(".emergency").count() == 1
    assert ("Fire in Lille." if path.startswith("en") else "Incendie à Lille") in page.inner_text(".emergency")


@pytest.mark.parametrize("path", ["fr/", "fr/components/telephony/", "fr/components/imap-1/"])
def test_past_its_end_the_script_shows_no_message_though_nobody_took_it_away(house, base, page, path):
    house.both()
    at_present(house.provider, ago_s=61)
    house.say(until="+1m")
    page.goto(f"{base}/{path}", wait_until="networkidle")
    page.wait_for_selector(".emergency", state="detached")
    assert "le message ci-dessus" not in page.inner_text("main")
    assert page.locator("main .s-operational").count() == 0


@pytest.mark.parametrize("path", ["fr/", "en/components/telephony/", "404.html"])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(house, base, browser, path):
    from axe_playwright_python.sync_playwright import Axe

    house.both()
    house.say("Panne " + "très" * 60 + " longue")
    for scheme in ("light", "dark"):
        page = browser.new_page(viewport={"width": 320, "height": 568}, color_scheme=scheme, bypass_csp=True)
        page.goto(f"{base}/{path}")
        found = Axe().run(page).response["violations"]
        assert [(rule["id"], node["html"]) for rule in found for node in rule["nodes"]] == []
        assert page.evaluate("document.documentElement.scrollWidth") == 320
        page.close()


def test_a_mirror_that_was_empty_shows_the_message_alone(house, base, browser):
    from axe_playwright_python.sync_playwright import Axe

    shutil.rmtree(house.root)
    house.say()
    for scheme in ("light", "dark"):
        page = browser.new_page(viewport={"width": 320, "height": 568}, color_scheme=scheme)
        page.goto(f"{base}/fr/")
        assert page.inner_text("h1 >> nth=0").startswith("Message d’urgence")
        assert Axe().run(page).response["violations"] == []
        assert page.evaluate("document.documentElement.scrollWidth") == 320
        page.close()
