"""The same items in every format, narrowed to a type, a component or a place; and the feed of events."""

from __future__ import annotations

import json
from datetime import datetime

import feedparser
import pytest
from flask import Flask
from sqlalchemy.orm import Session

from status.app import create_app
from status.domain.audience import PUBLIC
from status.domain.states import EventType, PlaceKind
from status.models import EventPlace
from status.models.engine import reading, writing
from status.queries.feed import EVERYTHING, About, FeedItem, Window, feed_items
from status.queries.snapshot import FEW, keep_in
from status.services import places
from tests.status.feeds.test_feeds import RNG, etree, fetch, incident_told_to_its_end
from tests.status.publication.provider import Provider

__all__ = ["fetch"]

NEEDED = {"id", "url", "title", "content_html", "content_text", "date_published", "date_modified", "tags"}


@pytest.fixture
def app(provider: Provider) -> Flask:
    return create_app(provider.runtime)


def named_in(provider: Provider, uid: str, kind: PlaceKind, code: str) -> str:
    with writing(provider.sessions) as session:
        slug = code.lower() if kind is PlaceKind.DEPARTMENT else places.know(session, kind, [code])[code]
        session.add(EventPlace(event_uid=uid, kind=kind, slug=slug))
    return slug


def test_the_json_feed_says_what_rss_says(provider, fetch):
    incident_told_to_its_end(provider)
    said = json.loads(fetch("/fr/feed.json"))
    rss = feedparser.parse(fetch("/fr/feed.rss"))
    assert said["version"] == "https://jsonfeed.org/version/1.1"
    assert said["feed_url"] == "http://127.0.0.1:8080/fr/feed.json"
    assert (said["home_page_url"], said["language"]) == ("http://127.0.0.1:8080/fr", "fr")
    assert [(item["id"], item["title"], item["url"]) for item in said["items"]] == [
        (entry.id, entry.title, entry.link) for entry in rss.entries
    ]
    assert all(set(item) == NEEDED and datetime.fromisoformat(item["date_published"]).tzinfo for item in said["items"])


def test_an_event_is_one_entry_that_goes_on(provider, fetch):
    uid = provider.open(fr="Nous cherchons.")
    before = feedparser.parse(fetch("/fr/events.atom")).entries
    provider.clock.pass_time(60)
    provider.close(uid, fr="C’est fini.")
    after = feedparser.parse(fetch("/fr/events.atom")).entries
    assert [entry.id for entry in after] == [entry.id for entry in before] == ["tag:status.example,2026:event/1234/fr"]
    assert after[0].published == before[0].published < after[0].updated
    assert after[0].title.startswith("[Résolu] FS#1234")
    assert after[0].summary.index("C’est fini.") < after[0].summary.index("Nous cherchons.")


def test_the_event_written_on_last_comes_first(provider, fetch):
    first = provider.open("imap")
    provider.clock.pass_time(60)
    provider.open("sip")
    provider.clock.pass_time(60)
    provider.write(first, fr="Encore.")
    assert [item["id"][-7:-3] for item in json.loads(fetch("/fr/events.json"))["items"]] == ["1234", "1235"]


@pytest.mark.parametrize("path", ["/fr/events.atom", "/en/components/imap/events.atom", "/fr/types/incident/feed.atom"])
def test_each_atom_validates_against_the_schema_empty_and_full(provider, fetch, path):
    RNG.assertValid(etree.fromstring(fetch(path)))
    incident_told_to_its_end(provider)
    RNG.assertValid(etree.fromstring(fetch(path)))


def test_a_type_s_feed_holds_that_type_alone(provider, fetch):
    provider.open("imap")
    provider.plan("sip")
    found = {
        kind: [item["tags"] for item in json.loads(fetch(f"/en/types/{kind}/feed.json"))["items"]]
        for kind in ("incident", "maintenance", "upgrade")
    }
    assert found == {
        "incident": [["E-mail", "incident", "investigating", "full outage"]],
        "maintenance": [["Telephony", "maintenance", "planned", "full outage"]],
        "upgrade": [],
    }


def test_an_item_of_rss_says_when_its_words_were_last_touched(provider, fetch):
    incident_told_to_its_end(provider)
    rss, atom = (feedparser.parse(fetch(f"/fr/feed.{name}")) for name in ("rss", "atom"))
    assert [entry.updated_parsed for entry in rss.entries] == [entry.updated_parsed for entry in atom.entries]
    assert b"<atom:updated>" in fetch("/fr/feed.rss")


@pytest.mark.parametrize(("kind", "code"), [(PlaceKind.DEPARTMENT, "59"), (PlaceKind.EXCHANGE, "LIL59"),
                                            (PlaceKind.RESOURCE, "Baie n° 4")])  # fmt: skip
def test_a_place_s_feed_holds_what_names_it(provider, fetch, kind, code):
    named, _other = provider.open("imap"), provider.open("sip")
    slug = named_in(provider, named, kind, code)
    said = json.loads(fetch(f"/fr/{kind.value}/{slug}/feed.json"))
    assert [item["url"].rpartition("/")[2] for item in said["items"]] == ["1234#update-1"]
    assert said["home_page_url"] == f"http://127.0.0.1:8080/fr/{kind.value}/{slug}"


def test_a_snapshot_of_many_feeds_says_the_same_as_each_alone(provider):
    named_in(provider, provider.open("imap"), PlaceKind.DEPARTMENT, "59")
    provider.plan("sip")
    abouts = [*(About(type=kind) for kind in EventType), About(place=(PlaceKind.DEPARTMENT, "59")), EVERYTHING]

    def read(session: Session) -> list[tuple[FeedItem, ...]]:
        return [feed_items(session, PUBLIC, "fr", Window(14, 50, 500), provider.now, about) for about in abouts]

    with reading(provider.sessions) as session:
        alone = read(session)
        keep_in(session, {})
        for _ in range(FEW):
            together = read(session)
    assert together == alone
    assert [len(items) for items in alone] == [1, 1, 0, 1, 2]


@pytest.mark.parametrize("path", ["/fr/types/none/feed.rss", "/fr/departments/99/feed.rss", "/fr/exchanges/x/feed.json",
                                  "/fr/components/secret-core/calendar.ics", "/fr/feed.xml"])  # fmt: skip
def test_what_is_not_there_is_404(app, path):
    assert app.test_client().get(path).status_code == 404


def test_a_code_as_people_write_it_leads_to_its_feed(provider, app):
    named_in(provider, provider.open(), PlaceKind.RESOURCE, "Baie n° 4")
    answer = app.test_client().get("/fr/resources/Baie n° 4/feed.rss")
    assert (answer.status_code, answer.location) == (301, "/fr/resources/baie-n-4/feed.rss")
