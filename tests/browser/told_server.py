"""Those who are told, on a very bad day: the pages of subscribers and customers on loopback, and the mails they get."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from probes.types import Instant
from status.alerting import words as alerting_words
from status.app import create_app
from status.config.model import SMS, AlertRule, Mail, Notices, Relay, RotaEntry, Settings, Site
from status.delivery.letters import House, write, write_to_contact
from status.delivery.maintnote import Parties
from status.domain.audience import PUBLIC, Audience, AudienceType
from status.domain.states import Visibility
from status.domain.subscriber_link import make_token
from status.domain.subscriptions import CONFIRM, FollowKind, MessageState, Pace
from status.models import Base, Component, Customer, Event, EventUpdate, Message, Subscription, UpdateText
from status.models.engine import Sessions, create_file, make_engine, make_sessions, reading, writing
from status.notifiers.email import canonical
from status.notifiers.types import Links, Outgoing, Words
from status.places import Places
from status.queries.news import News, Wanted, read_news
from status.runtime import Runtime
from status.services import customer_tokens, customers, hooking, subscribing
from status.services.actors import cli_user
from status.services.customer_file import read_customers
from status.services.letters import Written, keep_letter
from status.services.sealing import seal
from status.services.subscribing import Address, Wish
from status.wording import mails
from tests.status.web.builder import NOW, Story, ago
from tests.status.web.days import very_bad_day

SITE = Site(name="Exemple Télécom", public_url="https://status.example.net")
SETTINGS = Settings(
    site=SITE,
    mail=Mail(address="status@example.net"),
    relay=(Relay(name="principal", host="127.0.0.1"),),
    sms=SMS(url="https://sms.example.net/send", fields={"to": "{to}", "text": "{text}"}, prefixes=("+33", "+32")),
    notices=Notices(),
    alert=(AlertRule(name="nuit", rota="astreinte"),),
    rota=(RotaEntry(name="astreinte", people=("alice", "bob"), starts_on="2026-01-05"),),
)  # fmt: skip
HOUSE = House(SITE.name, SITE.public_url, SITE.timezone)
OWN = f"{SITE.public_url}/s/" + "x" * 38
LINKS = Links(f"{OWN}/confirm", OWN, f"{OWN}/stop")
OPENED, ENDED, WORK = 1203, 1201, 1202
"""Numbers of very_bad_day: calls cut off, mail delayed and over, a switch to be replaced."""

CUSTOMERS = """A1;Boulangerie Dupont & Fils SARL;fr;ligne-dupont;FTTO-59-0042|FTTO-59-0043;both:noc@dupont.example
A1;;;sip;TRUNK-7;
A1;;;webmail;;
B1;Smith Ltd;en;vps;VPS-12;both:noc@smith.example
"""


@dataclass(frozen=True, slots=True)
class Told:
    """Served pages; `tokens` of subscribers and customers by a name."""

    base: str
    runtime: Runtime
    tokens: Mapping[str, str]

    def pages(self, language: str) -> dict[str, str]:
        """Give the address of every page by its name; those that have a language of their own in this one."""
        own = {name: f"/s/{self.tokens[f'{name}-{language}']}" for name in ("asked", "mail", "event", "hook", "paused")}
        customer = f"/c/{self.tokens['A1' if language == 'fr' else 'B1']}"
        return {
            "subscribe": f"/{language}/subscribe", "subscribe-component": f"/{language}/subscribe?component=sip",
            "subscribe-event": f"/{language}/subscribe?event={OPENED}", "event-page": f"/{language}/travaux/{OPENED}",
            "confirm": f"{own['asked']}/confirm", "confirmed": f"{own['mail']}/confirm", "manage": own["mail"],
            "manage-event": own["event"], "manage-hook": own["hook"], "manage-hook-done": f"{own['hook']}?done=test",
            "manage-paused": own["paused"], "stop": f"{own['mail']}/stop", "customer": customer,
            "customer-event": f"{customer}/travaux/{OPENED if language == 'fr' else WORK}",
        }  # fmt: skip


@contextmanager
def served_told() -> Iterator[Told]:
    """Serve the day on loopback, with every channel offered."""
    with TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{folder}/travaux.db")
        create_file(engine)
        Base.metadata.create_all(engine)
        sessions, here = make_sessions(engine), Path(folder)
        clock = lambda: Instant(0, NOW.timestamp() + 2)  # noqa: E731
        runtime = Runtime(SETTINGS, Places(here, here, here, here, here), engine, sessions, clock)
        tokens = _fill(sessions, here)
        server = make_server("127.0.0.1", 0, create_app(runtime), threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield Told(f"http://127.0.0.1:{server.port}", runtime, tokens)
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
            engine.dispose()


def _fill(sessions: Sessions, data: Path) -> dict[str, str]:
    key = subscribing.key_of(data)
    with writing(sessions) as session:
        story = very_bad_day(session)
        story.component("ligne-dupont", "xdsl", "Ligne de la boulangerie", "Line of the bakery")
        line = session.scalars(sa.select(Component).where(Component.slug == "ligne-dupont")).one()
        line.visibility = Visibility.CUSTOMERS
        _say_in_both(session)
        tokens = _customers(session, key)
        for language in ("fr", "en"):
            for name, made in _subscribers(session, story, key, data, language).items():
                tokens[f"{name}-{language}"] = make_token(key, made.uid)
    return tokens


def _say_in_both(session: Session) -> None:
    """Give every update its row in both languages, as the services do: mails are written in the reader's own."""
    for update in session.scalars(sa.select(EventUpdate)).all():
        texts = {row.language: row for row in session.scalars(sa.select(UpdateText).filter_by(update_id=update.id))}
        at = next((row.published_at for row in texts.values()), None)
        for language in {"fr", "en"} - set(texts) if at else ():
            uid = f"tag:example.net,2026:told/{update.id}/{language}"
            session.add(UpdateText(update_id=update.id, language=language, text="", uid=uid, published_at=at))
    session.flush()


def _customers(session: Session, key: bytes) -> dict[str, str]:
    author = cli_user(session, "anne")
    found = read_customers(
        CUSTOMERS.encode(), customers.components(session), lambda address: canonical(address, SETTINGS)
    )
    assert found.faults == ()
    house = customers.House(key, "fr")
    customers.take_in(session, found.customers, house, customers.Taken(), author, now=NOW)
    return {
        ref: customer_tokens.make(session, customers.find(session, ref), author, NOW) for ref in ("A1", "B1")
    }  # fmt: skip


def _subscribers(session: Session, story: Story, key: bytes, data: Path, language: str) -> dict[str, Subscription]:
    chosen = {(FollowKind.COMPONENT, str(story.ids[slug])) for slug in ("sip", "email")}
    chosen |= {(FollowKind.DEPARTMENT, "59"), (FollowKind.EXCHANGE, "lil59")}
    event = session.scalars(sa.select(Event.uid).where(Event.n == OPENED)).one()
    wishes = {
        "asked": Wish(), "mail": Wish(frozenset(chosen), pace=Pace.DAILY, quiet=(22 * 60, 7 * 60), per_hour=4),
        "event": Wish(frozenset({(FollowKind.EVENT, event)})), "paused": Wish(), "hook": Wish(),
    }  # fmt: skip
    made = {}
    for name, wish in wishes.items():
        text = f"{name}.{language}@example.org"
        address = Address("email", text, "example.org")
        secret = ""
        if name == "hook":
            hook = f"https://hooks.example.org/travaux/{language}/in?room=operations"
            address = Address("webhook", hook, "hooks.example.org")
            secret = seal(data, subscribing.new_secret(), ago(days=3))
        row = subscribing.subscribe(session, key, address, wish, language, ago(hours=1), secret=secret)
        if name != "asked":
            subscribing.confirm(session, row, ago(minutes=50))
        made[name] = row
    made["paused"].state, made["paused"].hard_bounces = type(made["paused"].state).PAUSED, 3
    hooking.change_secret(session, made["hook"], data, ago(hours=2))
    _messages(session, made["hook"], language)
    return made


def _messages(session: Session, hook: Subscription, language: str) -> None:
    """Let messages of every kind have gone to a web-hook."""
    titles = {
        "fr": "[Identifié] FS#1203 Téléphonie – Appels entrants coupés à Lille",
        "en": "[Identified] FS#1203 Telephony – Incoming calls cut off in Lille",
    }
    test = mails.test_subject(language, SITE.name)
    rows = (
        (3, titles[language], MessageState.WAITING, 4, 503, "answered 503", 6),
        (25, titles[language], MessageState.SENT, 1, 200, "", 0),
        (70, test, MessageState.DEAD, 1, None, "the name can't be resolved", 0),
        (26 * 60, titles[language], MessageState.SENT, 0, 204, "", 0),
        (30 * 60, "", MessageState.STOPPED, 0, None, "", 0),
    )
    for minutes, subject, state, tries, answered, error, due in rows:
        words = {"language": language, "subject": subject}
        letter = keep_letter(session, Written(f"{hook.id:032}{minutes:032}", language, words, {}, ()), ago(days=2))
        at = ago(minutes=minutes)
        session.add(
            Message(
                uid=f"{hook.id:08}-0000-7000-8000-{minutes:012}", subscription_id=hook.id, letter_id=letter,
                channel="webhook", state=state, attempts=tries, due_at=NOW + timedelta(minutes=due), frozen_at=at,
                error=error, answered=answered, settled_at=None if state is MessageState.WAITING else at,
            )
        )  # fmt: skip
    session.flush()


def mails_of(told: Told, language: str) -> dict[str, Outgoing]:
    """Give every kind of mail by its name, as it is handed to the carrier."""
    with reading(told.runtime.sessions) as session:
        said = {
            "opened": write(_news(session, (OPENED, 0, 1)), language, HOUSE).words,
            "update": write(_news(session, (OPENED, 1, 2)), language, HOUSE).words,
            "closed": write(_news(session, (ENDED, 1, 9)), language, HOUSE).words,
            "digest": write(
                _news(session, (OPENED, 0, 9), (ENDED, 0, 9), (WORK, 0, 9), (1204, 0, 9)), language, HOUSE
            ).words,
            "maintnote": _to_contact(session, language),
            "confirm": _plain(
                language, CONFIRM, mails.confirm_subject(language, SITE.name), mails.confirm_text(language, SITE.name)
            ),
            "alert": _alert(session, language),
            "alert-test": alerting_words.test_words(language, _alert_house()),
            "recovery": _recovery(session, language),
        }
    return {
        name: Outgoing("018f0000-0000-7000-8000-000000000001", "anne@example.org", words, LINKS, NOW, 1)
        for name, words in said.items()
    }


def _plain(language: str, kind: str, subject: str, text: str) -> Words:
    return Words(language, subject, text, "", "", "", {"kind": kind})


def _news(session: Session, *wanted: tuple[int, int, int], audience: Audience = PUBLIC) -> Sequence[News]:
    uids = {n: session.scalars(sa.select(Event.uid).where(Event.n == n)).one() for n, _, _ in wanted}
    asked = [Wanted(uids[n], after_k, upto_k) for n, after_k, upto_k in wanted]
    return list(read_news(session, audience, asked).values())


def _to_contact(session: Session, language: str) -> Words:
    customer = session.scalars(sa.select(Customer).where(Customer.external_ref == "B1")).one()
    news = _news(session, (WORK, 0, 9), audience=Audience(AudienceType.CUSTOMER, customer.uid))
    parties = Parties("status.example.net", "B1", "noc@example.net")
    return write_to_contact(news, language, HOUSE, customer.name, parties).words


def _alert_house() -> alerting_words.House:
    return alerting_words.House(SITE.name, SITE.public_url, SITE.timezone)


def _sheet(session: Session, n: int) -> alerting_words.Sheet:
    event = session.scalars(sa.select(Event).where(Event.n == n)).one()
    return alerting_words.sheet(session, event, "nuit", _alert_house(), NOW)


def _alert(session: Session, language: str) -> Words:
    return alerting_words.alert_words(_sheet(session, OPENED), language, f"{SITE.public_url}/a/" + "y" * 43)


def _recovery(session: Session, language: str) -> Words:
    return alerting_words.recovery_words(_sheet(session, ENDED), language)
