"""What is true of an installation for ever: set at the first start, checked at every other."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from status.config.model import Settings
from status.domain.refused import Refused
from status.models.installation import Installation

DEMO_AUTHORITY: Final = "demo.invalid"

_DEMO_ON_REAL: Final = (
    "the configuration has [demo], but this database belongs to a real installation: "
    "remove [demo], or name another database in [database] url or [paths] data"
)
_REAL_ON_DEMO: Final = (
    "this database belongs to a demonstration, but the configuration has no [demo]: "
    "name another database in [database] url or [paths] data"
)


def ensure(session: Session, settings: Settings, now: datetime) -> Installation:
    """Create the installation's row, or check it and raise its next event number to the configured one.

    Authority and year are set once and never follow `public_url`. The number never falls. Raise Refused when a
    demonstration's configuration meets a real database, or the reverse.
    """
    demonstration = settings.demo is not None
    row = session.get(Installation, 1, with_for_update=True)
    if row is None:
        row = Installation(
            id=1,
            authority=DEMO_AUTHORITY if demonstration else _host_of(settings.site.public_url),
            year=now.year,
            demonstration=demonstration,
            created_at=now,
            next_event_number=settings.site.next_event_number,
            revision=0,
            verified_at=None,
        )
        session.add(row)
        session.flush()
        return row
    require_kind(row, settings)
    if row.next_event_number < settings.site.next_event_number:
        row.next_event_number = settings.site.next_event_number
        session.flush()
    return row


def require_kind(row: Installation, settings: Settings) -> None:
    """Raise Refused when a demonstration's configuration meets a real database, or the reverse."""
    if row.demonstration != (settings.demo is not None):
        raise Refused("demonstration", _REAL_ON_DEMO if row.demonstration else _DEMO_ON_REAL)


def _host_of(public_url: str) -> str:
    """Give the host of an address; a tag URI's authority has no port (RFC 4151 §2.1)."""
    host = urlsplit(public_url).hostname
    assert host is not None, "config.load has checked public_url"
    return host
