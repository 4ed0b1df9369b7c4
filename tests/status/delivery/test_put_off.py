"""News that wait because he wishes so: gathered, in quiet hours, under a cap. Delayed, never dropped; the end comes."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from status.domain.states import EventState, EventType, Impact
from status.domain.subscriptions import FollowKind, MessageState, Pace, SubscriptionState
from status.models import ClosedChannel, Delivery, EventComponent, Message
from status.models.engine import writing
from status.services import subscribing
from status.services.subscribing import Wish
from tests.status.delivery.sink import until
from tests.status.delivery.test_telling import ANNE, BEN, follow, plain, settled

HOUR_S = 3_600


def later(provider, **span: int) -> int:
    """Give the local minute of the day that lies so far ahead."""
    at = (provider.now + timedelta(**span)).astimezone(ZoneInfo("Europe/Paris"))
    return at.hour * 60 + at.minute


def waiting(provider) -> int:
    """Count what is noticed and not sent, once all notices are fanned out."""
    with provider.sessions() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Delivery).where(Delivery.message_id.is_(None)))


@pytest.mark.story
def test_daily_news_come_in_one_mail_at_their_hour(provider, readers, delivering, sink):
    readers.add(ANNE, Wish(pace=Pace.DAILY, digest_minute=later(provider, hours=3)))
    with delivering():
        uid = provider.open(fr="Un.")
        provider.close(uid, fr="Deux.")
        provider.open("sip", title="Autre", fr="Trois.")
        until(lambda: waiting(provider) == 2)
        assert sink.mails == []
        provider.clock.pass_time(3 * HOUR_S)
        until(lambda: settled(provider))
    [mail] = sink.to(ANNE)
    assert [word in plain(mail) for word in ("Un.", "Deux.", "Trois.")] == [True] * 3


@pytest.mark.story
def test_weekly_news_come_within_eight_days(provider, readers, delivering, sink):
    readers.add(ANNE, Wish(pace=Pace.WEEKLY, digest_weekday=(provider.now.weekday() + 3) % 7))
    with delivering():
        provider.open(fr="Un.")
        until(lambda: waiting(provider) == 1)
        provider.clock.pass_time(4 * 24 * HOUR_S)
        until(lambda: settled(provider))
    assert len(sink.to(ANNE)) == 1


@pytest.mark.story
def test_in_quiet_hours_nothing_comes_and_all_of_it_afterwards(provider, readers, delivering, sink):
    readers.add(ANNE, Wish(quiet=(later(provider, hours=-1), later(provider, hours=2))))
    readers.add(BEN)
    with delivering():
        uid = provider.open(fr="Un.")
        until(lambda: sink.to(BEN))
        provider.write(uid, EventState.IDENTIFIED, fr="Deux.")
        until(lambda: len(sink.to(BEN)) == 2)
        assert sink.to(ANNE) == []
        provider.clock.pass_time(2 * HOUR_S)
        until(lambda: settled(provider))
    [mail] = sink.to(ANNE)
    assert plain(mail).index("Deux.") < plain(mail).index("Un.")


def test_a_cap_puts_off_and_drops_nothing(provider, readers, delivering, sink):
    readers.add(ANNE, Wish(per_hour=1))
    readers.add(BEN)
    with delivering():
        uid = provider.open(fr="Un.")
        until(lambda: sink.to(ANNE))
        for words in ("Deux.", "Trois."):
            provider.write(uid, fr=words)
            until(lambda words=words: words in plain(sink.to(BEN)[-1]))
        assert len(sink.to(ANNE)) == 1
        provider.clock.pass_time(HOUR_S + 60)
        until(lambda: settled(provider))
    assert [word in plain(sink.to(ANNE)[1]) for word in ("Deux.", "Trois.", "Un.")] == [True, True, False]


def test_the_end_comes_to_who_was_told_the_beginning_though_his_component_left(provider, readers, delivering, sink):
    readers.add(ANNE, follow(provider, "smtp"))
    with delivering():
        uid = provider.open("smtp", fr="Un.")
        until(lambda: sink.to(ANNE))
        with writing(provider.sessions) as session:
            session.add(
                EventComponent(**{**_own(session, uid), "component_id": provider.ids["sip"], "left_at": None})
            )  # fmt: skip
            session.execute(
                sa.update(EventComponent)
                .where(EventComponent.component_id == provider.ids["smtp"])
                .values(left_at=provider.now)
            )
        provider.write(uid, fr="Plus rien pour SMTP.")
        until(lambda: settled(provider))
        assert len(sink.to(ANNE)) == 1
        provider.close(uid, fr="Fini.")
        until(lambda: settled(provider))
    assert "Fini." in plain(sink.to(ANNE)[-1])


def _own(session, uid: str) -> dict[str, object]:
    """Give the values of an event's one component."""
    row = session.scalars(sa.select(EventComponent).where(EventComponent.event_uid == uid)).one()
    return {column.key: getattr(row, column.key) for column in sa.inspect(EventComponent).column_attrs}


@pytest.mark.story
def test_the_end_comes_though_he_wants_only_what_is_bad_and_works_by_now(provider, readers, delivering, sink):
    anne = readers.add(ANNE, Wish(least_impact=4))
    with delivering():
        uid = provider.open(fr="Un.", impact=Impact.FULL)
        until(lambda: sink.to(ANNE))
        with writing(provider.sessions) as session:
            row = subscribing.by_uid(session, anne)
            works = Wish(frozenset({(FollowKind.DEPARTMENT, "59")}), frozenset({EventType.UPGRADE}), 4)
            subscribing.alter(session, row, works, "fr", provider.now)
        provider.close(uid, fr="Fini.")
        until(lambda: settled(provider))
    assert "Fini." in plain(sink.to(ANNE)[-1])


@pytest.mark.story
def test_the_end_waits_for_his_hour_like_all_else_and_comes(provider, readers, delivering, sink):
    readers.add(ANNE, Wish(per_hour=1, quiet=(later(provider, hours=1), later(provider, hours=3))))
    with delivering():
        uid = provider.open(fr="Un.")
        until(lambda: sink.to(ANNE))
        provider.clock.pass_time(2 * HOUR_S)
        provider.close(uid, fr="Fini.")
        until(lambda: waiting(provider) == 1)
        assert len(sink.to(ANNE)) == 1
        provider.clock.pass_time(2 * HOUR_S)
        until(lambda: settled(provider))
    assert "Fini." in plain(sink.to(ANNE)[-1])


@pytest.mark.story
def test_after_a_stop_nothing_that_was_put_off_comes(provider, readers, delivering, sink):
    anne = readers.add(ANNE, Wish(pace=Pace.DAILY, digest_minute=later(provider, hours=1)))
    with delivering():
        uid = provider.open(fr="Un.")
        until(lambda: waiting(provider) == 1)
        readers.stop(anne)
        provider.close(uid, fr="Fini.")
        provider.clock.pass_time(25 * HOUR_S)
        until(lambda: settled(provider))
    assert sink.mails == []


def test_a_stop_while_a_sender_holds_the_message_wins(provider, readers, delivering, sink):
    """Ben's server hangs on RCPT: Anne's message is with the same sender behind it when she says stop."""
    readers.add(BEN)
    anne = readers.add(ANNE)
    stopped = []

    def answer(recipient: str) -> str:
        if recipient == BEN and not stopped:
            stopped.append(readers.stop(anne))
        return "250 ok"

    sink.answer = answer
    with delivering():
        provider.open(fr="Un.")
        until(lambda: settled(provider))
    assert ([len(sink.to(BEN)), len(sink.to(ANNE))], states(provider)) == (
        [1, 0], {MessageState.SENT, MessageState.STOPPED},
    )  # fmt: skip


def states(provider) -> set[MessageState]:
    with provider.sessions() as session:
        return set(session.scalars(sa.select(Message.state)))


@pytest.mark.story
def test_who_follows_one_event_is_told_of_no_other(provider, readers, delivering, sink):
    first = provider.open(fr="Un.")
    provider.open("sip", title="Autre", fr="Autre.")
    readers.add(ANNE, Wish(frozenset({(FollowKind.EVENT, first)})))
    with delivering():
        provider.write(first, fr="Deux.")
        until(lambda: settled(provider))
    assert ["Autre." in plain(mail) for mail in sink.to(ANNE)] == [False]


def test_news_that_a_closed_way_out_kept_come_after_the_quiet_hours(provider, readers, delivering, sink):
    readers.add(ANNE, Wish(quiet=(later(provider, hours=1), later(provider, hours=5))))
    sink.takes = "421 4.3.2 closing"
    with delivering():
        provider.open(fr="Un.")
        until(lambda: is_closed(provider))
        provider.clock.pass_time(2 * HOUR_S)
        sink.takes = "250 ok"
        until(lambda: put_off_for(provider) > timedelta(hours=2))
        assert sink.mails == []
        provider.clock.pass_time(4 * HOUR_S)
        until(lambda: settled(provider))
    assert len(sink.to(ANNE)) == 1


def is_closed(provider) -> bool:
    with provider.sessions() as session:
        return session.get(ClosedChannel, "email") is not None


def test_what_is_tried_again_does_not_come_in_the_quiet_hours(provider, readers, delivering, sink):
    readers.add(ANNE, Wish(quiet=(later(provider, hours=1), later(provider, hours=5))))
    sink.answer = lambda _recipient: "451 4.2.1 busy"
    with delivering():
        provider.open(fr="Un.")
        until(lambda: tries(provider) > 0)
        provider.clock.pass_time(2 * HOUR_S)
        sink.answer = lambda _recipient: "250 ok"
        until(lambda: next_try(provider) - provider.now > timedelta(hours=2))
        assert sink.mails == []
        provider.clock.pass_time(4 * HOUR_S)
        until(lambda: settled(provider))
    assert len(sink.to(ANNE)) == 1


def test_the_asking_whether_he_wants_to_be_told_comes_in_the_quiet_hours(provider, readers, delivering, sink):
    quiet = (later(provider, hours=-1), later(provider, hours=5))
    uid = readers.add(ANNE, Wish(quiet=quiet))
    with writing(provider.sessions) as session:
        anne = subscribing.by_uid(session, uid)
        anne.state = SubscriptionState.UNCONFIRMED
        subscribing.ask(session, anne, "Exemple Télécom", provider.now)
    with delivering():
        until(lambda: len(sink.to(ANNE)) == 1)


def tries(provider) -> int:
    with provider.sessions() as session:
        return session.scalar(sa.select(sa.func.max(Message.attempts))) or 0


def next_try(provider):
    with provider.sessions() as session:
        return session.scalar(sa.select(Message.due_at))


def put_off_for(provider) -> timedelta:
    with provider.sessions() as session:
        due = session.scalar(sa.select(Delivery.due_at).where(Delivery.message_id.is_(None)))
        return timedelta(0) if due is None else due - provider.now


def test_who_wants_his_news_at_once_from_now_on_does_not_wait_for_the_week_to_end(provider, readers, delivering, sink):
    uid = readers.add(ANNE, Wish(pace=Pace.WEEKLY, digest_weekday=(provider.now.weekday() + 3) % 7))
    with delivering():
        event = provider.open(fr="Un.")
        until(lambda: waiting(provider) == 1)
        with writing(provider.sessions) as session:
            row = subscribing.by_uid(session, uid)
            subscribing.alter(session, row, Wish(), "fr", provider.now)
        provider.write(event, EventState.IDENTIFIED, fr="Deux.")
        until(lambda: settled(provider))
    [mail] = sink.to(ANNE)
    assert [word in plain(mail) for word in ("Un.", "Deux.")] == [True, True]
