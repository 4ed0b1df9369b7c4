"""Who takes a duty over, and duties brought in from a calendar: rows that go before the turns of a rota."""

from __future__ import annotations

from collections.abc import Iterable
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


def bring_in(session: Session, rota: str, spans: Iterable[Span], author: Actor, now: datetime) -> tuple[int, int]:
    """Let these spans of a calendar hold for a rota, instead of the ones brought in before; give how many, old and new.

    What is past stays as it was. Nothing is written when nothing changes.
    """
    line_up(session)
    coming = sa.select(Duty).where(
        Duty.rota == rota, Duty.origin == DutyOrigin.IMPORT, Duty.ended_at.is_(None), Duty.until_at > now
    )
    wanted = {(span.account_uid, span.from_at, span.until_at) for span in spans if span.until_at > now}
    kept = {(row.account_uid, row.from_at, row.until_at): row for row in session.scalars(coming)}
    for key, row in kept.items():
        if key not in wanted:
            row.ended_at = now
    fresh = sorted(wanted - kept.keys(), key=lambda key: key[1])
    session.add_all(
        Duty(
            rota=rota, account_uid=uid, from_at=from_at, until_at=until_at, origin=DutyOrigin.IMPORT, note="",
            author_id=author.id, at=now, ended_at=None,
        )
        for uid, from_at, until_at in fresh
    )  # fmt: skip
    gone = len(kept.keys() - wanted)
    if fresh or gone:
        record(session, author, "duty.imported", f"rota:{rota}", now, after={"new": len(fresh), "gone": gone})
    return gone, len(fresh)
