"""Identifiers for what is made outside the sans-IO core."""

from __future__ import annotations

import secrets
from datetime import datetime

from status.domain.identifiers import CHANCE_BYTES, make_uid


def new_uid(now: datetime) -> str:
    """Give a fresh UUIDv7."""
    return make_uid(now.timestamp(), secrets.token_bytes(CHANCE_BYTES))
