"""A decider on a real database, fed with observations on a virtual clock."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa

from probes.types import Instant, Observation, Outcome
from status.clock import utc
from status.config.model import CheckEntry, Component, Settings
from status.domain.detection import Input
from status.models import Check, Event, EventUpdate, Installation, Notice, VerdictInterval
from status.models.engine import Sessions, reading, writing
from status.monitor.decider import Decider, Turned
from status.services import catalogue, installation

BEGIN = Instant(10_000.0, 1_790_000_000.0)


def provider(**changes: object) -> Settings:
    """Three components with one check each; two of them under one label."""
    components = (
        Component(slug="voice", parent="telephony", name={"fr": "Voix", "en": "Voice"}),
        Component(slug="web-1", parent="hosting", name={"fr": "Web 1", "en": "Web 1"}, group="shelf"),
        Component(slug="web-2", parent="hosting", name={"fr": "Web 2", "en": "Web 2"}, group="shelf"),
    )
    checks = tuple(
        CheckEntry(name=f"check-{entry.slug}", component=entry.slug, kind="tcp", options={"target": "127.0.0.1:9"})
        for entry in components
    )
    return Settings(component=components, check=checks).model_copy(update=changes)


@dataclass
class Desk:
    """A decider, its database and the virtual present."""

    sessions: Sessions
    settings: Settings
    now: Instant = BEGIN
    decider: Decider | None = None
    sequence: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def start(self) -> Desk:
        """Load a decider, as a process start does."""
        with writing(self.sessions) as session:
            installation.ensure(session, self.settings, utc(self.now.wall))
            catalogue.apply(session, self.settings, utc(self.now.wall))
            session.flush()
            self.decider = Decider(session, self.settings, self.now)
        return self

    def turn(self, *inputs: Input) -> Turned:
        with writing(self.sessions) as session:
            assert self.decider is not None
            return self.decider.turn(session, self.now, inputs)

    def see(self, outcome: Outcome, *slugs: str, seconds: float = 10.0) -> None:
        """Let time pass, then see these components' checks (all without slugs) with this outcome, in one batch."""
        self.now = self.now.plus(seconds)
        self.turn(*[self.observation(check_id, outcome) for check_id in self.check_ids(slugs)])

    def observation(self, check_id: int, outcome: Outcome) -> Observation:
        reason = "refused" if outcome is Outcome.FAILED else ""
        began = self.now.plus(-0.05)
        number = next(self.sequence)
        return Observation(check_id, "here", number, "s", True, began, began, 0.05, outcome, reason, detail=reason)

    def check_ids(self, slugs: Sequence[str] = ()) -> list[int]:
        with reading(self.sessions) as session:
            rows = session.execute(sa.select(Check.id, Check.name).order_by(Check.id))
            return [id_ for id_, name in rows if not slugs or name.removeprefix("check-") in slugs]

    def events(self) -> list[Event]:
        with reading(self.sessions) as session:
            return list(session.scalars(sa.select(Event).order_by(Event.created_at)))

    def posts(self) -> list[str]:
        with reading(self.sessions) as session:
            return list(session.scalars(sa.select(EventUpdate.action).order_by(EventUpdate.id)))

    def intervals(self) -> list[tuple[str, bool]]:
        """Give the verdicts of the first component's intervals in order, and whether each is over."""
        with reading(self.sessions) as session:
            rows = list(session.scalars(sa.select(VerdictInterval).order_by(VerdictInterval.id)))
        first = rows[0].component_id
        return [(row.verdict.value, row.ended_at is not None) for row in rows if row.component_id == first]

    def revision(self) -> int:
        with reading(self.sessions) as session:
            return session.scalars(sa.select(Installation.revision)).one()

    def notices(self) -> int:
        with reading(self.sessions) as session:
            return session.scalars(sa.select(sa.func.count()).select_from(Notice)).one()


@pytest.fixture
def desk(sessions: Sessions) -> Desk:
    """A decider that has seen everything well once."""
    desk = Desk(sessions, provider()).start()
    desk.see(Outcome.OK)
    return desk
