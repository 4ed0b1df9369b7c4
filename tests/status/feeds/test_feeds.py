from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import feedparser
import pytest
from lxml import etree

from status.domain.audience import PUBLIC
from status.domain.states import EventState
from status.models import Event, EventUpdate
from status.models.engine import reading, writing
from status.publication.types import Moment
from status.queries.snapshot import keep_in
from tests.status.publication.provider import Provider

RNG = etree.RelaxNG(etree.parse(Path(__file__).parent / "atom.rng"))
ATOM = {"a": "http://www.w3.org/2005/Atom"}
FEEDS = ("/fr/feed.rss", "/en/feed.rss", "/fr/feed.atom", "/en/feed.atom")


@pytest.fixture
def fetch(provider: Provider) -> Callable[[str], bytes]:
    render = provider.render

    def get(path: str) -> bytes:
        with reading(provider.sessions) as session:
            return render(session, path, PUBLIC, Moment(0, provider.now, provider.now)).body

    return get


def incident_told_to_its_end(provider: Provider) -> str:
    uid = provider.open(fr="Nous cherchons.", en="We are looking.")
    for state in (EventState.IDENTIFIED, None, EventState.MONITORING):
        provider.clock.pass_time(60)
        provider.write(uid, state, fr="La suite.", en="More.")
    provider.clock.pass_time(60)
    provider.close(uid, fr="C’est fini.", en="It is over.")
    return uid


@pytest.mark.parametrize("path", FEEDS)
def test_an_incident_with_three_updates_and_its_end_gives_five_items(provider, fetch, path):
    incident_told_to_its_end(provider)
    parsed = feedparser.parse(fetch(path))
    assert not parsed.bozo
    assert [entry.id.split("/")[-2] for entry in parsed.entries] == ["5", "4", "3", "2", "1"]


@pytest.mark.parametrize("path", FEEDS)
def test_a_feed_without_items_is_valid(fetch, path):
    parsed = feedparser.parse(fetch(path))
    assert (parsed.bozo, parsed.entries, parsed.feed.title) == (False, [], "travaux")


def test_atom_validates_against_its_schema_empty_and_full(provider, fetch):
    RNG.assertValid(etree.fromstring(fetch("/fr/feed.atom")))
    incident_told_to_its_end(provider)
    RNG.assertValid(etree.fromstring(fetch("/en/components/imap/feed.atom")))


def test_the_schema_refuses_a_feed_without_a_date(fetch):
    feed = etree.fromstring(fetch("/fr/feed.atom"))
    feed.remove(feed.find("a:updated", ATOM))
    assert not RNG.validate(feed)


def test_the_title_says_state_number_area_and_what(provider, fetch):
    incident_told_to_its_end(provider)
    entries = feedparser.parse(fetch("/fr/feed.rss")).entries
    assert entries[0].title == "[Résolu] FS#1234 E-mail – Réception retardée"


def test_an_item_is_identified_for_ever_and_links_to_its_update(provider, fetch):
    provider.open()
    item = feedparser.parse(fetch("/fr/feed.rss")).entries[0]
    assert item.id == "tag:status.example,2026:event/1234/update/1/fr"
    assert item.link == "http://127.0.0.1:8080/fr/travaux/1234#update-1"
    assert b'<guid isPermaLink="false">' in fetch("/fr/feed.rss")


def test_the_channel_links_to_the_page_and_not_to_itself(fetch):
    channel = etree.fromstring(fetch("/fr/components/imap/feed.rss")).find("channel")
    assert channel.findtext("link") == "http://127.0.0.1:8080/fr/components/imap"
    assert channel.find("a:link", ATOM).get("href") == "http://127.0.0.1:8080/fr/components/imap/feed.rss"
    assert (channel.findtext("language"), channel.findtext("ttl")) == ("fr", "5")


@pytest.mark.parametrize("path", FEEDS)
def test_240_fetches_during_an_outage_give_no_new_identifier_and_the_same_bytes(provider, fetch, path):
    provider.open()
    first = fetch(path)
    for _ in range(60):  # times four feeds
        provider.clock.pass_time(15)
        assert fetch(path) == first


@pytest.mark.parametrize("name", ["feed.rss", "feed.atom", "events.rss", "events.atom"])
def test_the_bytes_do_not_depend_on_what_was_written_before_in_the_same_snapshot(provider, fetch, name):
    incident_told_to_its_end(provider)
    provider.open("sip", title="Autre")
    paths = [f"/fr/{name}", f"/fr/components/imap/{name}", f"/fr/components/sip/{name}"]
    alone = [fetch(path) for path in paths]
    with reading(provider.sessions) as session:
        keep_in(session, {})
        moment = Moment(0, provider.now, provider.now)
        together = [provider.render(session, path, PUBLIC, moment).body for path in (*paths, *reversed(paths))]
    assert together == [*alone, *reversed(alone)]


def test_the_date_is_the_newest_item_s_or_the_installation_s_birth(provider, fetch):
    assert feedparser.parse(fetch("/fr/feed.atom")).feed.updated == "2026-11-21T12:00:00+00:00"
    provider.clock.pass_time(3_600)
    provider.open()
    assert feedparser.parse(fetch("/fr/feed.atom")).feed.updated == "2026-11-22T13:00:00+00:00"
    assert "13:00:00" in feedparser.parse(fetch("/fr/feed.rss")).feed.updated


def test_a_text_missing_in_this_language_follows_in_the_other_marked(provider, fetch):
    provider.open(fr="Nous cherchons.")
    item = feedparser.parse(fetch("/en/feed.atom")).entries[0]
    assert item.summary.startswith("Investigating: full outage, imap en")
    assert item.summary.endswith("[fr] Nous cherchons.")
    assert '<div lang="fr"><p>Nous cherchons.</p></div>' in fetch_html(fetch("/en/feed.atom"))


def fetch_html(feed: bytes) -> str:
    return etree.fromstring(feed).findtext("a:entry/a:content", namespaces=ATOM)


@pytest.mark.parametrize("path", FEEDS)
def test_markup_of_an_engineer_stays_text(provider, fetch, path):
    provider.open(title="Panne <i>&", fr="<script>alert(1)</script> & suite", en="<script>alert(1)</script> & more")
    item = feedparser.parse(fetch(path)).entries[0]
    assert "Panne <i>&" in item.title
    assert "<script" not in item.content[0].value
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp;" in item.content[0].value


def test_characters_xml_cannot_hold_are_dropped(provider, fetch):
    uid = provider.open()
    with writing(provider.sessions) as session:
        session.get_one(Event, uid).title = {"fr": "Panne\u0008\ufffe !"}
    parsed = feedparser.parse(fetch("/fr/feed.rss"))
    assert (parsed.bozo, parsed.entries[0].title[-7:]) == (False, "Panne !")


def test_a_withdrawn_event_says_so_in_its_last_item(provider, fetch):
    provider.withdraw(provider.open(), fr="Mesure erronée.")
    entries = feedparser.parse(fetch("/fr/feed.rss")).entries
    assert entries[0].title.startswith("[Retiré")
    assert len(entries) == 2


def test_planned_work_is_an_item(provider, fetch):
    provider.plan()
    entries = feedparser.parse(fetch("/en/feed.rss")).entries
    assert entries[0].title == "[Planned] FS#1234 Telephony – Mise à jour"


@pytest.mark.parametrize(("slug", "concerned"), [("imap", 1), ("email", 1), ("imap-1", 1), ("smtp", 0), ("sip", 0)])
def test_a_component_s_feed_tells_its_ancestors_and_descendants_but_not_its_siblings(provider, fetch, slug, concerned):
    provider.open("imap")
    assert len(feedparser.parse(fetch(f"/fr/components/{slug}/feed.rss")).entries) == concerned


def test_an_internal_component_has_no_feed_and_is_never_named(provider, fetch):
    provider.open("imap")
    assert b"<rss" not in fetch("/fr/components/secret-core/feed.rss")
    assert b"secret" not in fetch("/fr/feed.rss")


def test_a_draft_is_in_no_feed(provider, fetch):
    uid = provider.open()
    with writing(provider.sessions) as session:
        session.query(EventUpdate).filter_by(event_uid=uid).update({"k": None, "published_at": None})
    assert feedparser.parse(fetch("/fr/feed.rss")).entries == []


def test_what_a_person_writes_in_markdown_is_html_in_the_content_and_plain_in_the_summary(provider, fetch):
    provider.open(fr="**Coupure** : voir [ici](https://x.example/a) <script>alert(1)</script>")
    entry = feedparser.parse(fetch("/fr/feed.atom")).entries[0]
    assert entry.summary.endswith("Coupure : voir ici (https://x.example/a) <script>alert(1)</script>")
    written = fetch_html(fetch("/fr/feed.atom"))
    assert "<strong>Coupure</strong>" in written
    assert 'href="https://x.example/a"' in written
    assert "<script" not in written
