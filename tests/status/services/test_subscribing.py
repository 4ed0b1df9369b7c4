"""What is kept of subscribers, and for how long: unconfirmed, stopped, bounced, erased."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from status.domain.refused import Refused
from status.domain.states import Impact
from status.domain.subscriptions import FollowKind, MessageState, SubscriptionState
from status.models import Base, Delivery, EndedAddress, Follow, Message, Subscription, SubscriptionAsk, Told
from status.services import actors, incidents, outbox, subscribing
from status.services.subscribing import CONFIRM_WITHIN, Address, Limits, Wish
from tests.status.services.conftest import NOW
from tests.status.services.subscribers import ANNE, KEY, message, subscriber

AT_MOST = 100
KEEP = timedelta(days=90)
ADDRESS = Address("email", ANNE, "example.org")
ONE = Wish(frozenset({(FollowKind.COMPONENT, "2")}))


def asked(session) -> Subscription:
    row = subscribing.subscribe(session, KEY, ADDRESS, ONE, "fr", NOW)
    subscribing.ask(session, row, "Exemple", NOW)
    return row


def count(session, *tables) -> list[int]:
    return [session.scalar(sa.select(sa.func.count()).select_from(table)) for table in tables]


def all_text(session) -> str:
    session.flush()
    return repr([session.execute(sa.select(table)).all() for table in Base.metadata.sorted_tables])


def with_news(session, row: Subscription) -> None:
    """Let news wait for somebody who was told some already."""
    opening = incidents.Opening(impacts={2: Impact.PARTIAL}, title={"fr": "Panne"})
    event = incidents.open_incident(session, opening, actors.cli_user(session, "bob"), NOW)
    session.add(Told(subscription_id=row.id, event_uid=event.uid, upto_k=1, at=NOW))
    session.add(
        Delivery(
            subscription_id=row.id, channel="email", event_uid=event.uid, upto_k=2, due_at=NOW, created_at=NOW,
            message_id=None,
        )
    )  # fmt: skip
    session.flush()


def test_who_never_said_yes_is_forgotten_after_48_hours_whole(session):
    asked(session)
    assert subscribing.forget_old(session, NOW + CONFIRM_WITHIN, KEEP, AT_MOST) == 0
    assert subscribing.forget_old(session, NOW + CONFIRM_WITHIN + timedelta(seconds=1), KEEP, AT_MOST) == 1
    assert count(session, Subscription, Message, Follow, EndedAddress) == [0, 0, 0, 0]
    assert ANNE not in all_text(session)


def test_a_yes_at_the_48th_hour_comes_too_late(session):
    row = asked(session)
    with pytest.raises(Refused, match="48 hours"):
        subscribing.confirm(session, row, NOW + CONFIRM_WITHIN)


def test_a_stop_leaves_a_keyed_hash_alone(session):
    row = subscriber(session, wish=ONE, secret="sealed", options={"room": "x"}, consent="said so at the fair")
    with_news(session, row)
    waiting = message(session, row, MessageState.WAITING)
    subscribing.stop(session, row, NOW)
    assert (row.address, row.domain, row.secret, row.options, row.consent) == ("", "", "", {}, "")
    assert count(session, Follow, Told, Delivery) == [0, 0, 0]
    assert (session.get(Message, waiting.id).state, subscribing.has_ended(session, KEY, ADDRESS)) == (
        MessageState.STOPPED, True,
    )  # fmt: skip
    assert ANNE not in all_text(session)


def test_another_key_knows_no_ended_address(session):
    subscribing.stop(session, subscriber(session), NOW)
    assert not subscribing.has_ended(session, b"x" * 32, ADDRESS)


def test_what_stopped_is_forgotten_after_its_days_but_for_the_hash(session):
    subscribing.stop(session, subscriber(session), NOW)
    assert subscribing.forget_old(session, NOW + KEEP, KEEP, AT_MOST) == 0
    assert subscribing.forget_old(session, NOW + KEEP + timedelta(seconds=1), KEEP, AT_MOST) == 1
    assert count(session, Subscription, EndedAddress) == [0, 1]


def test_a_paused_address_is_kept_with_what_it_wished(session):
    row = subscriber(session, wish=ONE, state=SubscriptionState.PAUSED, ended_at=NOW)
    assert subscribing.forget_old(session, NOW + KEEP * 9, KEEP, AT_MOST) == 0
    assert subscribing.follows_of(session, row) == ONE.follows


def test_erasing_takes_everything_but_the_hash(session):
    row = subscriber(session, wish=ONE)
    asked(session)
    subscribing.may_ask(session, KEY, ADDRESS, "192.0.2.1", Limits(3, 10), NOW)
    with_news(session, row)
    message(session, row, MessageState.WAITING)
    message(session, row, MessageState.SENT, 2)
    subscribing.erase(session, row.address_hash, NOW)
    assert count(session, Subscription, Message, Follow, Told, Delivery, SubscriptionAsk) == [0] * 6
    assert session.scalars(sa.select(EndedAddress.why)).all() == ["erased"]
    assert ANNE not in all_text(session)


def test_a_stop_before_the_yes_counts_too(session):
    row, other = asked(session), subscribing.subscribe(session, KEY, ADDRESS, Wish(), "fr", NOW)
    subscribing.stop(session, row, NOW)
    assert subscribing.has_ended(session, KEY, ADDRESS)
    assert other.state is SubscriptionState.STOPPED, "what else waited for his yes"
    assert ANNE not in all_text(session)


def test_a_later_asking_leaves_what_an_earlier_one_wished(session):
    first = asked(session)
    second = subscribing.subscribe(session, KEY, ADDRESS, Wish(per_hour=2), "en", NOW)
    assert subscribing.confirm(session, first, NOW) is first
    assert (subscribing.follows_of(session, first), first.language, first.per_hour) == (ONE.follows, "fr", None)
    assert subscribing.confirm(session, second, NOW) is first, "the last yes is the one that holds"
    assert (subscribing.follows_of(session, first), first.language, first.per_hour) == (frozenset(), "en", 2)


def test_the_same_asking_again_waits_with_the_first(session):
    first = asked(session)
    assert asked(session) is first
    assert count(session, Subscription, Message) == [1, 1]


TOPIC = Address("ntfy", "https://ntfy.sh/t", "ntfy.sh")


def of_topic(session, token: str) -> Subscription:
    return subscribing.subscribe(
        session, KEY, TOPIC, ONE, "fr", NOW, secret=token, is_token_of=lambda sealed: sealed == token
    )


def test_another_token_is_another_asking_and_none_takes_none_away(session):
    first = of_topic(session, "tk_1")
    assert of_topic(session, "tk_1") is of_topic(session, "") is first
    other = of_topic(session, "tk_2")
    assert (first.secret, other.secret) == ("tk_1", "tk_2")
    subscribing.confirm(session, other, NOW)
    bare = subscribing.subscribe(session, KEY, TOPIC, Wish(), "fr", NOW)
    assert subscribing.confirm(session, bare, NOW) is other
    assert other.secret == "tk_2"


def test_a_new_yes_of_his_own_ends_the_end(session):
    subscribing.stop(session, subscriber(session), NOW)
    subscriber(session)
    assert not subscribing.has_ended(session, KEY, ADDRESS)


def test_the_hashes_of_askings_are_kept_for_a_day(session):
    subscribing.may_ask(session, KEY, ADDRESS, "192.0.2.1", Limits(3, 10), NOW)
    subscribing.forget_old(session, NOW + timedelta(days=1, seconds=1), KEEP, AT_MOST)
    assert count(session, SubscriptionAsk) == [0]


def test_an_address_is_the_same_in_capitals(session):
    asks = [
        subscribing.may_ask(session, KEY, Address("email", text, "example.org"), f"c{n}", Limits(3, 10), NOW)
        for n, text in enumerate((ANNE, ANNE.upper(), "Anne@Example.org", "aNNe@example.org"))
    ]
    assert asks == [True, True, True, False]


def test_a_client_asks_ten_times_an_hour_and_again_after_it(session):
    def ask(n: int, after: timedelta = timedelta(0)) -> bool:
        address = Address("email", f"x{n}@example.org", "example.org")
        return subscribing.may_ask(session, KEY, address, "192.0.2.1", Limits(3, 10), NOW + after)

    assert [ask(n) for n in range(12)] == [True] * 10 + [False] * 2
    assert ask(20, timedelta(hours=1, seconds=1))


def test_a_stop_wins_over_a_message_that_is_handed_out(session):
    waiting = message(session, row := subscriber(session), MessageState.WAITING)
    assert outbox.words_to_send(session, waiting.uid)
    subscribing.stop(session, row, NOW)
    assert not outbox.words_to_send(session, waiting.uid)


def test_an_erased_message_is_wanted_by_nobody(session):
    waiting = message(session, row := subscriber(session), MessageState.WAITING)
    subscribing.erase(session, row.address_hash, NOW)
    assert not outbox.words_to_send(session, waiting.uid)
