"""Plays scenarios with real servers, real probers and a real database; a conductor turns the servers by the timetable.

conductor (this process) ─ turns ─▶ servers ◀─ look ─ Watch (a process of each scenario) ─▶ its database ─▶ told
"""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from status.clock import utc, utc_now
from status.domain.states import RUNNING_WORK_STATES, EventType, Impact
from status.models import Base, Check, Event
from status.models.engine import create_file, make_engine, make_sessions, reading, writing
from status.replay.outcome import Run
from status.replay.scenario import ANYWHERE, Effect, PlannedWork, Scenario
from status.replay.setting import INTERVAL_S
from status.services import catalogue, installation, locations, works
from status.services.actors import cli_user
from status.services.catalogue import read_catalogue
from tests.detection.lines import Line
from tests.detection.pace import Pace
from tests.detection.real_servers import Target, edges, lacking
from tests.detection.told import failing, told
from tests.detection.watching import Task, watch

LOOPBACK = "127.0.0.1"
REFERENCES = 3
NAMED = {"fr": "Essai", "en": "Trial"}
STARTS_WITHIN_S = 90.0
MET_AFTER_S = 0.3
"""A look comes so long (real seconds) after a short trouble began."""

Deed = Callable[[], Awaitable[None]]


def unplayable(scenario: Scenario) -> str:
    """Say why a scenario can't be played for real; empty when it can."""
    if scenario.human or scenario.background_fail:
        return "people and background noise are played on the simulated clock"
    for effect in scenario.effects:
        if effect.targets is None and effect.mode not in {"uplink_down", "process_dead"}:
            return f"nothing does {effect.mode} to a real line"
        if effect.mode == "process_dead" and effect.location != ANYWHERE:
            return "the probers of a scenario share one process: they die together"
    for index, component in enumerate(scenario.components):
        if lack := lacking(component, [e for e in scenario.effects if e.targets and index in e.targets]):
            return lack
    return ""


@dataclass
class Play:
    """One scenario being played in a folder of its own; `line` is there when a location loses its own."""

    scenario: Scenario
    folder: Path
    line: Line | None = None
    begin: float = 0.0
    _deeds: list[tuple[float, Deed]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.pace = Pace.of(self.scenario)
        self._context = multiprocessing.get_context("forkserver")
        host = self.line.host if self.line else LOOPBACK
        self._targets = [
            Target(host, each.kind, self._effects_on(n), self.scenario.seed * 1000 + n, self.t)
            for n, each in enumerate(self.scenario.components)
        ]
        self._references = [Target(host, "tcp", (), n, self.t) for n in range(REFERENCES)]
        engine = make_engine(f"sqlite:///{self.folder}/travaux.db")
        create_file(engine)
        Base.metadata.create_all(engine)
        self._sessions = make_sessions(engine)
        self._engine = engine

    def t(self, wall: float | None = None) -> float:
        """Give the second of the scenario at this Unix time, or now."""
        return ((time.time() if wall is None else wall) - self.begin) * self.pace.times

    async def run(self) -> Run:
        """Play it; give what was shown and told."""
        for target in (*self._targets, *self._references):
            target.turn(0.0)
        await asyncio.to_thread(self._install)
        try:
            await self._start()
            self.begin = self._meeting()
            self._plan()
            for at, deed in sorted(self._deeds, key=lambda each: each[0]):
                await self._until(at)
                await deed()
            await self._until(self.scenario.duration)
            assert await asyncio.to_thread(self._end) == 0, "the watching process failed"
            self._require_seen()
            return told(self._sessions, self.scenario, self.t)
        finally:
            self._watching.kill()
            self._engine.dispose()
            for target in (*self._targets, *self._references):
                await target.stop()

    def _meeting(self) -> float:
        """Give when to begin: now, or so that a trouble shorter than the time between two looks is met by one."""
        now, interval_s = time.time(), self.pace.real(INTERVAL_S)
        if not self._short:
            return now
        with reading(self._sessions) as session:
            phase = read_catalogue(session).checks[0].phase
        begin = phase * interval_s - MET_AFTER_S - self.pace.real(self._short[0].start)
        return now + (begin - now) % (interval_s / len(self.scenario.locations))

    @property
    def _short(self) -> list[Effect]:
        between = INTERVAL_S / len(self.scenario.locations)
        return [e for e in self.scenario.effects if e.targets and e.end is not None and e.end - e.start < between]

    def _require_seen(self) -> None:
        """A scenario whose troubles nobody met proves nothing: who looks once an interval met the longer ones."""
        assert not self._short or failing(self._sessions), "no look met the short trouble"
        for effect in self.scenario.effects:
            lasts = (effect.end or self.scenario.duration) - effect.start
            if effect.mode not in {"slow", "process_dead"} and lasts >= INTERVAL_S:
                met = set(self.scenario.locations) if effect.location == ANYWHERE else {effect.location}
                assert met <= failing(self._sessions), f"{effect.mode} was not met from {met}"

    # -- the timetable ----------------------------------------------------------------------------------------------

    def _plan(self) -> None:
        self._deeds = []
        for target, each in zip(self._targets, range(len(self._targets)), strict=True):
            for at in edges(self._effects_on(each), self.scenario.duration):
                self._deeds.append((at, partial(self._turn, target, at)))
        for effect in self.scenario.effects:
            if effect.mode == "process_dead":
                self._deeds += [(effect.start, self._kill), (effect.end or self.scenario.duration, self._start)]
            elif effect.mode == "uplink_down" and self.line is not None:
                end = effect.end or self.scenario.duration
                self._deeds += [(effect.start, self._doing(self.line.cut)), (end, self._doing(self.line.mend))]
        for work in self.scenario.planned:
            uid = self._plan_work(work)
            self._deeds.append((work.end, self._doing(partial(self._finish, uid))))

    async def _until(self, at: float) -> None:
        await asyncio.sleep(max(0.0, self.begin + self.pace.real(at) - time.time()))

    def _effects_on(self, index: int) -> tuple[Effect, ...]:
        return tuple(effect for effect in self.scenario.effects if effect.targets and index in effect.targets)

    @staticmethod
    async def _turn(target: Target, at: float) -> None:
        target.turn(at)

    @staticmethod
    def _doing(act: Callable[[], None]) -> Deed:
        return lambda: asyncio.to_thread(act)

    # -- the watching process ---------------------------------------------------------------------------------------

    def _install(self) -> None:
        options = [target.options for target in self._targets]
        references = [f"{each.host}:{each.port}" for each in self._references]
        settings = self.pace.settings(str(self.folder), options, references)
        lost = {effect.location for effect in self.scenario.effects if effect.mode == "uplink_down"}
        lines = dict.fromkeys(lost, self.line.name) if self.line else {}
        self._task = Task(settings, self.folder, lines)
        with writing(self._sessions) as session:
            installation.ensure(session, settings, utc_now())
            catalogue.apply(session, settings, utc_now())
            for name in self.scenario.locations[1:]:
                locations.add(session, name, self.scenario.locations[0], cli_user(session, "op"), utc_now())

    async def _start(self) -> None:
        ready = self._context.Event()
        self._watching = self._context.Process(target=watch, args=(self._task, ready))
        self._watching.start()
        assert await asyncio.to_thread(ready.wait, STARTS_WITHIN_S), "nobody watches"

    async def _kill(self) -> None:
        self._watching.kill()
        await asyncio.to_thread(self._watching.join)
        assert self._watching.exitcode == -signal.SIGKILL

    def _end(self) -> int | None:
        self._watching.terminate()
        self._watching.join(20)
        return self._watching.exitcode

    # -- planned work -------------------------------------------------------------------------------------------------

    def _plan_work(self, work: PlannedWork) -> str:
        with writing(self._sessions) as session:
            ids = list(session.scalars(sa.select(Check.component_id).order_by(Check.id)))
            impacts = dict.fromkeys((ids[index] for index in work.components), Impact.FULL)
            start, end = (utc(self.begin + self.pace.real(at)) for at in (work.start, work.end))
            plan, anna = works.Plan(EventType.MAINTENANCE, impacts, NAMED, start, end), cli_user(session, "anna")
            event = works.plan(session, plan, anna, utc_now())
            works.confirm(session, event, {}, anna, utc_now())
            return event.uid

    def _finish(self, uid: str) -> None:
        with writing(self._sessions) as session:
            event = session.get_one(Event, uid)
            if event.state in RUNNING_WORK_STATES:
                works.finish(session, event, {}, cli_user(session, "anna"), utc_now())


def play_all(scenarios: list[Scenario], folder: Path) -> dict[str, Run | BaseException]:
    """Play scenarios at the same time; give each one's result, or what went wrong with the playing."""
    with ExitStack() as stack:
        plays = []
        for number, scenario in enumerate(scenarios):
            place = folder / scenario.name
            place.mkdir()
            line = None
            if any(effect.mode == "uplink_down" for effect in scenario.effects):
                line = Line(number)
                stack.enter_context(line.laid())
            plays.append(Play(scenario, place, line))
        return asyncio.run(_gather(plays))


async def _gather(plays: list[Play]) -> dict[str, Run | BaseException]:
    results = await asyncio.gather(*(play.run() for play in plays), return_exceptions=True)
    return {play.scenario.name: result for play, result in zip(plays, results, strict=True)}
