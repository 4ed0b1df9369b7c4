"""What goes wrong while somebody is told: nobody loses a word, nor is kept from his by another's trouble."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, OperationalError

from status.config.model import Relay
from status.delivery import fan_out as fan_out_module
from status.delivery import freezing, process
from status.delivery.addressing import Addresser
from status.delivery.fan_out import FanOut
from status.delivery.freezing import Freezer
from status.delivery.journal import Journal
from status.delivery.sending import Job, Post, Result
from status.delivery.settler import Settler
from status.domain.states import Impact, Verdict
from status.domain.subscriptions import FollowKind, MessageState
from status.models import Delivery, Event, EventUpdate, Letter, Message, Subscription, Told, VerdictInterval
from status.models.engine import Sessions, writing
from status.notifiers.registry import channels
from status.notifiers.types import Outgoing
from status.services import closing, correcting, fanning, incidents, outbox, subscribing
from status.services.actors import cli_user
from status.services.subscribing import Wish
from status.services.tenure import Tenure
from tests.status.delivery.sink import Sink, until
from tests.status.delivery.test_telling import ANNE, BEN, CLEO, message, plain, settled
from tests.status.publication.provider import make_component


def redact(provider, uid: str) -> None:
    with writing(provider.sessions) as session:
        update = session.scalars(sa.select(EventUpdate).where(EventUpdate.event_uid == uid)).first()
        correcting.redact(session, session.get_one(Event, uid), update, "Nom.", cli_user(session, "anne"), provider.now)


class Flaky:
    """Sessions that are away for some times; `before` is done ahead of the next but `after` times."""

    def __init__(self, sessions: Sessions, before=lambda: None, after: int = 0) -> None:
        self._sessions, self._before, self._after = sessions, before, after
        self.away = 0

    def __call__(self):
        if self.away:
            self.away -= 1
            raise OperationalError("", {}, Exception("away"))
        self._after -= 1
        if self._after == 0:
            self._before()
        return self._sessions()


def test_two_who_deliver_at_once_send_each_message_once(provider, readers, delivering, sink):
    for n in range(30):
        readers.add(f"reader{n}@example.org")
    provider.open(fr="Un.")
    with delivering():
        until(lambda: len(sink.mails) > 3)
        with delivering():
            until(lambda: settled(provider))
    found = [mail["To"] for mail in sink.mails]
    assert len(set(found)) == 30
    assert len(found) <= 31  # one may have been in the other's hands


def test_a_database_that_is_away_when_mails_were_taken_loses_and_repeats_none(
    provider, readers, delivering, sink, monkeypatch
):
    monkeypatch.setattr(process, "TROUBLE_S", 0.05)
    flaky = Flaky(provider.sessions)
    provider.runtime = replace(provider.runtime, sessions=flaky)
    for address in (ANNE, BEN, CLEO):
        readers.add(address)
    sink.answer = lambda _recipient: setattr(flaky, "away", 2) or "250 ok"
    with delivering():
        provider.open(fr="Un.")
        until(lambda: len(sink.mails) == 3)
        flaky.away = 0
        until(lambda: settled(provider))
    assert len(sink.mails) == 3


def test_words_that_are_taken_back_do_not_leave_with_who_was_in_line(provider, readers, delivering, sink):
    go, tried = threading.Event(), []
    for address in (CLEO, ANNE, BEN):
        readers.add(address)

    def answer(recipient: str) -> str:
        tried.append(recipient)
        if recipient == ANNE:
            go.wait(20)
        return "451 later" if tried.count(CLEO) == 1 and recipient == CLEO else "250 ok"

    sink.answer = answer
    with delivering():
        uid = provider.open(fr="Le nom de Paul.")
        until(lambda: ANNE in tried)
        redact(provider, uid)
        until(lambda: is_rewritten(provider))  # for Cleo, who is tried again
        go.set()
        until(lambda: settled(provider))
    assert {str(mail["To"]): "Paul" in plain(mail) for mail in sink.mails} == {ANNE: True, BEN: False, CLEO: False}


def is_rewritten(provider) -> bool:
    return any("Paul" not in words["text"] for words in words_of(provider))


def words_of(provider) -> list[dict]:
    with provider.sessions() as session:
        return [words for words in session.scalars(sa.select(Letter.words)) if words]


def test_words_that_were_read_before_a_redaction_are_not_frozen_after_it(provider, readers):
    readers.add(ANNE)
    uid = provider.open(fr="Le nom de Paul.")
    fan_out(provider)
    tenure = Tenure("delivery", provider.sessions, provider.runtime.clock)
    tenure.take()
    runtime = replace(provider.runtime, sessions=Flaky(provider.sessions, lambda: redact(provider, uid), after=2))
    tenure.sessions = runtime.sessions
    Freezer(runtime, tenure).freeze("email", provider.now, [], 10)
    assert message(provider) is None
    Freezer(runtime, tenure).freeze("email", provider.now, [], 10)
    assert "Paul" not in words_of(provider)[0]["text"]


def fan_out(provider) -> None:
    """Let the news wait; nothing is frozen."""
    with writing(provider.sessions) as session:
        notice = fanning.next_notice(session)
        fanning.take_slice(session, notice, 1, [fanning.Due(1, "email", provider.now)], provider.now)
        fanning.end(session, notice, provider.now)


@pytest.fixture
def one_by_one(provider, monkeypatch) -> FanOut:
    """What fans out, a subscription at a time; all are read at once."""
    monkeypatch.setattr(fan_out_module, "SLICE", 1)
    tenure = Tenure("delivery", provider.sessions, provider.runtime.clock)
    tenure.take()
    return FanOut(provider.runtime, tenure)


def waiting_for(provider) -> list[int]:
    with provider.sessions() as session:
        return sorted(session.scalars(sa.select(Delivery.subscription_id)))


def test_each_slice_goes_on_behind_the_last_one_and_a_second_notice_begins_anew(provider, readers, one_by_one):
    for address in (ANNE, BEN, CLEO):
        readers.add(address)
    provider.open(fr="Un.")
    provider.open("sip", fr="Autre.")
    steps = 0
    while one_by_one.step():
        steps += 1
    assert (waiting_for(provider), steps) == ([1, 1, 2, 2, 3, 3], 8)


def test_news_of_a_clock_that_was_ahead_are_found_once_it_is_set_back(provider, readers, one_by_one):
    readers.add(ANNE)
    provider.open(fr="Un.")
    one_by_one.step()
    provider.clock.set_back(3_600)
    with provider.sessions() as session:
        assert len(outbox.ahead(session, provider.now, pauses=False, limit=10).news) == 1


def test_who_is_erased_after_a_slice_was_read_keeps_nobody_else_waiting(provider, readers, one_by_one):
    for address in (ANNE, BEN, CLEO):
        readers.add(address)
    provider.open(fr="Un.")
    assert one_by_one.step()
    with writing(provider.sessions) as session:
        subscribing.erase(session, session.get_one(Subscription, 2).address_hash, provider.now)
    with pytest.raises(IntegrityError):
        one_by_one.step()
    while one_by_one.step():
        pass
    assert waiting_for(provider) == [1, 3]


def test_a_stop_between_the_choice_of_a_slice_and_its_writing_wins(provider, readers):
    uid = readers.add(ANNE)
    provider.open(fr="Un.")
    readers.stop(uid)
    fan_out(provider)
    tenure = Tenure("delivery", provider.sessions, provider.runtime.clock)
    tenure.take()
    Freezer(provider.runtime, tenure).freeze("email", provider.now, [], 10)
    assert (message(provider), settled(provider)) == (None, True)


def test_the_news_of_a_message_that_was_given_up_are_in_the_next_one(provider, readers, delivering, sink):
    readers.add(ANNE)
    sink.answer = lambda _recipient: "451 4.3.0 later"
    with delivering():
        uid = provider.open(fr="Un.")
        until(lambda: message(provider) and message(provider).attempts)
        provider.clock.pass_time(25 * 3_600)
        until(lambda: settled(provider))
        sink.answer = lambda _recipient: "250 ok"
        provider.write(uid, fr="Deux.")
        until(lambda: sink.mails)
    [mail] = sink.mails
    assert plain(mail).index("Deux.") < plain(mail).index("Un.")


def test_a_row_that_can_t_be_sent_keeps_nobody_else_from_being_told(provider, readers, delivering, sink, caplog):
    readers.add("http://127.0.0.1:9999/", channel="webhook", secret="not sealed by us")
    readers.add(ANNE)
    with delivering():
        provider.open(fr="Un.")
        until(lambda: sink.to(ANNE))
        until(lambda: "subscription_secret_unreadable" in caplog.messages)


@pytest.fixture
def other(provider) -> Iterator[Sink]:
    """A second relay; the first one rides on the component smtp."""
    other = Sink()
    other.start()
    settings = provider.runtime.settings
    first = settings.relay[0].model_copy(update={"component": "smtp"})
    second = Relay(name="other", host="127.0.0.1", port=other.port, tls="none")
    settings = settings.model_copy(update={"relay": (first, second)})
    provider.runtime = replace(provider.runtime, settings=settings)
    yield other
    other.stop()


def test_a_relay_that_refuses_our_address_is_passed_over(provider, readers, delivering, sink, other):
    sink.takes = "554 5.7.1 not from you"
    readers.add(ANNE)
    with delivering():
        provider.open(fr="Un.")
        until(lambda: other.to(ANNE))
    assert sink.mails == []


def test_a_relay_whose_component_is_down_is_passed_over(provider, readers, delivering, sink, other):
    with writing(provider.sessions) as session:
        session.add(
            VerdictInterval(
                component_id=provider.ids["smtp"], verdict=Verdict.DOWN, reason="timeout", began_at=provider.now,
                decided_at=provider.now, ended_at=None, origin="probe", rule_point="4", superseded_by=None,
            )
        )  # fmt: skip
    readers.add(ANNE)
    with delivering():
        provider.open(fr="Un.")
        until(lambda: other.to(ANNE))
    assert sink.mails == []


def test_a_relay_that_hangs_up_on_one_address_tells_the_others(provider, readers, delivering, sink):
    readers.add(BEN)
    readers.add(ANNE)
    sink.answer = lambda recipient: "" if recipient == BEN else "250 ok"
    with delivering():
        provider.open(fr="Un.")
        until(lambda: sink.to(ANNE))
        until(lambda: message(provider).attempts)


def test_a_clock_that_is_set_back_keeps_nobody_waiting(provider, readers, delivering, sink):
    readers.add(ANNE)
    sink.answer = lambda _recipient: "451 4.3.0 later"
    with delivering():
        uid = provider.open(fr="Un.")
        until(lambda: message(provider) and message(provider).attempts)
        provider.clock.set_back(3_600)
        sink.answer = lambda _recipient: "250 ok"
        until(lambda: sink.to(ANNE))
        provider.write(uid, fr="Deux.")
        until(lambda: len(sink.to(ANNE)) == 2)


def test_a_database_locked_as_a_channel_is_closed_keeps_nobody_waiting(
    provider, readers, delivering, sink, monkeypatch
):
    for n in range(30):
        readers.add(f"reader{n}@example.org")
    close, calls = closing.close, []

    def locked_once(*args):
        calls.append(args)
        if len(calls) == 1:
            raise OperationalError("", {}, Exception("database is locked"))
        close(*args)

    monkeypatch.setattr(closing, "close", locked_once)
    sink.takes = "421 4.3.2 closing"
    with delivering():
        provider.open(fr="Un.")
        until(lambda: len(calls) > 1)
        sink.takes = "250 ok"
        provider.clock.pass_time(300)
        until(lambda: settled(provider))
    assert len({mail["To"] for mail in sink.mails}) == 30


def test_what_became_of_an_erased_message_is_not_written_on_another_that_got_its_id(provider, readers):
    tenure = Tenure(process.NAME, provider.sessions, provider.runtime.clock)
    tenure.take()
    freezer, fan_out, results = Freezer(provider.runtime, tenure), FanOut(provider.runtime, tenure), queue.SimpleQueue()
    posts = {"email": Post(channels()["email"])}
    settler = Settler(provider.runtime, tenure, posts, results, Journal(provider.runtime.places.data / "journal"))

    def frozen(address: str) -> Outgoing:
        readers.add(address)
        provider.open(fr="Un.")
        while fan_out.step():
            pass
        freezer.freeze("email", provider.now, (), 50)
        with provider.sessions() as session:
            subscription = session.scalars(sa.select(Subscription).where(Subscription.address == address)).one()
            row = session.scalars(sa.select(Message).where(Message.subscription_id == subscription.id)).one()
            words = freezing.words_of(session.get_one(Letter, row.letter_id).words)
            return Addresser(provider.runtime).address(row, subscription, words)

    def id_of(outgoing: Outgoing) -> int:
        with provider.sessions() as session:
            return outbox.rows_of(session, [outgoing.uid])[outgoing.uid]

    erased = frozen(ANNE)
    job = Job(id_of(erased), "email", erased)
    with writing(provider.sessions) as session:
        subscribing.erase(session, subscribing.hash_of(readers.key, "email", ANNE), provider.now)
    other = frozen(BEN)
    with provider.sessions() as session:
        assert outbox.words_to_send(session, erased.uid) is None
        assert outbox.words_to_send(session, other.uid) is not None
    results.put(Result(job, accepted=True))
    settler.settle()
    with provider.sessions() as session:
        assert session.get_one(Message, id_of(other)).state is MessageState.WAITING


def test_who_is_of_a_domain_that_is_told_fast_enough_takes_later_news_in(provider, readers):
    readers.add(ANNE)
    provider.open(fr="Un.")
    fan_out(provider)
    with provider.sessions() as session:
        assert outbox.ready(session, "email", provider.now, ["example.org"], 10) == ()
        assert len(outbox.ready(session, "email", provider.now, ["example.com"], 10)) == 1


def test_half_a_line_of_the_journal_spoils_no_other(tmp_path):
    path = tmp_path / "journal"
    path.write_bytes(b"one\nhal")
    journal = Journal(path)
    journal.note("two")
    journal.close()
    assert Journal(path).noted() == {"one", "two"}


def test_400_components_down_under_one_node_are_one_mail_to_each(provider, readers, delivering, sink):
    ids = below(provider, "imap", 400)
    readers.add(ANNE, Wish(frozenset((FollowKind.COMPONENT, str(id_)) for id_ in ids)))
    readers.add(BEN)
    with writing(provider.sessions) as session:
        opening = incidents.Opening(dict.fromkeys(ids, Impact.FULL), {"fr": "Panne"}, {"fr": "Un."})
        incidents.open_incident(session, opening, cli_user(session, "anne"), provider.now)
    with delivering():
        until(lambda: settled(provider))
    assert sorted(str(mail["To"]) for mail in sink.mails) == [ANNE, BEN]


def below(provider, slug: str, count: int) -> list[int]:
    """Add so many components below one; give their ids."""
    with writing(provider.sessions) as session:
        rows = [make_component(f"{slug}-{n}-a", provider.ids[slug]) for n in range(count)]
        session.add_all(rows)
        session.flush()
        return [row.id for row in rows]


@pytest.mark.story
def test_a_relay_that_is_away_for_six_hours_leaves_everybody_one_mail_with_all_of_it(
    provider, readers, delivering, sink, caplog
):
    for n in range(300):
        readers.add(f"reader{n}@d{n % 30}.example.org")
    sink.stop()
    with delivering():
        uid = provider.open(fr="Un.")
        until(lambda: "channel_closed" in caplog.messages)
        for text in ("Deux.", "Trois."):
            provider.clock.pass_time(3 * 3_600)
            provider.write(uid, fr=text)
        until(lambda: not waits_for_its_notice(provider))
        sink.start()
        provider.clock.pass_time(300)
        until(lambda: settled(provider), 90)
    texts = [plain(mail) for mail in sink.mails]
    assert len({str(mail["To"]) for mail in sink.mails}) == len(texts) == 300
    assert all(text.index("Trois.") < text.index("Deux.") < text.index("Un.") for text in texts)


def waits_for_its_notice(provider) -> bool:
    with provider.sessions() as session:
        return fanning.next_notice(session) is not None


def test_who_was_told_is_forgotten_long_after_the_end_alone(provider, readers, delivering, sink):
    readers.add(ANNE)
    with delivering():
        over, still = provider.open(fr="Un."), provider.open(fr="Deux.")
        provider.close(over, fr="Fin.")
        until(lambda: settled(provider) and set(told(provider)) == {over, still})
        provider.clock.pass_time(399 * 86_400)
        until(lambda: message(provider) is None)
        assert set(told(provider)) == {over, still}
        provider.clock.pass_time(2 * 86_400)
        until(lambda: told(provider) == [still])


def told(provider) -> list[str]:
    with provider.sessions() as session:
        return list(session.scalars(sa.select(Told.event_uid)))
