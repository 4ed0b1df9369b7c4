"""Without database: 503, in the page's language, under the banner of now; and never a present that is not known."""

from __future__ import annotations

from pathlib import Path

import pytest
from werkzeug.test import Client

from status.app import create_app
from status.publication.publisher import Publisher
from status.web.asked_for import AskedFor
from status.web.assets import assets
from status.web.bytes import PublishedBytes
from tests.status.publication.provider import Provider

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


@pytest.fixture
def site(provider: Provider, engine, tmp_path: Path) -> Client:
    """A site whose database is gone after an outage was published."""
    provider.open("sip", "Panne")
    publisher = Publisher(provider.runtime, provider.render, assets(), lambda: None, lambda: None)
    while publisher.turn():
        pass
    app = AskedFor(create_app(provider.runtime), provider.runtime)
    layer = PublishedBytes(provider.runtime.places.published, app, provider.clock, look_every_s=0)
    engine.dispose()
    (tmp_path / "travaux.db").rename(tmp_path / "gone.db")
    return Client(layer)


@pytest.mark.parametrize("path", ["/fr/travaux?page=2", "/en/travaux?year=2020"])
def test_a_page_that_cannot_be_made_says_so_under_the_banner_of_now(site, path):
    answer = site.get(path)
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
    assert f'<html lang="{path[1:3]}"' in answer.text
    assert f'href="{path[:3]}/components/telephony"' in answer.text
    assert "s-down" in answer.text


def test_past_its_hour_it_claims_no_present(site, provider):
    provider.clock.pass_time(181)
    text = site.get("/fr/travaux?page=2").text
    assert "s-unknown" in text
    assert "s-down" not in text


def test_what_is_published_is_answered_all_the_same(site):
    assert [site.get(path).status_code for path in ("/", "/fr/travaux/1234", "/fr/travaux?area=email")] == [200] * 3


def test_nobody_is_given_that_page_at_its_own_address(site):
    assert site.get("/fr/unavailable").status_code != 200
