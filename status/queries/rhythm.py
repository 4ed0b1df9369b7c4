"""When a subscription wants its news, read from its row."""

from __future__ import annotations

from typing import Any, Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from status.domain.subscriptions import Rhythm
from status.models import Subscription

RHYTHM_COLUMNS: Final = (
    Subscription.pace,
    Subscription.digest_minute,
    Subscription.digest_weekday,
    Subscription.quiet_from,
    Subscription.quiet_to,
)


def rhythm_of(row: sa.Row[*tuple[Any, ...]] | Subscription, zone: str) -> Rhythm:
    """Give the rhythm of a row that has these columns; `zone` is the site's."""
    quiet = None if row.quiet_from is None or row.quiet_to is None else (row.quiet_from, row.quiet_to)
    return Rhythm(row.pace, row.digest_minute, row.digest_weekday, quiet, ZoneInfo(zone))
