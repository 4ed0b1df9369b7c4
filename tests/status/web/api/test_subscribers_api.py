"""Those who are told, for leads; bounces, as a relay tells them."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from status.domain.permissions import Scope
from status.domain.subscriptions import MessageState, SubscriptionState
from status.models import AuditEntry, EndedAddress, IdempotencyKey, Message, Subscription, SubscriptionAsk
from status.models.engine import writing
from status.services import subscribing
from status.services.subscribing import Address, Limits, Wish
from tests.status.services.conftest import NOW
from tests.status.services.subscribers import ANNE, message, subscriber
from tests.status.web.api.asking import program
from tests.status.web.days import one_incident


@pytest.fixture
def alice(app, fill):
    fill(one_incident)
    return program(app, "alice", {Scope.SUBSCRIBER_WRITE})


@pytest.fixture
def anne(sessions, alice) -> str:
    with writing(sessions) as session:
        return subscriber(session, wish=Wish(quiet=(1320, 420), per_hour=5)).uid


def actions(sessions) -> list[str]:
    with sessions() as session:
        return list(session.scalars(sa.select(AuditEntry.action).where(AuditEntry.action.startswith("subscriber"))))


def test_they_are_listed_page_by_page(alice, sessions):
    with writing(sessions) as session:
        for n in range(5):
            subscriber(session, f"x{n}@example.org")
    seen, cursor = [], ""
    for _ in range(3):
        page = alice.get(f"/subscribers?limit=2{cursor}").json
        seen += [each["address"] for each in page["items"]]
        cursor = f"&cursor={page['next']}"
    assert (seen, page["next"]) == ([f"x{n}@example.org" for n in range(5)], None)


def test_one_is_shown_without_what_is_secret(alice, anne):
    shown = alice.get(f"/subscribers/{anne}").json
    assert (shown["address"], shown["quiet_from"], shown["per_hour"], shown["state"]) == (ANNE, "22:00", 5, "active")
    assert "secret" not in shown


@pytest.mark.parametrize(("query", "count"), [("?state=paused", 0), ("?state=active", 1), ("?channel=webhook", 0)])
def test_the_list_can_be_narrowed(alice, anne, query, count):
    assert len(alice.get(f"/subscribers{query}").json["items"]) == count


def test_an_address_is_no_query_for_logs_keep_queries(alice, anne):
    assert alice.get(f"/subscribers?address={ANNE}").status_code == 422


def test_one_is_stopped(alice, anne, sessions):
    done = alice.post(f"/subscribers/{anne}/stop").json
    assert (done["state"], done["address"], actions(sessions)) == ("stopped", "", ["subscriber.stop"])


def test_one_is_resumed_and_the_answer_kept_for_a_repetition_has_no_address(alice, anne, sessions):
    assert alice.post(f"/subscribers/{anne}/resume").status_code == 409
    with writing(sessions) as session:
        session.execute(sa.update(Subscription).values(state=SubscriptionState.PAUSED, hard_bounces=3))
    done = alice.post(f"/subscribers/{anne}/resume", Idempotency_Key="k1")
    assert (done.json["state"], done.json["address"]) == ("active", ANNE)
    with sessions() as session:
        assert ANNE not in repr(session.execute(sa.select(IdempotencyKey.__table__)).all())


def test_of_one_who_is_erased_what_he_asked_goes_too(app, alice, sessions):
    key = subscribing.key_of(app.extensions["travaux"].places.data)
    with writing(sessions) as session:
        asked = Address("email", "a.nne+x@example.org", "example.org", "anne@example.org")
        subscribing.may_ask(session, key, asked, "192.0.2.1", Limits(3, 10), NOW)
        uid = subscriber(session, asked.text, key=key).uid
    assert alice.ask("DELETE", f"/subscribers/{uid}").status_code == 204
    with sessions() as session:
        assert session.scalars(sa.select(SubscriptionAsk)).all() == []


def test_one_is_erased(alice, anne, sessions):
    assert alice.ask("DELETE", f"/subscribers/{anne}").status_code == 204
    assert alice.get(f"/subscribers/{anne}").status_code == 404
    with sessions() as session:
        assert session.scalars(sa.select(EndedAddress.why)).all() == ["erased"]
    assert actions(sessions) == ["subscriber.erase"]


def test_bounces_are_counted_and_the_third_in_a_row_pauses(app, alice, anne, sessions):
    with writing(sessions) as session:
        row = session.scalars(sa.select(Subscription)).one()
        keys = [message(session, row, n=n).uid for n in range(3)]
    told = [{"address": ANNE, "message_id": f"<{key}@example.net>", "code": "550 5.1.1 unknown"} for key in keys]
    more = [{**told[0], "code": "5.2.2"}, {**told[0], "address": "ben@example.org"}]
    answer = program(app, "bob", {Scope.SUBSCRIBER_WRITE}).post("/bounces", {"items": [*told, *more]})
    assert answer.json == {"hard": 3, "soft": 0, "known": 1, "unknown": 1, "paused": 1}
    with sessions() as session:
        assert session.scalars(sa.select(Subscription.state)).one() is SubscriptionState.PAUSED
        assert {row.state for row in session.scalars(sa.select(Message))} == {MessageState.SENT}


@pytest.mark.parametrize(
    "items", [[], [{}], [{"address": ANNE, "message_id": "x", "code": "550"}], "x", [{"address": ANNE}] * 501]
)
def test_what_is_no_report_is_refused(alice, items):
    assert alice.post("/bounces", {"items": items}).status_code == 422


def test_a_relays_token_reads_no_address(app, anne):
    assert program(app, "bob", {Scope.SUBSCRIBER_WRITE}).get("/subscribers").status_code == 403
