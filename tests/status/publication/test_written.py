"""Which events were written on: a guess, quickly made, of what a change is about."""

from __future__ import annotations

import sqlalchemy as sa

from status.models import Event, EventUpdate
from status.models.engine import reading, writing
from status.queries.written import Written, read_written, written_since
from status.services import actors, correcting
from status.services.events import Post, post
from tests.status.publication.provider import Provider


def now(provider: Provider) -> Written:
    with reading(provider.sessions) as session:
        return read_written(session)


def since(provider: Provider, then: Written) -> frozenset[int]:
    with reading(provider.sessions) as session:
        return written_since(session, then)


def test_of_nothing_there_is_nothing(provider):
    assert (now(provider), since(provider, now(provider))) == (Written(0, 0), frozenset())


def test_events_opened_and_posted_on_are_written_on_and_no_others(provider):
    first, _other = provider.open(), provider.open("sip")
    then = now(provider)
    assert since(provider, then) == frozenset()
    provider.write(first, fr="La suite")
    provider.plan()
    assert since(provider, then) == {1234, 1236}


def test_words_set_right_are_a_deed_without_a_post(provider):
    uid, _other = provider.open(fr="Voila"), provider.open("sip")
    then = now(provider)
    with writing(provider.sessions) as session:
        event, anne = session.get_one(Event, uid), actors.cli_user(session, "anne")
        words = session.scalars(sa.select(EventUpdate).where(EventUpdate.event_uid == uid)).one()
        correcting.correct(session, event, words, {"fr": "Voilà"}, anne, provider.now)
    assert now(provider).post == then.post
    assert since(provider, then) == {1234}


def test_the_robot_s_posts_count_as_well(provider):
    uid, _other = provider.open(), provider.open("sip")
    then = now(provider)
    with writing(provider.sessions) as session:
        post(session, session.get_one(Event, uid), Post("update", {}), actors.robot(session), provider.now)
    assert now(provider).deed == then.deed
    assert since(provider, then) == {1234}
