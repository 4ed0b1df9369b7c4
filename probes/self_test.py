"""The prober tests its own line: every reference once a round, every 15 s and whenever a failure asks for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from probes.runner import Runner
from probes.types import Check, Instant, Order, OrderType, Outcome


@dataclass(frozen=True, slots=True)
class Answers:
    """One round: when it began and ended (both clocks), and which references answered, in their order."""

    began: Instant
    ended: Instant
    well: tuple[bool, ...]


class SelfTest:
    """Runs rounds, one at a time. A round asked for while one runs follows it, so that it began after the asking."""

    def __init__(
        self,
        location: str,
        references: tuple[Check, ...],
        runner: Runner,
        now: Callable[[], Instant],
        tell: Callable[[Answers], None],
    ) -> None:
        self._location = location
        self._references = references
        self._runner = runner
        self._now = now
        self._tell = tell
        self._asked = asyncio.Event()
        self._sequence = 0

    def ask(self) -> None:
        """Ask for a round at once."""
        self._asked.set()

    async def run(self, interval_s: float) -> None:
        """Run rounds for ever: every `interval_s` seconds, and when asked. Returns at once without references."""
        if not self._references:
            return
        while True:
            self._asked.clear()
            self._tell(await self.round())
            try:
                async with asyncio.timeout(interval_s):
                    await self._asked.wait()
            except TimeoutError:
                continue

    async def round(self) -> Answers:
        """Ask every reference once."""
        began = self._now()
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._answers(reference)) for reference in self._references]
        return Answers(began, self._now(), tuple(task.result() for task in tasks))

    async def _answers(self, reference: Check) -> bool:
        self._sequence += 1
        now = self._now()
        order = Order(
            uid=f"self-test/{self._sequence}",
            check_id=reference.id,
            location=self._location,
            type=OrderType.SINGLE,
            valid_until=now.steady + reference.timeout_s,
        )
        seen = await self._runner.measure(reference, order, self._sequence, now, lambda _pending: None)
        return seen.outcome in {Outcome.OK, Outcome.SLOW}
