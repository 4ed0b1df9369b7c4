"""What business customers are told: what is theirs, once, and works as MAINTNOTE."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from icalendar import Calendar

from status.domain.subscriber_link import read_token
from status.domain.subscriptions import FollowKind, SubscriptionState
from status.models import Customer, Event, Subscription
from status.models.engine import writing
from status.services import customers, merging, subscribing, works
from status.services.actors import cli_user
from status.services.subscribing import Wish
from tests.status.customers import CANARIES, LIST, OURS, THEIRS, Customers
from tests.status.delivery.sink import until
from tests.status.delivery.test_telling import plain, settled

NOC, OTHER, ANNE = "noc@adele.example", "noc@boris.example", "anne@example.org"


@pytest.fixture
def house(provider) -> Customers:
    return Customers.of(provider)


def calendars(mails) -> list:
    """Give the work of each mail's calendar part."""
    parts = [part for mail in mails for part in mail.walk() if part.get_content_type() == "text/calendar"]
    return [Calendar.from_ical(part.get_content()).walk("VEVENT")[0] for part in parts]


def test_an_incident_only_customers_may_know_is_told_to_them_alone(house, readers, delivering, sink):
    readers.add(ANNE)
    with delivering():
        house.open(OURS, title="Coupure de la ligne")
        until(lambda: settled(house.provider))
    assert [mail["To"].addresses[0].addr_spec for mail in sink.mails] == [NOC]
    text = plain(sink.mails[0])
    assert ("Coupure de la ligne" in text, "Ligne line-adele (CIRCUIT-ADELE, CIRCUIT-DEUX)" in text) == (True, True)
    assert "/travaux/" not in text
    assert "vous envoie ces informations en tant que contact de Adele SA." in " ".join(text.split())
    assert [word for word in CANARIES if word in text] == []


def test_what_customers_alone_may_know_concerns_no_follower_of_what_is_above_it(house, readers, delivering, sink):
    above = house.provider.ids["xdsl"]
    readers.add(ANNE, Wish(frozenset({(FollowKind.COMPONENT, str(above))})))
    with delivering():
        house.open(OURS, "imap", title="Coupure")
        until(lambda: settled(house.provider))
    assert [mail["To"].addresses[0].addr_spec for mail in sink.mails] == [NOC]


def test_a_contact_is_told_of_what_his_customer_has_and_of_nothing_else(house, delivering, sink):
    with delivering():
        house.provider.open("smtp", fr="Non.")
        house.provider.open("imap-1", fr="Oui.")
        until(lambda: settled(house.provider))
    [mail] = sink.mails
    assert (mail["To"].addresses[0].addr_spec, "Oui." in plain(mail)) == (NOC, True)
    assert "https://status.example.net/fr/travaux/1235" in plain(mail)


def test_a_contact_who_subscribed_as_well_gets_one_notice_and_elsewhere_the_public_ones(
    house, readers, delivering, sink
):
    readers.add(NOC)
    with delivering():
        house.provider.open("imap", fr="Un.")
        house.provider.open("sip", fr="Deux.")
        until(lambda: settled(house.provider))
    told = [plain(mail) for mail in sink.to(NOC)]
    assert sorted(("Un." in text, "Deux." in text) for text in told) == [(False, True), (True, False)]


def test_a_contact_may_stop_and_no_import_brings_him_back(house, readers, delivering, sink):
    with delivering():
        house.provider.open("imap", fr="Un.")
        until(lambda: settled(house.provider))
        [mail] = sink.mails
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        readers.stop(uid_of(readers, house, mail["List-Unsubscribe"]))
        assert house.take_in(LIST).stopped == {"A1": 1}
        house.provider.open("imap", fr="Deux.")
        until(lambda: settled(house.provider))
    assert len(sink.mails) == 1


def test_a_contact_who_stopped_and_then_subscribed_is_no_contact_again(house, readers):
    with writing(house.provider.sessions) as session:
        of_contact = sa.select(Subscription.uid).where(Subscription.address == NOC)
        uid = session.scalars(of_contact).one()
    readers.stop(uid)
    readers.add(NOC)
    assert house.take_in(LIST).stopped == {"A1": 1}


def test_a_contact_who_was_erased_and_then_subscribed_is_no_contact_again(house, readers):
    with writing(house.provider.sessions) as session:
        subscribing.erase(session, subscribing.hash_of(readers.key, "email", NOC), house.provider.now)
    readers.add(NOC)
    assert house.take_in(LIST).stopped == {"A1": 1}


def test_who_was_a_subscriber_of_the_customer_before_is_told_once(house, readers, delivering, sink):
    with writing(house.provider.sessions) as session:
        uid = session.scalars(sa.select(Customer.uid).where(Customer.external_ref == "A1")).one()
    readers.add("second@adele.example", customer_uid=uid)
    listed = LIST.replace("both:noc@adele.example", "both:noc@adele.example|second@adele.example")
    assert (house.take_in(listed).changed, house.take_in(listed).unchanged) == (1, 2)
    with delivering():
        house.open(OURS, title="Coupure")
        until(lambda: settled(house.provider))
    assert len(sink.to("second@adele.example")) == 1


def test_nobody_of_a_retired_customer_is_told_any_more(house, readers):
    with writing(house.provider.sessions) as session:
        uid = session.scalars(sa.select(Customer.uid).where(Customer.external_ref == "A1")).one()
    readers.add("second@adele.example", customer_uid=uid)
    with writing(house.provider.sessions) as session:
        adele = session.get_one(Customer, uid)
        customers.retire(session, adele, cli_user(session, "anne"), house.provider.now)
        states = sa.select(Subscription.state).where(Subscription.customer_uid == adele.uid)
        assert set(session.scalars(states)) == {SubscriptionState.STOPPED}


def test_a_contact_in_other_letters_is_who_he_was(house):
    taken = house.take_in(LIST.replace("noc@adele", "NOC@adele"))
    assert (taken.changed, taken.unchanged) == (0, 2)


def uid_of(readers, house, link: str) -> str:
    return read_token(readers.key, link.strip("<>").split("/")[-2]) or ""


def test_a_merge_is_one_notice_not_two(house, readers, delivering, sink):
    readers.add(ANNE)
    provider = house.provider
    with delivering():
        one, other = provider.open("imap", fr="Un."), provider.open("smtp", fr="Deux.")
        until(lambda: settled(provider))
        before = len(sink.to(ANNE))
        with writing(provider.sessions) as session:
            event, into = session.get_one(Event, one), session.get_one(Event, other)
            merging.merge(session, [event], into, cli_user(session, "anne"), provider.now, texts={"fr": "Ensemble."})
        until(lambda: settled(provider))
        provider.close(other, fr="Fini.")
        until(lambda: settled(provider))
    assert ["Ensemble." in plain(mail) for mail in sink.to(ANNE)[before:]] == [True, False]
    assert ["Fini." in plain(mail) for mail in sink.to(NOC)[1:]] == [False, True]


def test_a_number_only_customers_may_know_stands_in_no_public_words_after_a_merge(house, readers, delivering, sink):
    readers.add(ANNE)
    provider = house.provider
    own, public = house.open(OURS, title="Ligne coupée"), provider.open("imap", fr="Un.")
    with writing(provider.sessions) as session:
        event, into = session.get_one(Event, own), session.get_one(Event, public)
        merging.merge(session, [event], into, cli_user(session, "anne"), provider.now, texts={"fr": "Ensemble."})
    with delivering():
        until(lambda: settled(provider))
    assert sink.to(ANNE)
    assert [mail for mail in sink.to(ANNE) if "1234" in plain(mail) or "adele" in plain(mail)] == []


def test_a_work_goes_to_a_contact_with_its_maintnote(house, delivering, sink):
    provider = house.provider
    with delivering():
        uid = provider.plan(OURS, "Travaux sur la ligne")
        until(lambda: settled(provider))
        step(provider, uid, works.confirm)
        until(lambda: settled(provider))
    planned, confirmed = calendars(sink.to(NOC))
    assert (str(planned["uid"]), planned["sequence"], confirmed["sequence"]) == (uid, 1, 2)
    assert [str(work["x-maintnote-status"]) for work in (planned, confirmed)] == ["TENTATIVE", "CONFIRMED"]
    assert [str(each) for each in planned["x-maintnote-object-id"]] == ["CIRCUIT-ADELE", "CIRCUIT-DEUX"]
    assert (str(planned["x-maintnote-account"]), str(planned["x-maintnote-provider"])) == ("A1", "status.example.net")
    assert str(planned["organizer"]) == "mailto:status@example.net"
    assert sink.to(OTHER) == []


def test_a_contact_for_maintnote_alone_is_told_of_no_incident(house, delivering, sink):
    with delivering():
        house.open(THEIRS, title="Coupure")
        house.provider.plan(THEIRS, "Travaux")
        until(lambda: settled(house.provider))
    [mail] = sink.to(OTHER)
    [work] = calendars([mail])
    assert (str(work["x-maintnote-object-id"]), str(work["x-maintnote-impact"])) == ("CIRCUIT-BORIS", "OUTAGE")
    assert "Travaux" in mail["Subject"]


def test_a_retry_sends_the_same_calendar(house, delivering, sink):
    provider = house.provider
    seen: list[str] = []
    sink.answer = lambda recipient: seen.append(recipient) or "451 4.3.0 later"
    with delivering():
        uid = provider.plan(OURS)
        until(lambda: seen)
        step(provider, uid, works.confirm)
        sink.answer = lambda _recipient: "250 ok"
        until(lambda: settled(provider))
    first, second = calendars(sink.to(NOC))
    assert [str(work["x-maintnote-status"]) for work in (first, second)] == ["TENTATIVE", "CONFIRMED"]


def step(provider, uid: str, take) -> None:
    with writing(provider.sessions) as session:
        take(session, session.get_one(Event, uid), {}, cli_user(session, "anne"), provider.now)


def test_a_part_of_what_a_customer_has_is_degraded_at_worst(house, delivering, sink):
    house.provider.plan("imap-1", "Un serveur")
    with delivering():
        until(lambda: settled(house.provider))
    [work] = calendars(sink.to(NOC))
    assert (str(work["x-maintnote-object-id"]), str(work["x-maintnote-impact"])) == ("imap", "DEGRADED")
