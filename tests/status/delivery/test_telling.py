"""From a post to the mail: whom, what, once, in order, and never after a stop."""

from __future__ import annotations

import sqlalchemy as sa

from status.delivery import clerk
from status.domain.states import EventState
from status.domain.subscriptions import FollowKind, MessageState, SubscriptionState
from status.models import Component, Delivery, Message, Notice, Subscription
from status.models.engine import writing
from status.services import subscribing
from status.services.subscribing import Wish
from tests.status.delivery.sink import until

ANNE, BEN, CLEO = "anne@example.org", "ben@example.com", "cleo@example.net"


def follow(provider, slug: str) -> Wish:
    return Wish(frozenset({(FollowKind.COMPONENT, str(provider.ids[slug]))}))


def settled(provider) -> bool:
    """Whether nothing is on its way any more: asked in the order it goes, or what moves on between would be missed."""
    stages = (
        (Notice, Notice.fanned_out_at.is_(None)), (Delivery, Delivery.message_id.is_(None)),
        (Message, Message.state == MessageState.WAITING),
    )  # fmt: skip
    with provider.sessions() as session:
        counts = [session.scalar(sa.select(sa.func.count()).select_from(table).where(open_)) for table, open_ in stages]
    return not any(counts)


def plain(mail) -> str:
    return mail.get_body(("plain",)).get_content()


def test_an_incident_is_told_to_who_follows_all_of_it_its_area_or_what_is_below(provider, readers, delivering, sink):
    readers.add(ANNE)
    readers.add(BEN, follow(provider, "email"), language="en")
    readers.add(CLEO, follow(provider, "sip"))
    readers.add("dan@example.org", follow(provider, "imap-1"))
    with delivering():
        uid = provider.open(fr="Les messages arrivent en retard.", en="Messages are late.")
        until(lambda: settled(provider))
        provider.close(uid, fr="C’est réparé.", en="It is mended.")
        until(lambda: settled(provider))
    assert [len(sink.to(address)) for address in (ANNE, BEN, CLEO, "dan@example.org")] == [2, 2, 0, 2]
    first, last = sink.to(ANNE)
    assert "Les messages arrivent en retard." in plain(first)
    assert "https://status.example.net/fr/travaux/1234" in plain(first)
    assert "C’est réparé." in plain(last)
    assert "arrivent en retard" not in plain(last)
    assert "Messages are late." in plain(sink.to(BEN)[0])
    assert len({mail["Message-ID"] for mail in sink.mails}) == len(sink.mails)


def test_what_waited_together_is_told_in_one_mail_the_newest_first(provider, readers, delivering, sink, monkeypatch):
    monkeypatch.setattr(clerk, "FAN_OUT_S", 60.0)  # three notices take longer than a second on a loaded machine
    readers.add(ANNE)
    uid = provider.open(fr="Un.")
    provider.write(uid, EventState.IDENTIFIED, fr="Deux.")
    provider.write(uid, fr="Trois.")
    with delivering():
        until(lambda: settled(provider))
    [mail] = sink.to(ANNE)
    text = plain(mail)
    assert text.index("Trois.") < text.index("Deux.") < text.index("Un.")


def test_who_said_stop_is_told_nothing_even_when_it_was_on_its_way(provider, readers, delivering, sink):
    anne = readers.add(ANNE)
    sink.answer = lambda _recipient: "451 4.3.0 later"
    with delivering():
        provider.open(fr="Oui.")
        until(lambda: message(provider) and message(provider).attempts)
        readers.stop(anne)
        sink.answer = lambda _recipient: "250 ok"
        until(lambda: settled(provider))
    assert sink.mails == []
    assert message(provider).state is MessageState.STOPPED


def message(provider) -> Message | None:
    with provider.sessions() as session:
        return session.scalars(sa.select(Message).order_by(Message.id)).first()


def test_a_failed_try_is_made_again_with_the_same_key_and_words(provider, readers, delivering, sink):
    readers.add(ANNE)
    sink.answer = lambda _recipient: "451 4.3.0 later"
    with delivering():
        uid = provider.open(fr="Un.")
        until(lambda: message(provider) and message(provider).attempts)
        before = message(provider).uid
        provider.write(uid, fr="Deux.")
        sink.answer = lambda _recipient: "250 ok"
        until(lambda: settled(provider))
    first, second = sink.to(ANNE)
    assert first["Message-ID"] == f"<{before}@example.net>"
    assert ("Deux." in plain(first), "Un." in plain(second)) == (False, False)
    assert "Deux." in plain(second)


def test_three_hard_bounces_pause_an_address(provider, readers, delivering, sink):
    anne = readers.add(ANNE)
    sink.answer = lambda recipient: "550 5.1.1 no such user" if recipient == ANNE else "250 ok"
    readers.add(BEN)
    with delivering():
        for n in range(4):
            provider.open(title=f"Panne {n}", fr=f"{n}.")
            until(lambda: settled(provider))
    assert len(sink.to(BEN)) == 4
    with provider.sessions() as session:
        row = session.scalars(sa.select(Subscription).where(Subscription.uid == anne)).one()
        assert (row.state, row.hard_bounces) == (SubscriptionState.PAUSED, 3)


def test_a_relay_that_is_away_costs_nobody_a_message_and_news_go_on_gathering(
    provider, readers, delivering, sink, caplog
):
    readers.add(ANNE)
    sink.stop()
    with delivering():
        uid = provider.open(fr="Un.")
        until(lambda: "channel_closed" in caplog.messages)
        provider.write(uid, fr="Deux.")
        until(lambda: newest_that_waits(provider) == 2)
        sink.start()
        provider.clock.pass_time(300)
        until(lambda: settled(provider))
    [mail] = sink.to(ANNE)
    assert plain(mail).index("Deux.") < plain(mail).index("Un.")
    assert message(provider).attempts == 0


def newest_that_waits(provider) -> int | None:
    with provider.sessions() as session:
        return session.scalar(sa.select(sa.func.max(Delivery.upto_k)).where(Delivery.message_id.is_(None)))


def test_a_confirmation_goes_out_alone_and_holds_its_link(provider, readers, delivering, sink):
    with writing(provider.sessions) as session:
        address = subscribing.Address("email", ANNE, "example.org")
        row = subscribing.subscribe(session, readers.key, address, Wish(), "en", provider.now)
        subscribing.ask(session, row, "Exemple Télécom", provider.now)
        subscribing.ask(session, row, "Exemple Télécom", provider.now)
        uid = row.uid
    with delivering():
        provider.open(fr="Oui.")
        until(lambda: settled(provider))
    [mail] = sink.mails
    assert mail["Subject"] == "Exemple Télécom: do you want these news?"
    assert f"https://status.example.net/s/{readers.token(uid)}/confirm" in plain(mail)


def test_who_says_yes_later_is_told_with_the_next_update_all_of_it(provider, readers, delivering, sink):
    uid = provider.open(fr="Un.")
    provider.clock.pass_time(5)
    readers.add(ANNE)
    with delivering():
        until(lambda: settled(provider))
        assert sink.mails == []
        provider.write(uid, fr="Deux.")
        until(lambda: settled(provider))
    [mail] = sink.to(ANNE)
    assert ("Un." in plain(mail), "Deux." in plain(mail)) == (True, True)


def test_a_department_is_told_of_what_names_it_and_no_other(provider, readers, delivering, sink):
    readers.add(ANNE, Wish(frozenset({(FollowKind.DEPARTMENT, "59")})))
    readers.add(BEN, Wish(frozenset({(FollowKind.DEPARTMENT, "62")})))
    with writing(provider.sessions) as session:
        session.get_one(Component, provider.ids["imap"]).departments = ["59"]
    with delivering():
        provider.open(fr="Un.")
        until(lambda: settled(provider))
    assert [mail["To"].addresses[0].addr_spec for mail in sink.mails] == [ANNE]


def test_one_connection_serves_many(provider, readers, delivering, sink):
    for n in range(50):
        readers.add(f"reader{n}@example.org")
    with delivering():
        provider.open(fr="Oui.")
        until(lambda: settled(provider))
    assert (len(sink.mails), sink.sessions) == (50, 1)
