"""Forms posted after the session's end: kept as drafts of their author alone, until he has signed in again."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.models import KeptForm
from status.services import sessions
from status.services.identifiers import new_uid

MOST: Final = 20
"""So many are kept for a person; the oldest go."""


def may_keep(found: sessions.Found | None, csrf: str, now: datetime, keep_for: timedelta) -> bool:
    """Whether a form may be kept: of a session that ran out by itself, not long ago, with that session's own token.

    Never after signing out or a revocation, nor for a disabled account (its sessions are not found).
    """
    if found is None or found.live or found.row.ended_at is not None or found.row.ended:
        return False
    if not found.ends_at <= now <= found.ends_at + keep_for:
        return False
    return hmac.compare_digest(csrf.encode("utf-8", "replace"), found.row.csrf.encode())


def keep(session: Session, account_uid: str, path: str, data: Mapping[str, Sequence[str]], now: datetime) -> KeptForm:
    """Keep a filled form of a path; `data` has each field's values."""
    row = KeptForm(
        uid=new_uid(now), account_uid=account_uid, at=now, path=path[:400],
        data={name: list(values) for name, values in data.items()}, taken_at=None,
    )  # fmt: skip
    session.add(row)
    session.flush()
    newest = sa.select(KeptForm.uid).where(KeptForm.account_uid == account_uid)
    kept = session.scalars(newest.order_by(KeptForm.at.desc(), KeptForm.uid.desc()).limit(MOST)).all()
    session.execute(sa.delete(KeptForm).where(KeptForm.account_uid == account_uid, KeptForm.uid.not_in(kept)))
    return row


def waiting(
    session: Session, account_uid: str, since: datetime, *, path: str | None = None, uid: str | None = None
) -> Sequence[KeptForm]:
    """Give a person's kept forms (of a path, or one by its uid) not sent since, the newest first."""
    wanted = sa.select(KeptForm).where(
        KeptForm.account_uid == account_uid, KeptForm.taken_at.is_(None), KeptForm.at >= since
    )
    if path is not None:
        wanted = wanted.where(KeptForm.path == path)
    if uid is not None:
        wanted = wanted.where(KeptForm.uid == uid)
    return session.scalars(wanted.order_by(KeptForm.at.desc(), KeptForm.uid.desc())).all()


def take(session: Session, account_uid: str, path: str, now: datetime) -> None:
    """Note that a form of this path was sent: what was kept of it is done with."""
    done = sa.update(KeptForm).where(
        KeptForm.account_uid == account_uid, KeptForm.path == path, KeptForm.taken_at.is_(None)
    )
    session.execute(done.values(taken_at=now, data={}))
