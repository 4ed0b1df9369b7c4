"""An emergency message becomes an event, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from status.domain.states import EventState, Impact
from status.models import Component, Event, EventComponent, EventUpdate, UpdateText
from status.models.engine import writing
from status.services.emergency import Emergency, EmergencyPost, is_of_emergency, new_message_uid
from status.services.emergency_taking import event_of, hand_over, take_emergencies
from status.services.identifiers import new_uid
from status.services.instructions import take_instructions
from tests.status.services.conftest import component

NOW = datetime(2026, 11, 22, 13, 7, tzinfo=UTC)
FIRST = EmergencyPost("0f8fad5b-d9cb-869f-a165-70867728950e", NOW - timedelta(hours=1), {"fr": "Incendie."})
SECOND = EmergencyPost("7c9e6679-7425-80de-944b-e07fc1f90ae7", NOW - timedelta(minutes=5), {"fr": "Maîtrisé."})


def emergency(*posts: EmergencyPost, **rest) -> Emergency:
    return Emergency("status.example", 2026, "Europe/Paris", posts, **rest)


def decide(world) -> bool:
    with writing(world) as session:
        return take_emergencies(session, take_instructions(session, NOW), NOW)


def give(world, what: Emergency) -> None:
    with writing(world) as session:
        hand_over(session, what, NOW)


def test_its_words_its_hour_and_its_identifiers_are_those_that_were_read(world):
    what = emergency(FIRST, areas=("telephony",))
    give(world, what)
    assert decide(world)
    with world() as session:
        event = session.scalars(sa.select(Event)).one()
        said = session.scalars(sa.select(UpdateText).where(UpdateText.language == "fr")).one()
        assert (event.n, event.impact, event.state) == (42, Impact.FULL, EventState.INVESTIGATING)
        assert (said.uid, said.text) == (what.identifier(FIRST, "fr"), "Incendie.")
        assert (said.published_at, event_of(session, what)) == (FIRST.at, 42)


def test_what_was_said_since_joins_it(world):
    give(world, emergency(FIRST))
    decide(world)
    more = emergency(FIRST, SECOND)
    with world() as session:
        assert event_of(session, more) is None
    give(world, more)
    assert decide(world)
    with world() as session:
        assert event_of(session, more) == 42
        assert session.scalar(sa.select(sa.func.count()).select_from(Event)) == 1


def areas_of(world) -> list[str]:
    with world() as session:
        touched = sa.select(Component.slug).join(EventComponent, EventComponent.component_id == Component.id)
        return sorted(session.scalars(touched))


def test_areas_that_were_added_since_join_it(world):
    with writing(world) as session:
        session.add(component(5, "email"))
    give(world, emergency(FIRST, areas=("telephony",)))
    decide(world)
    give(world, emergency(FIRST, SECOND, areas=("telephony", "email")))
    assert decide(world)
    assert areas_of(world) == ["email", "telephony"]


def test_two_mirrors_of_which_one_holds_less_make_one_event(world):
    give(world, emergency(SECOND, areas=("telephony",)))
    give(world, emergency(FIRST, SECOND, areas=("telephony",)))
    assert decide(world)
    with world() as session:
        assert session.scalars(sa.select(Event.uid)).all() == [SECOND.uuid]
        assert event_of(session, emergency(FIRST, SECOND)) == event_of(session, emergency(SECOND)) == 42


def test_a_message_whose_authority_was_guessed_at_first_stays_one_event(world):
    give(world, replace(emergency(FIRST), authority="copy.example"))
    decide(world)
    give(world, emergency(FIRST, SECOND))
    assert decide(world)
    with world() as session:
        assert event_of(session, emergency(FIRST, SECOND)) == 42
        assert session.scalar(sa.select(sa.func.max(EventUpdate.k))) == 2


def test_a_uuid_that_is_none_of_an_emergency_is_no_event_s(world):
    own = EmergencyPost("01935b2c-8f00-7000-8000-000000000000", NOW, {"fr": "Incendie."})
    give(world, emergency(own))
    assert decide(world)
    with world() as session:
        assert session.scalars(sa.select(Event.uid)).one() != own.uuid


def test_the_event_it_opens_sorts_by_the_time_at_which_it_was_said():
    before, said, after = (NOW + timedelta(seconds=seconds) for seconds in (0, 1, 2))
    uids = [new_uid(before), new_message_uid(said), new_uid(after)]
    assert uids == sorted(uids)
    assert [is_of_emergency(uid) for uid in uids] == [False, True, False]


def test_the_same_is_handed_over_and_taken_once(world):
    give(world, emergency(FIRST))
    give(world, emergency(FIRST))
    assert decide(world)
    give(world, emergency(FIRST))
    assert not decide(world)


def test_one_that_is_over_is_not_taken(world):
    give(world, emergency(FIRST, until=NOW - timedelta(minutes=1)))
    assert not decide(world)


def test_an_area_we_do_not_have_leaves_those_we_have(world):
    give(world, emergency(FIRST, areas=("xdsl",)))
    assert decide(world)


def test_one_that_cannot_be_taken_does_not_stop_the_monitor(world, caplog):
    give(world, emergency(EmergencyPost(FIRST.uuid, FIRST.at, {"de": "Feuer."})))
    assert not decide(world)
    assert "emergency_not_taken" in [record.getMessage() for record in caplog.records]
