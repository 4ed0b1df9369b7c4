"""Checks with their verdicts, and what people hold back of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.states import HoldAction, Verdict
from status.models import Actor, Check, Component, DetectionState, Hold, VerdictInterval


@dataclass(frozen=True, slots=True)
class HoldView:
    """A hold as the decider needs it; `until` in Unix seconds, None: until a person ends it."""

    check_id: int
    action: HoldAction
    until: float | None


@dataclass(frozen=True, slots=True)
class HoldLine:
    """A hold as people read it; `by` is who set it, or set its end, last."""

    check: str
    component: str
    action: HoldAction
    reason: str
    by: str
    began_at: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class CheckLine:
    """A check in service with its verdict and its component's; None before the first one was decided."""

    name: str
    kind: str
    component: str
    component_verdict: Verdict | None
    verdict: Verdict | None
    holds: tuple[HoldLine, ...]


def active_holds(session: Session) -> tuple[HoldView, ...]:
    """Give the holds that nobody has ended, by check; those whose time has come are ended by `services.holds`."""
    rows = session.scalars(sa.select(Hold).where(Hold.ended_at.is_(None)).order_by(Hold.check_id, Hold.id))
    return tuple(
        HoldView(row.check_id, row.action, row.until.timestamp() if row.until is not None else None) for row in rows
    )


def held_at(session: Session, at: datetime, check_ids: tuple[int, ...] | None = None) -> tuple[HoldLine, ...]:
    """Give what was held at a time, the oldest first; of all checks, or of some."""
    statement = (
        sa.select(Hold, Check.name, Component.slug, Actor.name)
        .join(Check, Check.id == Hold.check_id)
        .join(Component, Component.id == Check.component_id)
        .join(Actor, Actor.id == Hold.actor_id)
        .where(Hold.began_at <= at, Hold.ended_at.is_(None) | (Hold.ended_at > at))
        .where(Hold.until.is_(None) | (Hold.until > at))
        .order_by(Hold.began_at, Hold.id)
    )
    if check_ids is not None:
        statement = statement.where(Hold.check_id.in_(check_ids))
    return tuple(
        HoldLine(check, component, hold.action, hold.reason, by, hold.began_at, hold.until)
        for hold, check, component, by in session.execute(statement)
    )


def read_checks(session: Session, at: datetime) -> tuple[CheckLine, ...]:
    """Give every check in service with the present verdicts and what is held of it at `at`. Four statements."""
    held: dict[str, list[HoldLine]] = {}
    for line in held_at(session, at):
        held.setdefault(line.check, []).append(line)
    verdicts: Mapping[int, str] = {
        row.check_id: str(row.data["verdict"]) for row in session.scalars(sa.select(DetectionState))
    }
    present = sa.select(VerdictInterval.component_id, VerdictInterval.verdict).where(
        VerdictInterval.ended_at.is_(None), VerdictInterval.superseded_by.is_(None)
    )
    of_components: Mapping[int, Verdict] = dict(session.execute(present).all())
    checks = session.execute(
        sa.select(Check, Component.slug)
        .join(Component, Component.id == Check.component_id)
        .where(Check.retired_at.is_(None))
        .order_by(Check.name)
    )
    return tuple(
        CheckLine(
            check.name, check.kind, slug, of_components.get(check.component_id),
            Verdict(verdicts[check.id]) if check.id in verdicts else None, tuple(held.get(check.name, ())),
        )
        for check, slug in checks
    )  # fmt: skip
