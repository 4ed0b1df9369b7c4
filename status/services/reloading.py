"""What the monitor said of config.toml the last time it read it: taken, or refused with its faults; kept as rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.models import Instruction

CONFIG_READ: Final = "config_reloaded"


@dataclass(frozen=True, slots=True)
class ConfigRead:
    """One reading. `faults` is empty when the file was taken, with so many `checks`; else the one before it goes on."""

    at: datetime
    checks: int
    faults: str


def note_taken(session: Session, checks: int, now: datetime) -> None:
    """Keep that config.toml was taken, and how many checks run since. It asks nobody for anything: it is done."""
    _note(session, {"checks": checks, "faults": ""}, now)


def note_refused(session: Session, faults: str, now: datetime) -> None:
    """Keep why config.toml was refused."""
    _note(session, {"checks": 0, "faults": faults}, now)


def last_config(session: Session) -> ConfigRead | None:
    """Give the last reading; None where no monitor has read it yet."""
    rows = sa.select(Instruction).where(Instruction.action == CONFIG_READ).order_by(Instruction.id.desc())
    row = session.scalars(rows.limit(1)).first()
    return ConfigRead(row.at, int(row.data["checks"]), str(row.data["faults"])) if row is not None else None


def _note(session: Session, data: dict[str, object], now: datetime) -> None:
    session.add(Instruction(at=now, actor_id=None, action=CONFIG_READ, data=data, done_at=now))
