"""What people hold back of a check (rule, point 16): mute lets it open nothing, disable lets it decide nothing.

A hold ends by itself at its `until`, or when a person ends it. Only one of each action is active for a check: a second
one replaces the first one's end and reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.refused import Refused
from status.domain.states import HoldAction
from status.domain.written import FARTHEST, clean_title, in_utc
from status.models import Actor, Check, Hold
from status.services.changing import line_up
from status.services.instructions import hold_changed


def mute(session: Session, check: Check, until: datetime, author: Actor, now: datetime, *, reason: str = "") -> Hold:
    """Let a check open no incident and alert nobody until then; its verdict and open incidents go on."""
    return _hold(session, check, HoldAction.MUTE, (until, reason), author, now=now)


def unmute(session: Session, check: Check, author: Actor, now: datetime) -> Hold:
    """End a check's mute; raise Refused when it is not muted."""
    return _end(session, check, HoldAction.MUTE, author, now)


def disable(
    session: Session, check: Check, until: datetime | None, author: Actor, now: datetime, *, reason: str
) -> Hold:
    """Let a check that lies decide nothing, until then or (None) until it is enabled; raise Refused without a reason.

    Its component is decided by its other checks, or unknown.
    """
    if not clean_title(reason):
        raise Refused("no_reason", "a disabled check needs a reason: the next one on call will ask why it is off")
    return _hold(session, check, HoldAction.DISABLE, (until, reason), author, now=now)


def enable(session: Session, check: Check, author: Actor, now: datetime) -> Hold:
    """Let a check decide again; raise Refused when it is not disabled."""
    return _end(session, check, HoldAction.DISABLE, author, now)


def holds(session: Session) -> Sequence[Hold]:
    """Give the holds no person and no time has ended yet, the oldest first."""
    return session.scalars(sa.select(Hold).where(Hold.ended_at.is_(None)).order_by(Hold.began_at, Hold.id)).all()


def end_due(session: Session, now: datetime) -> int:
    """End the holds whose time has come, each at its own time; give how many. The decider calls it in its turns."""
    due = sa.update(Hold).where(Hold.ended_at.is_(None), Hold.until <= now).values(ended_at=Hold.until)
    ended = session.execute(due.returning(Hold.id).execution_options(synchronize_session="fetch"))
    return len(ended.all())


def _hold(
    session: Session, check: Check, action: HoldAction, what: tuple[datetime | None, str], author: Actor,
    *, now: datetime,
) -> Hold:  # fmt: skip
    until, reason = what
    if until is not None and until <= now:
        raise Refused("past", f"{check.name} would be held until {in_utc(until)}, which is past: give a time to come")
    if until is not None and until - now > FARTHEST:
        raise Refused("not_a_time", f"{in_utc(until)} is more than ten years away: a mistyped year?")
    if check.retired_at is not None:
        raise Refused("retired", f"the check {check.name!r} is retired: it runs no more")
    line_up(session)
    end_due(session, now)
    hold = _active(session, check, action)
    if hold is None:
        hold = Hold(check_id=check.id, action=action, began_at=now, ended_at=None, ended_by=None)
        session.add(hold)
    hold.until, hold.reason, hold.actor_id = until, clean_title(reason), author.id
    session.flush()
    hold_changed(session, author, hold, now)
    return hold


def _end(session: Session, check: Check, action: HoldAction, author: Actor, now: datetime) -> Hold:
    line_up(session)
    end_due(session, now)
    hold = _active(session, check, action)
    if hold is None:
        word = {HoldAction.MUTE: "muted", HoldAction.DISABLE: "disabled"}[action]
        raise Refused("not_held", f"the check {check.name!r} is not {word}; `travaux check holds` lists those that are")
    hold.ended_at, hold.ended_by = now, author.id
    session.flush()
    hold_changed(session, author, hold, now)
    return hold


def _active(session: Session, check: Check, action: HoldAction) -> Hold | None:
    wanted = sa.select(Hold).where(Hold.check_id == check.id, Hold.action == action, Hold.ended_at.is_(None))
    return session.scalars(wanted.order_by(Hold.id)).first()
