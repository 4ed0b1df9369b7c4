"""Identifiers that sort by the time they were made: UUID version 7 (RFC 9562 §5.7); short ones, as Statuspage's are."""

from __future__ import annotations

import hashlib
import uuid

CHANCE_BYTES = 10


def make_uid(wall: float, chance: bytes) -> str:
    """Make a UUIDv7 of a moment (Unix seconds) and `CHANCE_BYTES` random bytes."""
    milliseconds = int(wall * 1000) & (1 << 48) - 1
    value = milliseconds << 80 | int.from_bytes(chance[:CHANCE_BYTES], "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))


def short_id(kind: str, key: object) -> str:
    """Make an identifier as Statuspage's are: 12 small letters and digits, the same for ever."""
    number = int.from_bytes(hashlib.sha256(f"{kind}:{key}".encode()).digest()[:8])
    digits = ""
    for _ in range(12):
        number, rest = divmod(number, 36)
        digits += "0123456789abcdefghijklmnopqrstuvwxyz"[rest]
    return digits
