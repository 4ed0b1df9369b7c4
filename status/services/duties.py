"""Who takes a duty over, and duties brought in from a calendar: rows that go before the turns of a rota."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.refused import Refused
from status.domain.rota import DutyOrigin
from status.domain.written import clean_title
from status.models import Account, Actor, Duty
from status.services.auditing import record
from status.services.changing import line_up
from status.services.duty_calendar import Span

LONGEST: Final = timedelta(days=366)
NOTE_LENGTH: Final = 200
MOST_NUMBER: Final = 2_147_483_647
"""What a database holds as a number."""


@dataclass(frozen=True, slots=True)
class Change:
    """A duty of a calendar that comes, or, with its row's number, goes."""

    span: Span
    gone: int | None = None


def take_over(
    session: Session,
    rota: str,
    account: Account,
    span: tuple[datetime, datetime],
    author: Actor,
    *,
    now: datetime,
    note: str = "",
) -> Duty:
    """Put somebody on duty for a span, in place of whose turn it is. Raise Refused for a span that can't be."""
    from_at, until_at = span
    if account.disabled_at is not None:
        raise Refused("disabled", f"account {account.name} is disabled: name somebody who can be reached")
    if until_at <= from_at or until_at <= now:
        raise Refused("until", "the end is not after the beginning, or past: give one that is still to come")
    if until_at - from_at > LONGEST:
        raise Refused("until", f"found more than {LONGEST.days} days: change the rota in config.toml instead")
    line_up(session)
    duty = Duty(
        rota=rota, account_uid=account.uid, from_at=from_at, until_at=until_at, origin=DutyOrigin.PERSON,
        note=clean_title(note)[:NOTE_LENGTH], author_id=author.id, at=now, ended_at=None,
    )  # fmt: skip
    session.add(duty)
    session.flush()
    after = {"rota": rota, "account": account.name, "from": from_at.isoformat(), "until": until_at.isoformat()}
    record(session, author, "duty.taken", f"duty:{duty.id}", now, after=after)
    return duty


def end(session: Session, number: int, author: Actor, now: datetime) -> None:
    """Take a duty that somebody took over back: the rota holds again. Raise Refused when there is none."""
    line_up(session)
    duty = session.get(Duty, number) if 0 < number <= MOST_NUMBER else None
    if duty is None or duty.origin is not DutyOrigin.PERSON or duty.ended_at is not None or duty.until_at <= now:
        raise Refused(
            "no_such_duty", f"there is no duty {number} that can be taken back; `travaux oncall show` has all"
        )
    duty.ended_at = now
    record(session, author, "duty.ended", f"duty:{number}", now, before={"rota": duty.rota})


def changes(session: Session, rota: str, spans: Iterable[Span], now: datetime) -> Sequence[Change]:
    """Give what is to change so that these spans of a calendar hold for a rota, in the order of their beginnings.

    What is past stays as it was.
    """
    coming = sa.select(Duty.id, Duty.account_uid, Duty.from_at, Duty.until_at).where(
        Duty.rota == rota, Duty.origin == DutyOrigin.IMPORT, Duty.ended_at.is_(None), Duty.until_at > now
    )
    missing = {span: None for span in spans if span.until_at > now}
    gone: list[Change] = []
    for number, account_uid, from_at, until_at in session.execute(coming):
        span = Span(account_uid, from_at, until_at)
        if span in missing:
            del missing[span]
        else:
            gone.append(Change(span, number))
    fresh = [Change(span) for span in missing]
    return sorted([*gone, *fresh], key=lambda change: change.span.from_at)


def bring_in(session: Session, rota: str, slice_: Sequence[Change], author: Actor, now: datetime) -> tuple[int, int]:
    """Make some changes; give how many duties went and came. Nothing is written when nothing changes."""
    line_up(session)
    gone = [change.gone for change in slice_ if change.gone is not None]
    fresh = [change.span for change in slice_ if change.gone is None]
    if gone:
        session.execute(sa.update(Duty).where(Duty.id.in_(gone)).values(ended_at=now))
    every = {"rota": rota, "origin": DutyOrigin.IMPORT, "author_id": author.id, "at": now}
    if fresh:
        session.execute(sa.insert(Duty), [{**every, **asdict(span)} for span in fresh])
    if fresh or gone:
        record(session, author, "duty.imported", f"rota:{rota}", now, after={"new": len(fresh), "gone": len(gone)})
    return len(gone), len(fresh)
