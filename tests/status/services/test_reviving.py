"""News of messages that were given up wait again, or are dropped."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from status.domain.states import EventState, Impact
from status.domain.subscriptions import CONFIRM, MessageState, SubscriptionState
from status.models import Delivery, Letter, Told
from status.services import actors, incidents, reviving, settling, updating
from status.services.letters import Written, keep_letter
from tests.status.services.conftest import NOW
from tests.status.services.subscribers import message, subscriber

WHY = "relay main: connection refused"


@pytest.fixture
def event(session):
    opening = incidents.Opening(impacts={2: Impact.PARTIAL}, title={"fr": "Panne"})
    return incidents.open_incident(session, opening, actors.cli_user(session, "anne"), NOW)


@pytest.fixture
def anne(session):
    return subscriber(session)


def given_up(session, whose, event, after_k: int, upto_k: int, *, n: int = 1):
    """A message that was to tell updates of an event, and was given up as the relay never took it."""
    made_from = {"language": "fr", "customer": None, "wanted": [[event.uid, after_k, upto_k, False]]}
    letter = keep_letter(session, Written(f"{n}" * 64, "fr", {"payload": {}}, made_from, ()), NOW)
    session.merge(Told(subscription_id=whose.id, event_uid=event.uid, upto_k=upto_k, at=NOW))
    dead = message(session, whose, MessageState.WAITING, n, letter_id=letter, error=WHY)
    settling.give_up(session, dead, NOW)
    session.expire_all()
    return dead


def waiting(session) -> list[tuple[str, int]]:
    rows = session.scalars(sa.select(Delivery).where(Delivery.message_id.is_(None)))
    return [(row.event_uid, row.upto_k) for row in rows]


def told(session) -> list[int]:
    return list(session.scalars(sa.select(Told.upto_k)))


def test_the_news_wait_again_as_untold(session, anne, event):
    dead = given_up(session, anne, event, 0, 2)
    assert reviving.try_again(session, "email", WHY, NOW) == 1
    assert (dead.state, waiting(session), told(session)) == (MessageState.STOPPED, [(event.uid, 2)], [])


def test_with_them_waits_what_came_since_and_was_told_to_those_alone_who_had_heard_of_it(session, anne, event):
    given_up(session, anne, event, 0, 1)
    by = actors.cli_user(session, "anne")
    updating.update(session, event, updating.Update(texts={"fr": "Fini."}, state=EventState.RESOLVED), by, NOW)
    reviving.try_again(session, "email", WHY, NOW)
    assert waiting(session) == [(event.uid, 2)]


def test_several_of_one_event_become_one(session, anne, event):
    given_up(session, anne, event, 0, 2)
    given_up(session, anne, event, 0, 3, n=2)
    assert reviving.try_again(session, "email", WHY, NOW) == 2
    assert (waiting(session), told(session)) == ([(event.uid, 3)], [])


def test_what_newer_news_overtook_is_not_told_after_them(session, anne, event):
    given_up(session, anne, event, 0, 2)
    session.merge(Told(subscription_id=anne.id, event_uid=event.uid, upto_k=3, at=NOW))
    assert reviving.try_again(session, "email", WHY, NOW) == 1
    assert (waiting(session), told(session)) == ([], [3])


def test_what_a_later_message_told_too_is_not_told_again(session, anne, event):
    given_up(session, anne, event, 0, 2)
    session.merge(Told(subscription_id=anne.id, event_uid=event.uid, upto_k=2, at=NOW))
    reviving.try_again(session, "email", WHY, NOW)
    assert (waiting(session), told(session)) == ([], [2])


def test_who_was_told_the_beginning_before_is_told_the_rest(session, anne, event):
    given_up(session, anne, event, 1, 2)
    assert told(session) == [1]
    reviving.try_again(session, "email", WHY, NOW)
    assert (waiting(session), told(session)) == ([(event.uid, 2)], [1])


def test_what_waits_already_takes_it_in(session, anne, event):
    given_up(session, anne, event, 0, 2)
    session.add(
        Delivery(
            subscription_id=anne.id, channel="email", event_uid=event.uid, upto_k=4, due_at=NOW, created_at=NOW,
            message_id=None,
        )
    )  # fmt: skip
    reviving.try_again(session, "email", WHY, NOW)
    assert (waiting(session), told(session)) == ([(event.uid, 4)], [])


def test_a_question_whether_he_wants_them_is_sent_again(session):
    asked = subscriber(session, state=SubscriptionState.UNCONFIRMED)
    words = {"payload": {"kind": CONFIRM}}
    letter = keep_letter(session, Written("c" * 64, "fr", words, {}, ()), NOW)
    dead = message(session, asked, MessageState.DEAD, letter_id=letter, error=WHY)
    reviving.try_again(session, "email", WHY, NOW)
    assert (dead.state, dead.frozen_at, dead.attempts) == (MessageState.WAITING, NOW, 0)


def test_those_of_paused_addresses_other_reasons_and_channels_stay(session, event):
    paused = subscriber(session, state=SubscriptionState.PAUSED)
    ben = subscriber(session, "ben@example.org")
    dead = [given_up(session, paused, event, 0, 1), given_up(session, ben, event, 0, 1, n=2)]
    dead[1].error = "relay main said 451"
    assert reviving.try_again(session, "email", WHY, NOW) == 0
    assert reviving.try_again(session, "webhook", dead[1].error, NOW) == 0
    assert {row.state for row in dead} == {MessageState.DEAD}


def test_what_is_dropped_is_gone_and_goes_with_the_next_news(session, anne, event):
    dead = given_up(session, anne, event, 0, 2)
    assert (reviving.drop(session, "email", "other"), reviving.drop(session, "email", WHY)) == (0, 1)
    assert (dead.state, waiting(session), told(session)) == (MessageState.STOPPED, [], [])


def test_a_letter_whose_words_were_taken_back_is_written_anew(session, anne, event):
    given_up(session, anne, event, 0, 2)
    session.execute(sa.update(Letter).values(words={}))
    assert reviving.try_again(session, "email", WHY, NOW) == 1
    assert waiting(session) == [(event.uid, 2)]
