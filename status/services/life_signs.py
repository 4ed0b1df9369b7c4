"""Life signs in the database, for people and `doctor`: which process lived last, and what it was doing."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.models.lease import LifeSign


@dataclass(frozen=True, slots=True)
class Sign:
    """The last life sign of a process: its pid, when (UTC), and in one line what it was doing."""

    process: str
    pid: int
    at: datetime
    note: str


def write_life_sign(session: Session, process: str, now: datetime, note: str = "") -> None:
    """Store this process's life sign; `note` says in one line what it is doing."""
    session.merge(LifeSign(process=process, pid=os.getpid(), at=now, note=note))
    session.flush()


def read_life_signs(session: Session) -> tuple[Sign, ...]:
    """Give the last life sign of every process, by name."""
    rows = session.execute(sa.select(LifeSign.process, LifeSign.pid, LifeSign.at, LifeSign.note))
    return tuple(sorted((Sign(*row) for row in rows), key=lambda sign: sign.process))
