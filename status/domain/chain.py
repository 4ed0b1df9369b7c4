"""The audit's chain: each entry's hash covers the one before, so that none is changed or left out unseen. Sans-IO."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

BEGINNING: Final = "0" * 64
"""What the first entry is bound to."""


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as it is bound: its number, what it says, its hash. `said` holds plain values only."""

    n: int
    said: Mapping[str, Any]
    hash: str


@dataclass(frozen=True, slots=True)
class Break:
    """Where a chain does not hold, and why."""

    n: int
    why: str


def hash_of(before: str, n: int, said: Mapping[str, Any]) -> str:
    """Give the hash of entry `n` after one with the hash `before`: SHA-256 over both and its canonical JSON."""
    text = json.dumps([before, n, said], ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def first_break(links: Iterable[Link]) -> Break | None:
    """Give the first place where the chain does not hold; None when it does. What was cut off its end is not seen."""
    before, expected = BEGINNING, 1
    for link in links:
        if link.n != expected:
            return Break(expected, f"entry {expected} is missing, {link.n} follows")
        if hash_of(before, link.n, link.said) != link.hash:
            return Break(link.n, f"entry {link.n} does not match its hash: it or one before was changed")
        before, expected = link.hash, expected + 1
    return None
