"""Who an installation is: said once at its first start, part of every identifier it gives (SPEC §6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from status.models import Installation
from status.queries.snapshot import kept


@dataclass(frozen=True, slots=True)
class Birth:
    """The `authority` and `year` of identifiers (`tag:{authority},{year}:…`), and when it all began."""

    authority: str
    year: int
    created_at: datetime


def read_birth(session: Session) -> Birth:
    """Read who the installation is, once a snapshot."""
    return kept(session, "birth", lambda: _read(session))


def _read(session: Session) -> Birth:
    row = session.get_one(Installation, 1)
    return Birth(row.authority, row.year, row.created_at)
