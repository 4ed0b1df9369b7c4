"""Who is on duty, duties taken over, alerts and their tries, and one's own contact ways."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from status.app import create_app
from status.config.model import AlertRule, Notices, RotaEntry
from status.domain.alerting import TryKind, TryState
from status.models import AlertTry, ContactWay, Duty, Event
from status.models.engine import writing
from status.services import alerting
from status.services.alerting import Telling
from tests.status.web.builder import NOW
from tests.status.web.conftest import SETTINGS
from tests.status.web.days import one_incident
from tests.status.web.signing_in import account_of, sign_in

PAGE = "/desk/on-call"
SOON = (NOW + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
ON_CALL = SETTINGS.model_copy(
    update={
        "alert": (AlertRule(name="night", rota="night"),),
        "rota": (RotaEntry(name="night", people=("alice", "bob", "gone"), starts_on="2026-01-05"),),
        "notices": Notices(webhook_networks=("127.0.0.0/8",)),
    }
)


@pytest.fixture
def app(runtime):
    return create_app(replace(runtime, settings=ON_CALL))


@pytest.fixture
def people(app, sessions, fill):
    fill(one_incident)
    with writing(sessions) as session:
        for name in ("alice", "bob"):
            account_of(session, name).email = f"{name}@example.net"


def rows(sessions, model):
    with sessions() as session:
        return session.query(model).order_by(model.id).all()


@pytest.mark.usefixtures("people")
def test_the_page_says_who_is_on_duty_who_is_missing_and_who_has_too_few_ways(app):
    shown = sign_in(app, "rita").get(PAGE).text
    assert "Maintenant" in shown
    assert "Le compte gone n’existe pas" in shown
    assert "alice n’a qu’un moyen de contact" in shown


@pytest.mark.usefixtures("people")
def test_a_responder_puts_somebody_on_duty_and_takes_it_back(app, sessions):
    bob = sign_in(app, "bob")
    answer = bob.post(f"{PAGE}/duties", {"rota": "night", "account": "alice", "until": SOON, "note": "Samedi"})
    assert answer.status_code == 303
    shown = bob.get(PAGE).text
    assert "<strong>Maintenant\u00a0: alice (reprise)</strong>" in shown
    assert "Samedi" in shown
    [duty] = rows(sessions, Duty)
    assert bob.post(f"{PAGE}/duties/{duty.id}/end").status_code == 303
    assert "(reprise)" not in bob.get(PAGE).text


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"rota": "day", "account": "alice", "until": SOON}, "Ce tour d’astreinte n’existe pas."),
        ({"rota": "night", "account": "nobody", "until": SOON}, "Ce compte n’existe pas."),
        ({"rota": "night", "account": "alice", "until": ""}, "Donnez une fin à venir"),
        ({"rota": "night", "account": "alice", "until": "2020-01-01T00:00"}, "Cette heure est passée"),
    ],
)
def test_a_duty_that_cannot_be_is_refused_with_what_was_typed(app, form, said):
    answer = sign_in(app, "bob").post(f"{PAGE}/duties", {**form, "note": "Mariage"})
    assert answer.status_code == 422
    assert said in answer.text
    assert "Mariage" in answer.text


@pytest.mark.usefixtures("people")
def test_alerts_are_shown_with_what_became_of_each_try(app, sessions):
    with writing(sessions) as session:
        event, bob = session.query(Event).filter_by(n=1203).one(), account_of(session, "bob")
        alert = alerting.open_alert(session, event.uid, "night", NOW)
        alerting.tell(session, alert, Telling(bob.uid, "email", TryKind.ALERT, "x", 1, 0), NOW)
        alerting.settle(session, [1], TryState.REFUSED, NOW, "relay main said 550")
    shown = sign_in(app, "rita").get(PAGE).text
    assert "relay main said 550" in shown
    assert "attend une réponse" in shown


@pytest.mark.usefixtures("people")
def test_a_test_goes_to_each_way_of_the_person_alone_once_a_minute(app, sessions):
    bob = sign_in(app, "bob")
    assert bob.post(f"{PAGE}/test").status_code == 303
    [row] = rows(sessions, AlertTry)
    assert (row.kind, row.channel, row.alert_id) == (TryKind.TEST, "email", None)
    assert bob.post(f"{PAGE}/test").status_code == 422


@pytest.mark.usefixtures("people")
def test_a_person_sets_orders_and_removes_his_own_ways_and_sees_the_secret_once(app, sessions):
    bob = sign_in(app, "bob")
    assert bob.post("/desk/me/contact", {"channel": "email", "address": "bob@example.org"}).status_code == 303
    shown = bob.post("/desk/me/contact", {"channel": "webhook", "address": "https://push.example.org/bob"}).text
    assert "Le secret de la signature" in shown
    assert "Le secret de la signature" not in bob.get("/desk/me").text
    bob.post("/desk/me/contact/webhook/first")
    assert [way.channel for way in sorted(rows(sessions, ContactWay), key=lambda way: way.position)] == [
        "webhook", "email",
    ]  # fmt: skip
    bob.post("/desk/me/contact/email/remove")
    assert [way.channel for way in rows(sessions, ContactWay)] == ["webhook"]


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(("channel", "address"), [("email", "nobody"), ("webhook", "ftp://x"), ("pigeon", "x@y.fr")])
def test_a_way_that_cannot_be_is_refused_with_what_was_typed(app, sessions, channel, address):
    answer = sign_in(app, "bob").post("/desk/me/contact", {"channel": channel, "address": address})
    assert (answer.status_code, address in answer.text) == (422, True)
    assert rows(sessions, ContactWay) == []
