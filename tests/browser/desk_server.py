"""The desk on a very bad day, served on loopback: one server for all tests, each person with a session of their own."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pyotp
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Browser, BrowserContext
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from probes.types import Instant
from status.app import create_app
from status.domain.alerting import TryKind, TryState
from status.domain.permissions import Role
from status.domain.states import EventType, Impact
from status.domain.subscriptions import FollowKind, MessageState, SubscriptionState
from status.models import (
    Actor,
    AlertTry,
    Base,
    Check,
    ClosedChannel,
    DeskSession,
    Event,
    EventUpdate,
    Follow,
    KeptForm,
    Location,
    Observation,
    WorkSeries,
)  # fmt: skip
from status.models.engine import create_file, make_engine, make_sessions, reading, writing
from status.places import Places
from status.runtime import Runtime
from status.services import accounts, acknowledging, actors, alerting, duties, kept_forms, notes, one_time_links, series
from tests.status.services.subscribers import message, subscriber
from tests.status.web.at_the_door import Door
from tests.status.web.builder import NOW, Story, ago
from tests.status.web.conftest import SETTINGS
from tests.status.web.days import quiet, very_bad_day
from tests.status.web.signing_in import account_of, sign_in

LILLE, OTHER = 1203, 1204
"""Events of a very bad day."""

EVENT, WORK = "/desk/events/1203", "/desk/events/1215"
PAGES = {
    "overview": "/desk", "events": "/desk/events", "event": EVENT, "work": WORK,
    "post": f"{EVENT}/post", "post-template": f"{EVENT}/post?template=auto", "post-work": f"{WORK}/post",
    "times": f"{WORK}/times", "withdraw": f"{EVENT}/withdraw", "merge": f"{EVENT}/merge", "split": f"{EVENT}/split",
    "correct": EVENT + "/updates/{post}/correct", "redact": EVENT + "/updates/{post}/redact",
    "post-mortem": "/desk/events/1201/post-mortem", "facts": f"{EVENT}/facts", "new-event": "/desk/events/new",
    "new-event-found": "/desk/events/new?filter=grappe", "new-work": "/desk/works/new",
    "templates": "/desk/templates", "template": "/desk/templates/telephony-identified",
    "new-template": "/desk/templates/new", "component": "/desk/components/sip", "area": "/desk/components/email",
    "check": "/desk/checks/sip-check", "locations": "/desk/locations", "supervision": "/desk/supervision",
    "deliveries": "/desk/deliveries", "deliveries-retried": "/desk/deliveries?retried=3",
    "me": "/desk/me", "on-call": "/desk/on-call", "accounts": "/desk/accounts", "account": "/desk/accounts/{account}",
    "tokens": "/desk/tokens",
    "kept": "/desk/kept/{kept}", "series": "/desk/works/series", "one-series": "/desk/works/series/{series}",
    "redact-event": f"{EVENT}/redact", "scheduled": "/desk/events?shelf=scheduled",
}  # fmt: skip
"""Every page for somebody who is signed in."""

LEADS = {"withdraw", "merge", "split", "redact", "redact-event", "post-mortem", "template", "new-template"}
RESPONDERS = {
    "post", "post-template", "post-work", "times", "correct", "facts", "new-event", "new-event-found", "new-work",
}  # fmt: skip
ADMINS = {"accounts", "account", "kept"}
FOR_ALL = ("overview", "event", "work", "check", "one-series")
"""Pages that look different to each role."""


def walkers(name: str) -> tuple[str, ...]:
    """Give who walks a page: a reader, a responder, a lead or the admin, the least who may; all of them some pages."""
    if name in FOR_ALL:
        return "rita", "bob", "alice", "ada"
    least = ((ADMINS, "ada"), (LEADS, "alice"), (RESPONDERS, "bob"))
    return (next((person for pages, person in least if name in pages), "rita"),)


DOOR_PAGES = {
    "sign-in": "/desk/sign-in", "plain-http": "/desk/plain-http", "link": "", "link-gone": "/desk/link/nowhere",
    "acknowledge": "", "acknowledge-gone": "/a/nowhere",
}  # fmt: skip
"""Every page for somebody who is not."""

Day = Callable[[Session], Story]


@dataclass(frozen=True, slots=True)
class Desk:
    """A served desk. Its clock starts at NOW and runs as fast as the real one."""

    base: str
    app: Flask
    runtime: Runtime

    def enter(self, browser: Browser, name: str, **more) -> BrowserContext:
        """Open a browser context in which this person is signed in."""
        cookie = sign_in(self.app, name).client.get_cookie("travaux")
        context = browser.new_context(base_url=self.base, **more)
        context.add_cookies([{"name": "travaux", "value": cookie.value, "url": self.base}])
        context.clock.set_system_time(self.now)
        return context

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.runtime.clock().wall, NOW.tzinfo)

    def account(self, name: str) -> str:
        """Make a lead who can sign in with `at_the_door.PASSWORD`; give the secret of the second factor."""
        return Door(self.app, self.runtime, None).account(name, Role.LEAD)

    def code(self, secret: str) -> str:
        return pyotp.TOTP(secret).at(self.now)

    def next_code(self, secret: str) -> str:
        """Give the code after the present one, which counts already: the present one was used."""
        return pyotp.TOTP(secret).at(self.now + timedelta(seconds=30))

    def invite(self, name: str) -> str:
        """Make an account and the address of its one-time link."""
        with writing(self.runtime.sessions) as session:
            author = actors.cli_user(session, "test")
            account = accounts.create(session, name, accounts.Details(Role.RESPONDER), author, self.now)
            return f"/desk/link/{one_time_links.make(session, one_time_links.INVITE, account, author, self.now)}"

    def acknowledge_link(self, name: str) -> str:
        with writing(self.runtime.sessions) as session:
            event = session.scalars(sa.select(Event).where(Event.n == OTHER)).one()
            author = actors.cli_user(session, "test")
            return f"/a/{acknowledging.make_link(session, account_of(session, name), event, author, self.now)}"

    def let_run_out(self, name: str) -> None:
        """Let this person's sessions have been idle for longer than they may."""
        with writing(self.runtime.sessions) as session:
            account = accounts.named(session, name)
            for row in session.scalars(sa.select(DeskSession).where(DeskSession.account_uid == account.uid)):
                row.seen_at = self.now - timedelta(hours=1)

    def uid(self, number: int) -> str:
        with reading(self.runtime.sessions) as session:
            return session.scalars(sa.select(Event.uid).where(Event.n == number)).one()


def full_day(session: Session) -> Story:
    """A very bad day on which every page has something to say."""
    story = very_bad_day(session)
    _looked_at(session)
    _told(session, story)
    event = session.scalars(sa.select(Event).where(Event.n == LILLE)).one()
    author, ada = session.scalars(sa.select(Actor).limit(1)).one(), account_of(session, "ada")
    kept_forms.keep(session, ada.uid, f"/desk/events/{event.n}/notes", {"note": ["Rappeler à 16 h."]}, NOW)
    notes.add(session, event, "Appelé l’opérateur : retour vers 15 h.", author, NOW)
    _comes_again(session, story, author)
    _alerted(session, event)
    return story


def _told(session: Session, story: Story) -> None:
    """Let people be told: messages on their way, given up and refused; addresses paused; a channel closed."""
    rows = [subscriber(session, f"abonne{n}@exemple.example") for n in range(6)]
    session.add(Follow(subscription_id=rows[0].id, kind=FollowKind.COMPONENT, key=str(story.ids["sip"])))
    message(session, rows[0], MessageState.WAITING, frozen_at=ago(minutes=17))
    for row in rows[1:4]:
        message(session, row, MessageState.DEAD, error="relay principal: Connection refused", settled_at=ago(hours=5))
    message(session, rows[4], MessageState.DEAD, error="relay principal said 550 5.1.1", bounced_at=ago(hours=3))
    subscriber(session, "un.nom.assez.long.pour.deborder@une-organisation-au-nom-tres-long.example",
               state=SubscriptionState.PAUSED, hard_bounces=3, ended_at=ago(days=2))  # fmt: skip
    subscriber(session, "https://exemple.example/" + "crochet/" * 12, channel="webhook",
               state=SubscriptionState.PAUSED, hard_bounces=3, ended_at=ago(hours=9),
               domain="exemple.example")  # fmt: skip
    why = "relay principal: [Errno 111] Connection refused"
    session.add(ClosedChannel(channel="email", since=ago(minutes=17), until=NOW + timedelta(minutes=4), why=why))


def quiet_day(session: Session) -> Story:
    """A day without trouble, every check looked at."""
    story = quiet(session)
    _looked_at(session)
    return story


def addresses(desk: Desk) -> dict[str, str]:
    """Give the address of every page by its name."""
    with reading(desk.runtime.sessions) as session:
        event = session.scalars(sa.select(Event.uid).where(Event.n == LILLE)).one()
        post = session.scalars(sa.select(EventUpdate.id).where(EventUpdate.event_uid == event)).first()
        kept, account = session.scalars(sa.select(KeptForm.uid)).first(), account_of(session, "ada").uid
        again = session.scalars(sa.select(WorkSeries.uid)).one()
    door = {"link": desk.invite("nina"), "acknowledge": desk.acknowledge_link("bob")}
    filled = {name: path.format(post=post, kept=kept, account=account, series=again) for name, path in PAGES.items()}
    return {**filled, **DOOR_PAGES, **door}


def _alerted(session: Session, event: Event) -> None:
    """Bob did not answer in time, mail was refused, Alice was told next; she takes Saturday."""
    robot, alice, bob = actors.robot(session), account_of(session, "alice"), account_of(session, "bob")
    alert = alerting.open_alert(session, event.uid, "nuit", ago(minutes=12))
    for minutes, who, channel, round_ in ((12, bob, "email", 1), (11, bob, "webhook", 1), (6, alice, "webhook", 1)):
        telling = alerting.Telling(who.uid, channel, TryKind.ALERT, "", round_, 0)
        alerting.tell(session, alert, telling, ago(minutes=minutes))
    tries = session.scalars(sa.select(AlertTry.id).order_by(AlertTry.id)).all()
    alerting.settle(session, tries[:1], TryState.REFUSED, ago(minutes=11), "relay main said 550 5.1.1")
    alerting.settle(session, tries[1:2], TryState.ACCEPTED, ago(minutes=11))
    saturday = (NOW + timedelta(days=6), NOW + timedelta(days=7))
    duties.take_over(session, "astreinte", alice, saturday, robot, now=NOW, note="Mariage de Bob")


def _comes_again(session: Session, story: Story, author: Actor) -> None:
    nights = series.Series(
        rule="FREQ=WEEKLY", zone="Europe/Paris", starts=datetime(2026, 11, 24, 2, 30),  # noqa: DTZ001 - a local time
        lasts=timedelta(hours=2), type=EventType.MAINTENANCE, impacts={story.ids["dns"]: Impact.INTERRUPTION},
        title={"fr": "Mises à jour de nuit", "en": "Updates at night"}, texts={"fr": "Coupures brèves."},
    )  # fmt: skip
    series.begin(session, nights, author, NOW)
    series.make_due(session, NOW, timedelta(days=7))


def _looked_at(session: Session) -> None:
    place = Location(slug="here", created_at=ago(days=9), set_aside_at=None, set_aside_reason="")
    session.add(place)
    session.flush()
    checks = session.scalars(sa.select(Check.id)).all()
    session.add_all(_look(check, place.id, 100 * check + k) for check in checks for k in range(3))


def _look(check_id: int, location_id: int, sequence: int) -> Observation:
    return Observation(
        check_id=check_id, location_id=location_id, sequence=sequence,
        due_ms=round(ago(seconds=30 * (sequence % 100)).timestamp() * 1000), late_ms=0,
        duration_us=1000, outcome=0, reason_id=0, standing=True,
    )  # fmt: skip


@contextmanager
def served_desk(day: Day = full_day) -> Iterator[Desk]:
    """Serve a day's desk on loopback."""
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{folder}/travaux.db")
        try:
            create_file(engine)
            Base.metadata.create_all(engine)
            sessions = make_sessions(engine)
            with sessions() as session:
                day(session)
                session.commit()
            here, began = Path(folder), time.monotonic() - 2
            runtime = Runtime(
                SETTINGS, Places(here, here, here, here, here), engine, sessions,
                lambda: Instant(time.monotonic(), NOW.timestamp() + time.monotonic() - began),
            )  # fmt: skip
            with _serving(create_app(runtime), runtime) as desk:
                yield desk
        finally:
            engine.dispose()


@contextmanager
def _serving(app: Flask, runtime: Runtime) -> Iterator[Desk]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Desk(f"http://127.0.0.1:{server.port}", app, runtime)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
