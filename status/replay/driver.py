"""Drives the production core through a scenario on a simulated clock.

    Prober (agenda, world) ─▶ observations, pendings, self-test rounds ─▶ Supervision.step
    Supervision.step ─▶ transitions ─▶ Recorder;  decisions ─▶ Ledger;  asks, self-tests wanted ─▶ Prober

The core sees ids, times and results. It never sees names, `truth`, `expect` or the scenario's id.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Final

from probes.types import Observation, Outcome
from status.domain.detection import Input
from status.domain.line import ASIDE_PACE_S
from status.domain.self_test import SelfTestRound
from status.domain.states import Verdict
from status.domain.supervision import Decided, Saved, Supervision
from status.replay.clockwork import Clockwork
from status.replay.leaping import Skipper
from status.replay.ledger import Ledger
from status.replay.outcome import Run
from status.replay.prober import Prober
from status.replay.recorder import Recorder
from status.replay.scenario import ANYWHERE, Deed, Scenario
from status.replay.setting import Setting, check_views, places, standing_orders
from status.replay.world import World

NEVER: Final = math.inf
ASIDE_PACE_MS: Final = round(ASIDE_PACE_S * 1000)

BATCH_MS: Final = 50
"""Good observations wait so long for others to be decided with (the monitor gathers for up to 250 ms)."""


def replay(scenario: Scenario, setting: Setting, phase: int) -> Run:
    """Replay one phase of a scenario."""
    return Replay(scenario, setting, phase).run()


class Replay:
    """One run under way. `skipper` leaps over the quiet of a long one."""

    def __init__(self, scenario: Scenario, setting: Setting, phase: int, skipper: Skipper | None = None) -> None:
        self._scenario = scenario = setting.applied_to(scenario)
        self._setting, self._phase, self._skipper = setting, phase, skipper
        self._end_ms = round(scenario.duration * 1000)
        self._clock = Clockwork(scenario.epoch)
        self._recorder = Recorder(scenario, setting.interval_of(scenario))
        self._ledger = Ledger(self._clock.at)
        self._ledger.plan(scenario.planned)
        world = World(scenario, scenario.seed + phase)
        self._probers = {
            location: Prober(
                index,
                standing_orders(scenario, setting, index, phase, self._clock),
                self._clock,
                world,
                deliver=self._deliver,
                note_run=self._recorder.note_run,
            )
            for index, location in enumerate(scenario.locations)
        }
        self._inputs: list[Input] = []
        self._step_at: float = NEVER
        self._core: Supervision | None = None
        self._core_wake: float = NEVER
        self._core_pushed: float = NEVER
        self._saved: tuple[Saved, int] | None = None

    def run(self) -> Run:
        """Let the simulated time pass to the end."""
        clock = self._clock
        for effect in self._scenario.effects:
            if effect.mode == "process_dead":
                hit = tuple(p for p in self._probers.values() if effect.location in (ANYWHERE, p.location))
                clock.push(round(effect.start * 1000), self._kill, hit)
                if effect.end is not None:
                    clock.push(round(effect.end * 1000), self._start, hit)
        clock.push(0, self._start, tuple(self._probers.values()))
        for deed in self._scenario.human:
            clock.push(round(deed.t * 1000), self._do, deed)
        for number, work in enumerate(self._scenario.planned):
            clock.push(max(0, round(work.end * 1000)), self._end_work, number)
            if work.cancelled_at is not None:
                clock.push(max(0, round(work.cancelled_at * 1000)), self._cancel_work, number)
        clock.run(self._end_ms, self._moment)
        return self._recorder.run(self._phase, self._end_ms, self._clock, self._ledger)

    def _moment(self) -> None:
        """Let the core decide when enough arrived, or when it wanted to be asked."""
        if self._step_at <= self._clock.ms or self._core_wake <= self._clock.ms:
            self._step()
        if self._skipper is not None:
            self._skipper.leap(self._clock, self._ledger, self._recorder)

    # -- deciding -------------------------------------------------------------------------------------------------

    def _deliver(self, item: Input) -> None:
        clock = self._clock
        if not isinstance(item, Observation) or item.outcome is not Outcome.OK:
            self._step_at = clock.ms
        elif not self._inputs:
            self._step_at = clock.ms + BATCH_MS
            clock.push(clock.ms + BATCH_MS, _nothing)
        self._inputs.append(item)
        if self._skipper is not None:
            self._skipper.note(item, clock.world_ms)

    def _step(self) -> None:
        core, clock, inputs = self._core, self._clock, self._inputs
        self._inputs, self._step_at = [], NEVER
        if core is None:
            self._core_wake = NEVER
            return
        decided = core.step(clock.now(), inputs)
        wake = decided.next_wake
        self._core_wake = NEVER if wake is None else max(clock.ms + 1, clock.first_after(wake))
        if decided.transitions or decided.decisions:
            self._record(decided)
        if decided.asks:
            for location, prober in self._probers.items():
                prober.take([ask for ask in decided.asks if ask.location == location])
        for location in decided.self_tests:
            self._probers[location].test()
        if any(isinstance(item, SelfTestRound) and not all(item.well) for item in inputs):
            clock.push(clock.ms + ASIDE_PACE_MS, self._ask_core)
        self._plan_core()

    def _record(self, decided: Decided) -> None:
        clock = self._clock
        for transition in decided.transitions:
            self._recorder.show(transition.component_id, transition.after, clock.world_ms)
        work_changed = False
        for decision in decided.decisions:
            work_changed |= self._ledger.apply(decision, clock.ms)
        if work_changed:
            self._sync()

    def _plan_core(self) -> None:
        if self._core_wake < self._core_pushed:
            self._core_pushed = self._core_wake
            self._clock.push(int(self._core_wake), self._core_moment)

    def _core_moment(self, _: Any) -> None:
        """Be a moment at which the core wanted to be asked; it may want it later by now."""
        self._core_pushed = NEVER
        if self._core_wake > self._clock.ms:
            self._plan_core()

    def _ask_core(self, _: Any) -> None:
        """Ask the core anew which locations want a self-test, as the monitor's ticks do while one is set aside."""
        self._core_wake = self._clock.ms

    def _sync(self) -> None:
        """Tell the core that the store changed."""
        if self._core is None:
            return
        now = self._clock.now()
        self._core.events(self._ledger.incidents(), self._ledger.works, now)
        self._core.hold(self._ledger.held(), {}, now)
        self._core_wake = self._clock.ms
        self._plan_core()

    # -- processes ------------------------------------------------------------------------------------------------

    def _start(self, probers: Iterable[Prober]) -> None:
        """Start those that nothing holds dead; with the first one the core begins, or begins anew."""
        for prober in probers:
            if prober.alive or self._dead(prober.location):
                continue
            if self._core is None:
                self._make_core()
            prober.start()

    def _kill(self, probers: Iterable[Prober]) -> None:
        """Kill probers; with the last one the core goes too, and only what it had saved outlives it."""
        for prober in probers:
            prober.die()
        if self._core is not None and not any(prober.alive for prober in self._probers.values()):
            self._saved = (self._core.saved(self._clock.now()), self._clock.ms)
            self._core = None

    def _make_core(self) -> None:
        scenario, setting, now = self._scenario, self._setting, self._clock.now()
        locations = scenario.locations
        core = Supervision(
            locations,
            self_tested=locations,
            rule=setting.rule,
            self_test=setting.self_test,
            new_uid=self._ledger.new_uid,
            now=now,
        )
        core.know(check_views(scenario, setting), places(scenario), now)
        self._core = core
        if self._saved is not None:
            saved, ms = self._saved
            core.restore(saved, (self._clock.ms - ms) / 1000, now)
            for component_id, verdict in core.judge.verdicts().items():
                if verdict is not Verdict.UNKNOWN:
                    self._recorder.show(component_id, verdict, self._clock.world_ms)
        self._sync()

    def _dead(self, location: str) -> bool:
        ms = self._clock.world_ms
        return any(
            effect.mode == "process_dead"
            and effect.location in (ANYWHERE, location)
            and round(effect.start * 1000) <= ms
            and (effect.end is None or ms < round(effect.end * 1000))
            for effect in self._scenario.effects
        )

    # -- people and works -----------------------------------------------------------------------------------------

    def _do(self, deed: Deed) -> None:
        self._ledger.do(deed, self._clock.ms)
        self._sync()

    def _end_work(self, number: int) -> None:
        self._ledger.end_work(number, self._clock.ms)
        self._sync()

    def _cancel_work(self, number: int) -> None:
        self._ledger.cancel_work(number, self._clock.ms)
        self._sync()


def _nothing(_: Any) -> None:
    """Be a moment."""
