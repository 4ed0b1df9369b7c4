"""What is on its way to subscribers, on the desk: what waits, what was given up, who is paused, the relays."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from status.app import create_app
from status.config.model import Relay
from status.domain.states import Verdict
from status.domain.subscriptions import MessageState, SubscriptionState
from status.models import AuditEntry, ClosedChannel, Component, Delivery, Event, Message, Subscription, VerdictInterval
from status.models.engine import writing
from status.queries import deliveries
from status.queries.deliveries import Trouble
from status.services import hooking
from tests.status.services.subscribers import message, subscriber
from tests.status.web.builder import NOW, ago
from tests.status.web.days import one_incident
from tests.status.web.signing_in import sign_in

PAGE = "/desk/deliveries"
WHY = "relay main: connection refused"
RELAYS = (
    Relay(name="main", host="smtp.example.net", component="sip"),
    Relay(name="elsewhere", host="smtp.example.org"),
)


@pytest.fixture
def runtime(runtime):
    return replace(runtime, settings=runtime.settings.model_copy(update={"relay": RELAYS}))


@pytest.fixture
def app(runtime, fill):
    fill(one_incident)
    return create_app(runtime)


@pytest.fixture
def given_up(sessions):
    """A message to Anne that was given up."""
    with writing(sessions) as session:
        anne = subscriber(session)
        return message(session, anne, MessageState.DEAD, error=WHY, settled_at=ago(hours=1)).uid


def page(app, name: str = "bob", path: str = PAGE) -> str:
    answer = sign_in(app, name).get(path)
    assert answer.status_code == 200
    return answer.text


def only(sessions, model):
    with sessions() as session:
        return session.scalars(sa.select(model)).one()


def waits(session, minutes: int) -> None:
    at = ago(minutes=minutes)
    session.add(
        Delivery(
            subscription_id=subscriber(session).id, channel="email", upto_k=1, due_at=at, created_at=at,
            event_uid=session.scalars(sa.select(Event.uid)).first(), message_id=None,
        )
    )  # fmt: skip


def test_a_test_that_was_given_up_is_no_trouble_of_the_desk(sessions):
    with writing(sessions) as session:
        anne = subscriber(session)
        hooking.send_test(session, anne, "Exemple", 5, NOW).state = MessageState.DEAD
        session.flush()
        assert deliveries.trouble(session, NOW) == Trouble(0, 0, None)
        message(session, anne, MessageState.DEAD, error=WHY)
        assert deliveries.trouble(session, NOW).dead == 1


def test_a_quiet_day_has_nothing_to_tell(app):
    shown = page(app)
    assert ("Rien n’a été abandonné." in shown, "Aucune adresse n’est suspendue." in shown) == (True, True)
    assert "n’arrivent pas" not in page(app, path="/desk")


@pytest.mark.parametrize(("minutes", "late"), [(5, False), (12, True)])
def test_what_waits_longer_than_ten_minutes_is_on_the_overview(app, sessions, minutes, late):
    with writing(sessions) as session:
        waits(session, minutes)
    assert ("1 message à un abonné est en retard" in page(app, path="/desk")) is late
    assert f"le plus ancien depuis {minutes}\u00a0min" in page(app)


def test_what_there_is_none_of_is_not_counted_out(app, sessions):
    with writing(sessions) as session:
        waits(session, 5)
        session.add(ClosedChannel(channel="sms", since=ago(minutes=3), until=NOW + timedelta(minutes=2), why=WHY))
    shown = page(app)
    assert ("rien en attente" in shown, re.findall(r">0 [^<]*<", shown)) == (True, [])


def test_a_closed_channel_says_why(app, sessions):
    with writing(sessions) as session:
        session.add(ClosedChannel(channel="email", since=ago(minutes=3), until=NOW + timedelta(minutes=2), why=WHY))
    assert WHY in page(app)


def test_a_relay_whose_component_is_not_well_is_passed_over(app, sessions):
    with writing(sessions) as session:
        sip = session.scalars(sa.select(Component.id).where(Component.slug == "sip")).one()
        values = {"verdict": Verdict.DOWN, "ended_at": None, "superseded_by": None}
        row = session.scalars(sa.select(VerdictInterval).where(VerdictInterval.component_id == sip)).first()
        for name, value in values.items():
            setattr(row, name, value)
    shown = page(app)
    assert (shown.count("évité"), "smtp.example.org" in shown) == (1, True)


def test_what_was_given_up_is_shown_with_its_reason_and_waits_again(app, sessions, given_up):
    assert (WHY in page(app), "1 a été abandonné" in page(app, path="/desk")) == (True, True)
    done = sign_in(app, "bob").post(f"{PAGE}/retry", {"channel": "email", "why": WHY})
    assert (done.status_code, only(sessions, Message).state) == (303, MessageState.STOPPED)
    assert "attend de nouveau" in page(app, path=done.location)
    with sessions() as session:
        assert "delivery.retry" in session.scalars(sa.select(AuditEntry.action)).all()


def test_dropping_is_for_leads(app, sessions, given_up):
    assert "Abandonner pour de bon" not in page(app, "bob")
    assert sign_in(app, "bob").post(f"{PAGE}/drop", {"channel": "email", "why": WHY}).status_code == 403
    assert "Abandonner pour de bon" in page(app, "alice")
    assert sign_in(app, "alice").post(f"{PAGE}/drop", {"channel": "email", "why": WHY}).status_code == 303
    assert only(sessions, Message).state is MessageState.STOPPED


def test_a_paused_address_is_shown_whole_to_leads_alone_and_resumed(app, sessions):
    with writing(sessions) as session:
        uid = subscriber(session, state=SubscriptionState.PAUSED, hard_bounces=3, ended_at=ago(hours=2)).uid
    assert ("anne@example.org" in page(app, "bob"), "@example.org" in page(app, "bob")) == (False, True)
    assert "anne@example.org" in page(app, "alice")
    assert sign_in(app, "bob").post(f"{PAGE}/{uid}/resume").location.endswith("resumed=1")
    assert only(sessions, Subscription).state is SubscriptionState.ACTIVE
    assert sign_in(app, "bob").post(f"{PAGE}/{uid}/resume").location.endswith("resumed=0")


def test_a_refused_address_is_told_apart_and_leaves_the_overview_alone(app, sessions):
    with writing(sessions) as session:
        message(session, subscriber(session), MessageState.DEAD, error="relay main said 550 5.1.1", bounced_at=NOW)
    assert "l’adresse a été refusée" in page(app)
    assert "n’arrivent pas" not in page(app, path="/desk")


@pytest.mark.parametrize("query", ["retried=x", "dropped=9999999999", "resumed=-1", "retried=٣"])
def test_a_strange_count_in_the_address_is_none(app, query):
    assert "0 message" in page(app, path=f"{PAGE}?{query}") or "n’est plus suspendue" in page(
        app, path=f"{PAGE}?{query}"
    )


def test_a_thousand_addresses_cost_no_more_statements(app, sessions, statements):
    browser = sign_in(app, "bob")
    browser.get(PAGE)
    del statements[:]
    browser.get(PAGE)
    before = len(statements)
    with writing(sessions) as session:
        for n in range(150):
            subscriber(session, f"x{n}@example.org", state=SubscriptionState.PAUSED)
    del statements[:]
    assert "et 50 autres" in browser.get(PAGE).text
    assert len(statements) <= before
