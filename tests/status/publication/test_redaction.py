"""Redacted words leave every published byte, and every generation that was kept."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
import sqlalchemy as sa

from status.app import create_app
from status.domain.states import Visibility
from status.models import Component, EventUpdate, Installation
from status.models.engine import writing
from status.publication.manifest import read_current
from status.publication.objects import Objects
from status.publication.publisher import Publisher
from status.services import actors, correcting, post_mortems
from status.services.events import find
from status.services.hiding import hide_names
from status.web.assets import assets
from tests.status.publication.provider import losing_the_database_at_the_marks, make_provider

SECRET = "Monsieur Canari"


@pytest.fixture
def provider(sessions, engine, tmp_path):
    return make_provider(sessions, engine, tmp_path)


@pytest.fixture
def publish(provider):
    publisher = Publisher(provider.runtime, provider.render, assets(), lambda: None, lambda: None)

    def _publish(turns: int = 1_000) -> list[str]:
        """Publish all there is, or so many turns of it; give the published files that hold the secret."""
        for _ in range(turns):
            if not publisher.turn():
                break
        return holding(provider.runtime.places.published)

    return _publish


def holding(folder: Path) -> list[str]:
    found = []
    for path in folder.rglob("*"):
        if path.is_file():
            body = path.read_bytes()
            found += [path.name] if SECRET.encode() in (gzip.decompress(body) if path.suffix == ".gz" else body) else []
    return found


def deed(provider, do) -> None:
    with writing(provider.sessions) as session:
        event = find(session, "1234")
        update = session.scalars(sa.select(EventUpdate).where(EventUpdate.event_uid == event.uid)).first()
        do(session, event, update, actors.cli_user(session, "anne"))


def redact(provider) -> None:
    deed(provider, lambda session, *what: correcting.redact(session, *what[:2], "a name", what[2], provider.now))


def test_redacted_words_are_in_no_published_file_after_one_publication(provider, publish):
    provider.open(fr=f"Chez {SECRET}")
    assert publish()
    provider.open("sip", fr="Autre")
    assert len(publish()) > 1
    redact(provider)
    assert publish() == []


def test_redacted_words_are_gone_with_the_first_turn_whatever_is_still_to_be_rendered(provider, publish):
    provider.open(fr=f"Chez {SECRET}")
    assert publish()
    redact(provider)
    assert publish(turns=1) == []
    manifest = read_current(provider.runtime.places.published)
    assert "/fr/feed.rss" in manifest.entries
    assert "/fr/components/imap/feed.rss" not in manifest.entries
    publish()
    assert "/fr/components/imap/feed.rss" in read_current(provider.runtime.places.published).entries


def test_a_publisher_that_stood_still_during_a_redaction_begins_with_it(provider, publish):
    provider.open(fr=f"Chez {SECRET}")
    assert publish()
    redact(provider)
    Publisher(provider.runtime, provider.render, assets(), lambda: None, lambda: None).turn()
    assert holding(provider.runtime.places.published) == []


def test_redacted_words_are_gone_though_the_database_is_lost_after_the_first_pages(provider, publish):
    provider.open(fr=f"Chez {SECRET}")
    assert publish()
    redact(provider)
    with losing_the_database_at_the_marks(provider):
        publish(turns=1)
    assert holding(provider.runtime.places.published) == []
    assert publish() == []
    assert "/fr/components/imap/feed.rss" in read_current(provider.runtime.places.published).entries


def test_a_publication_without_a_redaction_keeps_the_pages_that_wait(provider, publish):
    provider.open(fr="Avant")
    publish()
    provider.open("sip", fr="Autre")
    publish(turns=1)
    assert "/fr/components/imap/feed.rss" in read_current(provider.runtime.places.published).entries


def test_a_post_mortem_is_published_and_leaves_no_copy_when_it_is_redacted(provider, publish):
    provider.close(provider.open(fr="Panne"), fr="Rétabli")
    deed(provider, lambda session, event, _, anne: teach(session, event, anne, provider.now))
    assert publish()
    fields = {"post_mortem"}
    deed(
        provider,
        lambda session, event, _, anne: correcting.redact_event_words(
            session, event, fields, "a name", anne, provider.now
        ),
    )
    assert publish() == []
    page = read_current(provider.runtime.places.published).entries["/fr/travaux/1234/post-mortem"]
    assert "Passage retiré" in Objects(provider.runtime.places.published / "objects").body(page.object.hash).decode()


def teach(session, event, author, now) -> None:
    post_mortems.write(session, event, {"fr": f"# Chez {SECRET}"}, author, now)
    post_mortems.publish(session, event, author, now)


def test_an_item_without_words_of_its_own_is_touched_when_those_it_shows_are(provider, publish):
    provider.open(fr="Avant")
    client = create_app(provider.runtime).test_client()
    provider.clock.pass_time(600)
    redact(provider)
    updated = provider.now.isoformat(timespec="seconds")
    assert f"<updated>{updated}</updated>" in client.get("/en/feed.atom").text


def test_the_page_and_the_feed_say_that_words_were_removed(provider, publish):
    provider.open(fr=SECRET)
    redact(provider)
    publish()
    client = create_app(provider.runtime).test_client()
    assert "Passage retiré le" in client.get("/fr/travaux/1234").text
    assert "Passage retiré le" in client.get("/fr/feed.rss").text
    assert "Words removed on" in client.get("/en/feed.atom").text


def test_corrected_words_show_the_earlier_ones_and_keep_their_item(provider, publish):
    provider.open(fr="Avant")
    client = create_app(provider.runtime).test_client()
    guid = client.get("/fr/feed.rss").text.split("<guid")[1].split("</guid>")[0]
    new = {"fr": "Après"}
    deed(provider, lambda session, *what: correcting.correct(session, *what[:2], new, what[2], provider.now))
    page = client.get("/fr/travaux/1234").text
    assert "Après" in page
    assert "<summary>Texte précédent</summary>" in page
    assert guid in client.get("/fr/feed.rss").text


def test_words_added_in_a_language_are_a_new_item_of_its_feed_alone(provider, publish):
    provider.open(fr="Avant")
    client = create_app(provider.runtime).test_client()
    before = client.get("/fr/feed.rss").text
    new = {"en": "Before"}
    deed(provider, lambda session, *what: correcting.correct(session, *what[:2], new, what[2], provider.now))
    assert "/update/1/en/translated" in client.get("/en/feed.rss").text
    assert client.get("/fr/feed.rss").text.split("<item>")[1] == before.split("<item>")[1]


def test_the_name_of_a_component_that_became_internal_is_in_no_published_file(provider, publish):
    with writing(provider.sessions) as session:
        component = session.get_one(Component, provider.ids["smtp"])
        component.name = {"fr": SECRET, "en": SECRET}
    provider.open("smtp", fr="Les envois attendent.")
    assert publish()
    with writing(provider.sessions) as session:
        component = session.get_one(Component, component.id)
        component.visibility = Visibility.INTERNAL
        hide_names(session, [component])
        session.execute(sa.update(Installation).values(revision=Installation.revision + 1))
    assert publish() == []
