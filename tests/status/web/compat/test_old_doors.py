"""Links and feeds of a former travaux site still lead somewhere."""

from __future__ import annotations

import feedparser
import pytest
from werkzeug.test import Client

from status.app import create_app, make_render
from status.config.model import Settings, Site
from status.domain.states import Visibility
from status.models import Component
from status.publication.publisher import Publisher
from status.web.assets import assets
from status.web.bytes import PublishedBytes
from tests.status.web.builder import Story, ago
from tests.status.web.days import one_incident

ADDRESSES = (
    "/?do=details&id=1203",
    "/?do=details&id=1203/",
    "/?do=details&id=1203&/",
    "/?do=details&amp;id=1203",
    "/?id=1203&do=details&PHPSESSID=1",
    "/?do=details&id=%231203%20plus",
    "/?do=details&id=0001203",
    "/index.php?do=details&id=1203",
)


def mapped(session) -> Story:
    story = one_incident(session)
    session.get(Component, story.ids["sip"]).legacy_project = 16
    hidden = story.component("canari", "email", "Canari", visibility=Visibility.INTERNAL)
    session.get(Component, hidden).legacy_project = 3
    story.event(("Panne canari", "Canary"), ["canari"], began=ago(hours=1))
    return story


@pytest.fixture
def ask(app, fill):
    fill(mapped)
    return app.test_client().get


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_old_task_leads_to_its_event_in_french(ask, address):
    answer = ask(address)
    assert (answer.status_code, answer.headers["Location"]) == (301, "/fr/travaux/1203")


@pytest.fixture
def ask_published(app, fill, runtime):
    """Ask the layer of published bytes, with the app behind it for what they leave open."""
    fill(mapped)
    publisher = Publisher(runtime, make_render(app), assets(), lambda: None, lambda: None)
    while publisher.turn():
        pass
    return Client(PublishedBytes(runtime.places.published, app, runtime.clock, look_every_s=0)).get


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_published_bytes_do_not_stand_in_the_way_of_old_links(ask_published):
    front = ask_published("/")
    assert ask_published("/?utm_source=mail").data == front.data == ask_published("/fr").data
    for address in ADDRESSES:
        answer = ask_published(address)
        assert (answer.status_code, answer.headers.get("Location")) == (301, "/fr/travaux/1203"), address
    assert ask_published("/?do=details&id=1").status_code == 404


@pytest.mark.parametrize("number", ["1", "1204", "x", "", "%00", "99999999999999999999", "-1203", "%D9%A1"])
def test_a_task_that_is_not_here_is_not_found_and_can_be_searched(ask, number):
    answer = ask(f"/?do=details&id={number}")
    assert answer.status_code == 404
    assert '<form class="find" method="get" action="/fr/travaux"' in answer.text


def test_anything_else_asked_of_the_front_page_is_the_front_page(ask):
    for query in ("do=lostpw", "do=details2&id=1203", "project=3", "do="):
        assert ask(f"/?{query}").status_code == 200


def test_the_old_list_leads_to_the_front_page(ask):
    assert ask("/index.php").headers["Location"] == "/fr"


def test_a_projects_feed_is_its_components_in_french(ask):
    answer = ask("/rss.php?proj=16")
    feed = feedparser.parse(answer.data)
    assert (answer.status_code, feed.bozo, feed.feed.language) == (200, False, "fr")
    assert feed.feed.title.startswith("Appels SIP")
    assert [entry.title.partition(" FS#1203 ")[0] for entry in feed.entries] == [
        "[Cause identifiée]", "[En cours d\u2019analyse]",
    ]  # fmt: skip


@pytest.mark.parametrize("query", ["", "?proj=", "?proj=99", "?proj=x", "?proj=3", "?proj=%00", "?proj=99999999999999"])
def test_any_other_feed_is_that_of_the_site(ask, query):
    answer = ask(f"/rss.php{query}")
    assert feedparser.parse(answer.data).feed.title == "Exemple Télécom"
    assert "anari" not in answer.text


def test_where_french_is_off_old_doors_lead_to_the_default_language(runtime, fill):
    from dataclasses import replace

    fill(mapped)
    english = replace(runtime, settings=Settings(site=Site(name="Example", languages=("en",))))
    client = create_app(english).test_client()
    assert client.get("/?do=details&id=1203").headers["Location"] == "/en/travaux/1203"
    assert feedparser.parse(client.get("/rss.php").data).feed.language == "en"
