"""Identifiers that sort by the time they were made: UUID version 7 (RFC 9562 §5.7)."""

from __future__ import annotations

import uuid

CHANCE_BYTES = 10


def make_uid(wall: float, chance: bytes) -> str:
    """Make a UUIDv7 of a moment (Unix seconds) and `CHANCE_BYTES` random bytes."""
    milliseconds = int(wall * 1000) & (1 << 48) - 1
    value = milliseconds << 80 | int.from_bytes(chance[:CHANCE_BYTES], "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))
