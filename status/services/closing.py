"""Which channels' ways out are closed, for people: the clerk acts by what it holds itself and writes it down here."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.models import ClosedChannel

WHY_LENGTH: Final = 300


def close(session: Session, channel: str, why: str, now: datetime, pause: timedelta) -> None:
    """Note that a channel is left alone for a while; since when it is closed stays."""
    row = session.get(ClosedChannel, channel)
    if row is None:
        row = ClosedChannel(channel=channel, since=now, until=now, why="")
        session.add(row)
    row.until, row.why = now + pause, why[:WHY_LENGTH]
    session.flush()


def open_again(session: Session, channels: Collection[str]) -> None:
    """Note that messages go out by these channels again."""
    if channels:
        session.execute(sa.delete(ClosedChannel).where(ClosedChannel.channel.in_(channels)))


def open_all(session: Session) -> None:
    """Note that nothing is known to be closed."""
    session.execute(sa.delete(ClosedChannel))
