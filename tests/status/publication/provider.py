"""A small provider whose engineers write incidents through the real services, for tests of feeds and publication."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from probes.types import Instant
from status.app import create_app, make_render
from status.clock import utc
from status.config.model import Settings
from status.domain.states import EventState, EventType, Impact, Policy, Visibility
from status.models import Component, Event, Installation
from status.models.engine import Sessions, writing
from status.places import places_of
from status.publication.types import Render
from status.runtime import Runtime
from status.services import incidents, works
from status.services.actors import cli_user
from status.services.updating import Update, update

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TREE = (
    ("hosting", None), ("email", None), ("telephony", None), ("xdsl", None),
    ("imap", "email"), ("imap-1", "imap"), ("smtp", "email"), ("sip", "telephony"), ("secret-core", "hosting"),
)  # fmt: skip


@dataclass
class FakeClock:
    at: Instant = field(default_factory=lambda: Instant(1_000.0, START.timestamp()))

    def __call__(self) -> Instant:
        return self.at

    def pass_time(self, seconds: float) -> None:
        self.at = self.at.plus(seconds)


@dataclass
class Provider:
    """`now` is the wall clock of the fake clock; `verify` is the decider's commit."""

    runtime: Runtime
    clock: FakeClock
    ids: dict[str, int]

    @property
    def sessions(self) -> Sessions:
        return self.runtime.sessions

    @property
    def now(self) -> datetime:
        return utc(self.clock.at.wall)

    @property
    def render(self) -> Render:
        return make_render(create_app(self.runtime))

    def verify(self) -> None:
        with writing(self.sessions) as session:
            session.get_one(Installation, 1).verified_at = self.now

    def open(self, slug="imap", title="Réception retardée", *, impact=Impact.FULL, **texts) -> str:
        with writing(self.sessions) as session:
            opening = incidents.Opening({self.ids[slug]: impact}, {"fr": title}, texts)
            return incidents.open_incident(session, opening, cli_user(session, "anne"), self.now).uid

    def write(self, uid: str, state: EventState | None = None, **texts) -> None:
        with writing(self.sessions) as session:
            event = session.get_one(Event, uid)
            update(session, event, Update(texts=texts, state=state), cli_user(session, "anne"), self.now)

    def close(self, uid: str, **texts) -> None:
        with writing(self.sessions) as session:
            incidents.close(session, session.get_one(Event, uid), texts, cli_user(session, "anne"), self.now)

    def withdraw(self, uid: str, **texts) -> None:
        with writing(self.sessions) as session:
            incidents.withdraw(session, session.get_one(Event, uid), texts, cli_user(session, "anne"), self.now)

    def plan(self, slug="sip", title="Mise à jour") -> str:
        with writing(self.sessions) as session:
            start = self.now + timedelta(days=2)
            what = works.Plan(
                EventType.MAINTENANCE, {self.ids[slug]: Impact.FULL}, {"fr": title}, start, start + timedelta(hours=1)
            )
            return works.plan(session, what, cli_user(session, "anne"), self.now).uid


@contextmanager
def losing_the_database_at_the_marks(provider: Provider) -> Iterator[None]:
    """The database goes away when the first pages are public and it is asked what else differs; it is back after."""

    def lose(_connection, _cursor, statement, *_rest):
        if "sum(length(" in statement:
            raise sa.exc.OperationalError(statement, {}, OSError("the server closed the connection"))

    sa.event.listen(provider.runtime.engine, "before_cursor_execute", lose)
    with pytest.raises(sa.exc.OperationalError):
        yield
    sa.event.remove(provider.runtime.engine, "before_cursor_execute", lose)


def make_provider(sessions: Sessions, engine, folder: Path, **settings) -> Provider:
    clock = FakeClock()
    built = Settings(**settings)
    places = places_of(built, folder / "config.toml", folder)
    places.run.mkdir(parents=True)
    provider = Provider(Runtime(built, places, engine, sessions, clock), clock, {})
    with writing(sessions) as session:
        session.add(
            Installation(
                id=1, authority="status.example", year=2026, demonstration=False, created_at=START - timedelta(days=1),
                next_event_number=1234, revision=0, verified_at=START,
            )
        )  # fmt: skip
        for slug, parent in TREE:
            row = make_component(slug, provider.ids.get(parent or ""))
            session.add(row)
            session.flush()
            provider.ids[slug] = row.id
    return provider


def make_component(slug: str, parent_id: int | None) -> Component:
    visibility = Visibility.INTERNAL if slug.startswith("secret") else Visibility.PUBLIC
    return Component(
        slug=slug, parent_id=parent_id, name={"fr": f"{slug} fr", "en": f"{slug} en"}, description={}, symptoms=[],
        resources=[], departments=[], exchanges=[], operators=[], depends_on=[], redundant_with=[], needs=None,
        position=0, merge_label=slug, visibility=visibility, legacy_project=None, policy_down=Policy.PUBLISH,
        policy_degraded=Policy.DRAFT, retired_at=None,
    )  # fmt: skip
