"""The last look at each check from each location: what the desk says of a component's places, and of quiet checks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from probes.types import Outcome
from status.models import Check, Component, Location, Observation

QUIET_INTERVALS: Final = 3
WORST_FIRST: Final = (Outcome.FAILED, Outcome.SLOW, Outcome.BROKEN, Outcome.OK)


@dataclass(frozen=True, slots=True)
class CheckLooks:
    """A check in service with its last look by location: what was seen, and when it was due (Unix milliseconds)."""

    name: str
    component_id: int
    component: str
    interval_s: float
    looks: Mapping[str, tuple[Outcome, int]]


def last_of_all(session: Session) -> Sequence[CheckLooks]:
    """Give every check in service by name. Two statements; one look-up in the key a check and location, no scan."""
    looks: dict[int, dict[str, tuple[Outcome, int]]] = {}
    pairs = sa.select(Check.id, Location.slug, _newest(Observation.outcome), _newest(Observation.due_ms))
    pairs = pairs.select_from(Check).join(Location, Location.retired_at.is_(None)).where(Check.retired_at.is_(None))
    for check_id, slug, outcome, due_ms in session.execute(pairs.order_by(Location.slug)):
        if outcome is not None:
            looks.setdefault(check_id, {})[slug] = (Outcome(outcome), due_ms)
    checks = session.execute(
        sa.select(Check.id, Check.name, Check.component_id, Component.slug, Check.interval_s)
        .join(Component, Component.id == Check.component_id)
        .where(Check.retired_at.is_(None))
        .order_by(Check.name)
    )
    return [CheckLooks(name, of, slug, every_s, looks.get(id_, {})) for id_, name, of, slug, every_s in checks]


def quiet(checks: Iterable[CheckLooks], now: datetime) -> Sequence[CheckLooks]:
    """Choose the checks nobody looked at for three of their intervals."""
    return [check for check in checks if all(_is_old(check, due_ms, now) for _, due_ms in check.looks.values())]


def by_place(
    checks: Iterable[CheckLooks], places: Sequence[str], now: datetime
) -> Mapping[str, Mapping[str, Outcome | None]]:
    """Give, for each component by slug, what was seen last from each of these places: the worst of its checks there.

    None where nothing was seen from there for three intervals.
    """
    found: dict[str, dict[str, Outcome | None]] = {}
    for check in checks:
        seen = found.setdefault(check.component, dict.fromkeys(places))
        for place in places:
            outcome, due_ms = check.looks.get(place, (None, 0))
            if outcome is not None and not _is_old(check, due_ms, now):
                known = seen[place]
                seen[place] = outcome if known is None else min(known, outcome, key=WORST_FIRST.index)
    return found


def _newest(column: sa.orm.InstrumentedAttribute[int]) -> sa.ScalarSelect[int]:
    """Give a column of the last run: the end of the key's range, found without reading the runs before it."""
    last = sa.select(column).where(Observation.check_id == Check.id, Observation.location_id == Location.id)
    return last.order_by(Observation.sequence.desc()).limit(1).correlate(Check, Location).scalar_subquery()


def _is_old(check: CheckLooks, due_ms: int, now: datetime) -> bool:
    return now.timestamp() * 1000 - due_ms > QUIET_INTERVALS * check.interval_s * 1000
