"""News that wait count: who hears the beginning later hears the end with it, and follows to where it went."""

from __future__ import annotations

import time

import pytest
import sqlalchemy as sa

from status.domain.states import EventState, Impact
from status.domain.subscriptions import FollowKind, Pace
from status.models import Event, Notice
from status.models.engine import writing
from status.services import merging
from status.services.actors import cli_user
from status.services.merging import Part
from status.services.subscribing import Wish
from status.services.updating import Update, update
from tests.status.delivery.sink import until
from tests.status.delivery.test_put_off import HOUR_S, later, waiting
from tests.status.delivery.test_telling import ANNE, BEN, follow, plain, settled


def all_fanned_out(provider) -> bool:
    with provider.sessions() as session:
        return not session.scalar(sa.select(sa.exists(sa.select(Notice.id).where(Notice.fanned_out_at.is_(None)))))


def change(provider, uid: str, impact: Impact, *slugs: str, state: EventState | None = None, **texts) -> None:
    with writing(provider.sessions) as session:
        impacts = {provider.ids[slug]: impact for slug in slugs}
        words = Update(texts=texts, state=state, impacts=impacts)
        update(session, session.get_one(Event, uid), words, cli_user(session, "anne"), provider.now)


def merge(provider, uid: str, into: str) -> None:
    with writing(provider.sessions) as session:
        events = [session.get_one(Event, uid)], session.get_one(Event, into)
        merging.merge(session, *events, cli_user(session, "anne"), provider.now, texts={"fr": "Ensemble."})


def following(uid: str, **more) -> Wish:
    return Wish(frozenset({(FollowKind.EVENT, uid)}), **more)


def in_quiet_hours(provider, **more) -> Wish:
    return Wish(quiet=(later(provider, hours=-1), later(provider, hours=2)), **more)


def all_told_after(provider, hours: float) -> None:
    """Let time pass once all is fanned out, until nothing waits."""
    until(lambda: all_fanned_out(provider))
    provider.clock.pass_time(hours * HOUR_S + 60)
    until(lambda: settled(provider))


def better_and_over(provider, uid: str) -> None:
    change(provider, uid, Impact.DEGRADED, "imap", fr="Mieux.")
    provider.close(uid, fr="Fini.")


def test_who_wants_the_worst_alone_hears_with_what_waited_for_his_quiet_hours_that_it_is_over(
    provider, readers, delivering, sink
):
    readers.add(ANNE, in_quiet_hours(provider, least_impact=4))
    with delivering():
        better_and_over(provider, provider.open(fr="Un."))
        all_told_after(provider, 2)
    [mail] = sink.to(ANNE)
    assert [word in plain(mail) for word in ("Un.", "Mieux.", "Fini.")] == [True] * 3
    assert "Résolu" in mail["Subject"]


def test_the_same_of_what_waited_for_the_relay(provider, readers, delivering, sink):
    readers.add(ANNE, Wish(least_impact=4))
    sink.takes = "421 4.3.2 closing"
    with delivering():
        uid = provider.open(fr="Un.")
        until(lambda: waiting(provider) == 1)
        better_and_over(provider, uid)
        until(lambda: all_fanned_out(provider))
        sink.takes = "250 ok"
        all_told_after(provider, 1)
    assert "Fini." in plain(sink.to(ANNE)[-1])


def test_what_is_withdrawn_before_anybody_was_told_is_told_to_nobody(provider, readers, delivering, sink):
    readers.add(ANNE, in_quiet_hours(provider))
    readers.add(BEN)
    with delivering():
        uid = provider.open(fr="Un.")
        until(lambda: sink.to(BEN))
        provider.withdraw(uid, fr="Fausse alerte.")
        until(lambda: len(sink.to(BEN)) == 2)
        all_told_after(provider, 24)
    assert sink.to(ANNE) == []
    assert "Fausse alerte." in plain(sink.to(BEN)[-1])


def test_who_was_told_of_what_went_into_it_hears_that_it_was_a_false_alarm(provider, readers, delivering, sink):
    readers.add(ANNE, Wish(per_hour=1))
    with delivering():
        uid, into = provider.open("imap", fr="Un."), ""
        until(lambda: sink.to(ANNE))
        into = provider.open("sip", fr="Deux.")
        merge(provider, uid, into)
        provider.withdraw(into, fr="Fausse alerte.")
        all_told_after(provider, 2)
    assert "Fausse alerte." in plain(sink.to(ANNE)[-1])


def test_who_follows_an_event_follows_to_where_it_goes_though_he_was_told_nothing_yet(
    provider, readers, delivering, sink
):
    uid, into = provider.open("imap", fr="Un."), provider.open("sip", fr="Deux.")
    readers.add(ANNE, following(uid))
    with delivering():
        merge(provider, uid, into)
        provider.close(into, fr="Fini.")
        until(lambda: all_fanned_out(provider) and settled(provider))
    assert "Fini." in plain(sink.to(ANNE)[-1])


@pytest.mark.parametrize("pace", [Pace.AT_ONCE, Pace.DAILY])
def test_merged_twice_he_hears_the_end_of_the_last(provider, readers, delivering, sink, pace):
    first, second, last = (provider.open(slug, fr=slug) for slug in ("imap", "sip", "smtp"))
    readers.add(ANNE, following(first, pace=pace, digest_minute=later(provider, hours=1)))
    with delivering():
        provider.write(first, fr="Suite.")
        merge(provider, first, second)
        merge(provider, second, last)
        provider.close(last, fr="Fini.")
        all_told_after(provider, 24)
    assert "Fini." in plain(sink.to(ANNE)[-1])
    assert "Désormais suivi" in "".join(map(plain, sink.to(ANNE)))


def test_who_follows_an_event_hears_the_end_of_a_part_that_left_it(provider, readers, delivering, sink):
    uid = provider.open("imap", fr="Un.")
    change(provider, uid, Impact.FULL, "sip", fr="Deux.")
    readers.add(ANNE, following(uid, pace=Pace.DAILY, digest_minute=later(provider, hours=1)))
    with delivering():
        with writing(provider.sessions) as session:
            part = Part([provider.ids["sip"]], texts={"fr": "À part."})
            event = session.get_one(Event, uid)
            left = merging.split(session, event, part, cli_user(session, "anne"), provider.now).uid
        provider.close(left, fr="Fini.")
        all_told_after(provider, 24)
    assert "Fini." in plain(sink.to(ANNE)[-1])


def test_a_clock_that_was_ahead_does_not_hold_a_capped_reader(provider, readers, delivering, sink):
    readers.add(ANNE, Wish(per_hour=1))
    with delivering():
        uid = provider.open(fr="Un.")
        until(lambda: sink.to(ANNE))
        provider.write(uid, EventState.IDENTIFIED, fr="Deux.")
        until(lambda: waiting(provider) == 1)
        time.sleep(0.3)  # put off by now
        provider.clock.set_back(12 * HOUR_S)
        provider.close(uid, fr="Fini.")
        all_told_after(provider, 1)
        until(lambda: len(sink.to(ANNE)) > 1)
    assert "Fini." in plain(sink.to(ANNE)[-1])


def test_who_said_yes_by_a_clock_that_was_ahead_hears_what_opens_next(provider, readers, delivering, sink):
    readers.add(ANNE, follow(provider, "imap"))
    provider.clock.set_back(HOUR_S)
    provider.open(fr="Un.")
    with delivering():
        until(lambda: all_fanned_out(provider) and settled(provider))
    assert len(sink.to(ANNE)) == 1
