"""Whether a location's own line is well (detection rule, point 8). Sans-IO.

Each round asks every reference once. A location is set aside at once when enough references are bad together, or
when too large a share was bad lately; it counts again after 30 s in which every round was well.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from status.domain.rule import SelfTestRule

ENOUGH_ANSWERS = 8
"""Fewer answers than this say nothing about a share."""


@dataclass(frozen=True, slots=True)
class SelfTestRound:
    """One round at a location: when it began (steady seconds) and which references answered, in their order."""

    location: str
    began: float
    ended: float
    well: tuple[bool, ...]


@dataclass(slots=True)
class LocationHealth:
    """What is known of one location's own line. Without references it is always taken as well."""

    rule: SelfTestRule
    set_aside_since: float | None = None
    reason: str = ""
    last_ended: float | None = None
    last_began: float | None = None
    last_well: tuple[bool, ...] = ()
    _well_since: float | None = None
    _rounds: deque[SelfTestRound] = field(default_factory=deque)
    _alone: list[int] = field(default_factory=list)

    @property
    def healthy(self) -> bool:
        """Whether its observations count."""
        return self.set_aside_since is None

    def take(self, round_: SelfTestRound) -> None:
        """Take in a round and set the location aside, or count it again."""
        self.last_ended, self.last_began, self.last_well = round_.ended, round_.began, round_.well
        self._note_alone(round_.well)
        self._rounds.append(round_)
        while self._rounds and self._rounds[0].ended < round_.ended - self.rule.share_over_s:
            self._rounds.popleft()
        counted = [well for index, well in enumerate(round_.well) if self._alone[index] < self.rule.ignore_alone_rounds]
        bad = counted.count(False)
        if bad >= min(self.rule.bad_references, max(1, len(counted))) and bad:
            self.trouble(round_.ended, f"{bad} of {len(round_.well)} references do not answer")
        elif self.healthy and self._share_bad() >= self.rule.bad_share:
            self.trouble(round_.ended, f"{self._share_bad():.0%} of the references' answers were bad over 2 min")
        elif not bad:
            self._recover(round_.ended)
        else:
            self._well_since = None

    def trouble(self, at: float, reason: str) -> None:
        """Set the location aside from `at` (steady seconds) on, or keep it aside."""
        self.set_aside_since = at if self.set_aside_since is None else self.set_aside_since
        self.reason = reason
        self._well_since = None

    def tick(self, now: float) -> None:
        """Let a location without references recover from a trouble of its own after the well time."""
        if not self._rounds:
            self._recover(now)

    def _recover(self, at: float) -> None:
        if self.healthy:
            return
        if self._well_since is None:
            self._well_since = at
        if at - self._well_since >= self.rule.well_for_s:
            self.set_aside_since, self.reason, self._well_since = None, "", None
            self._rounds.clear()

    def _note_alone(self, well: tuple[bool, ...]) -> None:
        """Count for how many rounds a reference was bad while all others that count were well.

        One that is ignored already stays so until it answers. An only reference is never alone.
        """
        if len(self._alone) != len(well):
            self._alone = [0] * len(well)
        ignored = [count >= self.rule.ignore_alone_rounds for count in self._alone]
        bad = sum(not answered and not skip for answered, skip in zip(well, ignored, strict=True))
        others = len(well) - sum(ignored) > 1
        for index, answered in enumerate(well):
            if answered:
                self._alone[index] = 0
            elif not ignored[index]:
                self._alone[index] = self._alone[index] + 1 if bad == 1 and others else 0

    def _share_bad(self) -> float:
        """Give the share of bad answers lately; 0 while only one reference is bad (it may be dead itself)."""
        answers = [
            (index, well)
            for round_ in self._rounds
            for index, well in enumerate(round_.well)
            if self._alone[index] < self.rule.ignore_alone_rounds
        ]
        bad = [index for index, well in answers if not well]
        if len(answers) < ENOUGH_ANSWERS or len(set(bad)) < self.rule.bad_references:
            return 0.0
        return len(bad) / len(answers)
