"""Replays a scenario with the database in the loop: the decider on a real database, virtual clock, simulated world.

Prober (agenda, world) ─▶ observations, self-test rounds ─▶ Decider.turn, one transaction each ─▶ asks ─▶ Prober
What was shown and told is read from the database at the end. People act through the services.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import sqlalchemy as sa

from probes.types import Instant, Observation, Pending
from status.clock import utc
from status.config.model import CheckEntry, Component, ComponentPublication, Monitor, Reference, SelfTest, Settings
from status.domain.detection import Input
from status.domain.states import OPEN_INCIDENT_STATES, EventState, EventType, Impact, Policy, Publication, Verdict
from status.models import Actor, Check, Event, EventComponent, EventUpdate, Step, VerdictInterval
from status.models.engine import Sessions, reading, writing
from status.monitor.decider import Decider
from status.replay.driver import Replay
from status.replay.outcome import ReplayedIncident, Run
from status.replay.scenario import Deed, Scenario
from status.replay.setting import TIMEOUT_S, Setting
from status.services import catalogue, holds, incidents, installation, locations, merging, works
from status.services.actors import cli_user

PUBLISH: Final = ComponentPublication(down=Policy.PUBLISH, degraded=Policy.PUBLISH)
REFERENCES: Final = tuple(Reference(kind="tcp", target=f"192.0.2.{n}:443") for n in (1, 2, 3))
NAMED: Final = {"fr": "Essai", "en": "Trial"}


def provider(scenario: Scenario, setting: Setting) -> Settings:
    """The configuration of an installation that watches what the scenario has."""
    names = [f"x{n}" for n in range(len(scenario.components))]
    components = tuple(
        Component(
            slug=name, parent="hosting", name={"fr": name, "en": name}, group=known.group, publication=PUBLISH,
            depends_on=tuple(names[index] for index in known.parents),
        )
        for name, known in zip(names, scenario.components, strict=True)
    )  # fmt: skip
    checks = tuple(
        CheckEntry(
            name=name, component=name, kind="http", interval_s=setting.interval_of(scenario), timeout_s=TIMEOUT_S,
            options={"url": "http://127.0.0.1:9/"} | (limit(known.latency_max) if known.latency_max else {}),
        )
        for name, known in zip(names, scenario.components, strict=True)
    )  # fmt: skip
    monitor = Monitor(location=scenario.locations[0])
    return Settings(component=components, check=checks, monitor=monitor, self_test=SelfTest(reference=REFERENCES))


def limit(latency_max_s: float) -> dict[str, int]:
    return {"slow_ms": round(latency_max_s * 1000)}


@dataclass(frozen=True)
class Decided:
    """What the replay's driver asks of a step: here the database alone knows of transitions and decisions."""

    asks: tuple[Any, ...]
    self_tests: tuple[str, ...]
    next_wake: float | None
    transitions: tuple[()] = ()
    decisions: tuple[()] = ()


@dataclass
class Core:
    """A decider where the driver expects a supervision; its check ids are the database's."""

    sessions: Sessions
    settings: Settings
    now: Instant
    check_ids: Mapping[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with writing(self.sessions) as session:
            self.decider = Decider(session, self.settings, self.now)
        with reading(self.sessions) as session:
            self.check_ids = dict(enumerate(session.scalars(sa.select(Check.id).order_by(Check.id)), 1))
        self._numbers = {check_id: number for number, check_id in self.check_ids.items()}

    def step(self, now: Instant, inputs: Iterable[Input]) -> Decided:
        given = [
            replace(item, check_id=self.check_ids[item.check_id]) if isinstance(item, Observation | Pending) else item
            for item in inputs
        ]
        with writing(self.sessions) as session:
            turned = self.decider.turn(session, now, given)
        asks = tuple(replace(ask, check_id=self._numbers[ask.check_id]) for ask in turned.asks)
        return Decided(asks, turned.self_tests, turned.next_wake)

    def saved(self, _now: Instant) -> None:
        """Give nothing: the database has it."""


class OnDatabase(Replay):
    """One run with a database. At the moments of `kills` (milliseconds) the decider is thrown away and loaded anew."""

    def __init__(
        self, scenario: Scenario, setting: Setting, phase: int, sessions: Sessions, kills: Iterable[int] = ()
    ) -> None:
        super().__init__(scenario, setting, phase)
        self._sessions, self._kills = sessions, tuple(kills)
        self._settings = provider(scenario, setting)
        self._works: list[str] = []
        now = self._clock.now()
        with writing(sessions) as session:
            installation.ensure(session, self._settings, utc(now.wall))
            catalogue.apply(session, self._settings, utc(now.wall))
            for name in scenario.locations[1:]:
                locations.add(session, name, scenario.locations[0], cli_user(session, "op"), utc(now.wall))
            session.flush()
            self._component_ids = list(session.scalars(sa.select(Check.component_id).order_by(Check.id)))
            for work in scenario.planned:
                plan = works.Plan(
                    EventType.MAINTENANCE, dict.fromkeys(self._ids(work.components), Impact.FULL), NAMED,
                    self._utc(work.start), self._utc(work.end),
                )  # fmt: skip
                event = works.plan(session, plan, cli_user(session, "op"), utc(now.wall))
                works.confirm(session, event, {}, cli_user(session, "op"), utc(now.wall))
                self._works.append(event.uid)

    def run(self) -> Run:
        for ms in self._kills:
            self._clock.push(ms, self._reload)
        run = super().run()
        self._read_verdicts()
        shown = self._recorder.run(run.phase, self._end_ms, self._clock, self._ledger)
        return replace(run, verdicts=shown.verdicts, incidents=tuple(self._read_incidents()))

    # -- in place of the core in memory -------------------------------------------------------------------------------

    def _make_core(self) -> None:
        self._core = Core(self._sessions, self._settings, self._clock.now())  # type: ignore[assignment]
        self._sync()

    def _reload(self, _: Any) -> None:
        if self._core is not None:
            self._inputs, self._step_at = [], float("inf")
            self._make_core()

    def _sync(self) -> None:
        """Let the decider turn now: it reads what people did itself."""
        if self._core is not None:
            self._core_wake = self._clock.ms
            self._plan_core()

    # -- people -------------------------------------------------------------------------------------------------------

    def _do(self, deed: Deed) -> None:
        with writing(self._sessions) as session:
            self._act(session, deed, cli_user(session, "anna"))
        self._sync()

    def _act(self, session: sa.orm.Session, deed: Deed, anna: Actor) -> None:
        now, ids = utc(self._clock.now().wall), self._ids(deed.components)
        standing = [event for event in self._naming(session, ids) if event.state in OPEN_INCIDENT_STATES]
        if deed.action == "open":
            opening = incidents.Opening(dict.fromkeys(ids, Impact.FULL), NAMED)
            incidents.open_incident(session, opening, anna, now)
        elif deed.action == "mute":
            for check in session.scalars(sa.select(Check).where(Check.component_id.in_(ids))):
                holds.mute(session, check, self._utc(deed.t + (deed.lasts or 86_400)), anna, now)
        elif deed.action == "merge":
            merging.merge(session, standing[1:], standing[0], anna, now, texts={})
        elif deed.action == "split":
            merging.split(session, standing[0], merging.Part(ids), anna, now)
        elif deed.action == "reopen":
            incidents.reopen(session, self._naming(session, ids)[-1], {}, anna, now)
        else:
            for event in standing:
                self._change(session, event, deed.action, anna)

    def _change(self, session: sa.orm.Session, event: Event, action: str, anna: Actor) -> None:
        now = utc(self._clock.now().wall)
        if action == "close":
            incidents.close(session, event, {}, anna, now)
        elif action == "withdraw":
            incidents.withdraw(session, event, NAMED, anna, now)
        else:
            {"take": incidents.take, "handback": incidents.hand_back, "publish": incidents.publish}[action](
                session, event, anna, now
            )

    def _end_work(self, number: int) -> None:
        self._move_work(number, EventState.IN_PROGRESS, works.finish)

    def _cancel_work(self, number: int) -> None:
        self._move_work(number, EventState.CONFIRMED, works.cancel)

    def _move_work(self, number: int, state: EventState, deed: Any) -> None:
        with writing(self._sessions) as session:
            event = session.get_one(Event, self._works[number])
            if event.state is state:
                deed(session, event, {}, cli_user(session, "anna"), utc(self._clock.now().wall))
        self._sync()

    # -- what the database says at the end ----------------------------------------------------------------------------

    def _read_verdicts(self) -> None:
        with reading(self._sessions) as session:
            for row in session.scalars(sa.select(VerdictInterval).order_by(VerdictInterval.id)):
                number = self._component_ids.index(row.component_id) + 1
                self._recorder.show(number, Verdict(row.verdict), self._ms(row.decided_at.timestamp()))

    def _read_incidents(self) -> Iterable[ReplayedIncident]:
        with reading(self._sessions) as session:
            wanted = sa.select(Event).where(Event.type == EventType.INCIDENT).order_by(Event.created_at, Event.uid)
            events = list(session.scalars(wanted))
            uids = [event.uid for event in events]
            for event in events:
                touched = sa.select(EventComponent.component_id).where(
                    EventComponent.event_uid == event.uid, EventComponent.left_at.is_(None)
                )
                yield ReplayedIncident(
                    components=tuple(sorted(self._component_ids.index(row) for row in session.scalars(touched))),
                    public=not event.internal,
                    origin=event.origin,
                    opened=self._ms(event.created_at.timestamp()) / 1000,
                    closed=self._closed(session, event),
                    merged_into=None if event.merged_into is None else uids.index(event.merged_into),
                )

    def _closed(self, session: sa.orm.Session, event: Event) -> float | None:
        if event.state in OPEN_INCIDENT_STATES or event.publication is Publication.MERGED:
            return None
        steps = sa.select(Step.at).where(Step.event_uid == event.uid, Step.action == "close")
        posts = sa.select(EventUpdate.written_at).where(
            EventUpdate.event_uid == event.uid, EventUpdate.action.in_(("close", "withdraw"))
        )
        return self._ms(max([*session.scalars(steps), *session.scalars(posts)]).timestamp()) / 1000

    def _naming(self, session: sa.orm.Session, ids: Iterable[int]) -> list[Event]:
        named = sa.select(EventComponent.event_uid).where(
            EventComponent.component_id.in_(list(ids)), EventComponent.left_at.is_(None)
        )
        wanted = sa.select(Event).where(Event.type == EventType.INCIDENT, Event.uid.in_(named))
        return list(session.scalars(wanted.order_by(Event.created_at, Event.uid)))

    def _ids(self, indices: Iterable[int]) -> list[int]:
        return [self._component_ids[index] for index in indices]

    def _utc(self, t: float) -> Any:
        return utc(self._clock.at(round(t * 1000)).wall)

    def _ms(self, wall: float) -> int:
        return round((wall - self._clock.at(0).wall) * 1000)
