"""What makes events findable follows every public word, and forgets what was redacted."""

from __future__ import annotations

import sqlalchemy as sa

from status.domain.folding import fold
from status.domain.states import PlaceKind
from status.models import Component, Event, EventPlace, EventUpdate, EventWords
from status.models.engine import reading, writing
from status.services import correcting
from status.services.actors import cli_user
from status.services.indexing import index_missing
from tests.status.publication.provider import Provider, make_provider


def provider_of(sessions, engine, tmp_path) -> Provider:
    return make_provider(sessions, engine, tmp_path)


def words(provider: Provider, uid: str) -> str:
    with reading(provider.sessions) as session:
        return session.scalar(sa.select(EventWords.words).where(EventWords.event_uid == uid)) or ""


def test_folding_takes_accents_ligatures_and_capitals_away():
    assert fold("Réception  RETARDÉE à l’Œuvre") == "reception retardee a l’oeuvre"


def test_a_post_makes_its_words_and_its_component_s_name_findable(sessions, engine, tmp_path):
    provider = provider_of(sessions, engine, tmp_path)
    uid = provider.open(fr="Nous **cherchons** l’été.")
    found = words(provider, uid)
    assert all(word in found for word in ("fs#1234", "reception retardee", "cherchons", "l’ete", "imap fr"))
    provider.write(uid, fr="Câble sectionné.")
    assert "cable sectionne" in words(provider, uid)


def test_a_redacted_word_is_found_no_more(sessions, engine, tmp_path):
    provider = provider_of(sessions, engine, tmp_path)
    uid = provider.open(fr="Madame Martin est coupée.")
    with writing(sessions) as session:
        update = session.scalars(sa.select(EventUpdate).where(EventUpdate.event_uid == uid)).one()
        correcting.redact(session, session.get_one(Event, uid), update, "nom", cli_user(session, "anne"), provider.now)
    assert "martin" not in words(provider, uid)


def test_an_internal_component_s_name_and_places_are_in_no_index(sessions, engine, tmp_path):
    provider = provider_of(sessions, engine, tmp_path)
    with writing(sessions) as session:
        session.get_one(Component, provider.ids["secret-core"]).departments = ["75"]
        session.get_one(Component, provider.ids["imap"]).departments = ["59"]
        session.get_one(Component, provider.ids["imap"]).exchanges = ["LIL59"]
    uid = provider.open("imap")
    with writing(sessions) as session:
        places = {(row.kind, row.slug) for row in session.scalars(sa.select(EventPlace))}
    assert places == {(PlaceKind.DEPARTMENT, "59"), (PlaceKind.EXCHANGE, "lil59")}
    assert "secret" not in words(provider, uid)


def test_events_of_an_earlier_release_are_indexed_once(sessions, engine, tmp_path):
    provider = provider_of(sessions, engine, tmp_path)
    uid = provider.open(fr="Ancien.")
    with writing(sessions) as session:
        session.execute(sa.delete(EventWords))
        assert index_missing(session) is False
    assert "ancien" in words(provider, uid)
