"""Passwords: which ones are taken, how they are kept (argon2id) and checked.

A password is taken as typed but for NFC (the same letters typed on another keyboard): nothing is folded or cut.
Hashing takes some 50 ms and 19 MiB: outside of write transactions.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from status.domain.refused import Refused

# OWASP Password Storage Cheat Sheet, argon2id: m=19 MiB, t=2, p=1.
MEMORY_KIB: Final = 19_456
PASSES: Final = 2
LANES: Final = 1
HASH_BYTES: Final = 32
SALT_BYTES: Final = 16

SHORTEST: Final = 12
LONGEST: Final = 256
"""In characters."""

OWN_PART: Final = 8
"""So many characters must be left without the names that anybody knows."""


def hashed(password: str, names: Iterable[str] = ()) -> str:
    """Give what is stored of a new password. Raise Refused for one too short, too long, or too easily guessed.

    `names`: what an attacker tries first: the account's name, the site's.
    """
    text = _normal(password)
    if not SHORTEST <= len(text) <= LONGEST:
        raise Refused("password", f"found {len(text)} characters, expected {SHORTEST} to {LONGEST}")
    folded = text.casefold()
    if folded in common():
        raise Refused("password_common", "this is one of the passwords that are tried first: choose another one")
    rest = folded
    for name in filter(None, (name.casefold().strip() for name in names)):
        rest = rest.replace(name, "")
    if len(rest) < min(OWN_PART, len(folded)):
        raise Refused("password_name", "this is little more than your name or the site's: choose another one")
    return _hasher().hash(text)


def is_right(stored: str, password: str) -> bool:
    """Whether this is the password. For an empty `stored` it is not, after the same time."""
    try:
        return _hasher().verify(stored or _nobody(), _normal(password)[: LONGEST + 1]) and bool(stored)
    except (VerifyMismatchError, VerificationError, InvalidHashError):
        return False


def is_outdated(stored: str) -> bool:
    """Whether it was made with other parameters than ours of today: it is made again when he signs in."""
    return _hasher().check_needs_rehash(stored)


def again(password: str) -> str:
    """Give what is stored of a password that was right, with today's parameters; it isn't judged again."""
    return _hasher().hash(_normal(password))


@cache
def common() -> frozenset[str]:
    """Give the passwords of 12 and more characters that are tried first, folded."""
    text = (files("status") / "services" / "common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(text.splitlines())


def _normal(password: str) -> str:
    return unicodedata.normalize("NFC", password)


@cache
def _nobody() -> str:
    """Give a hash that no password has: an unknown name takes as long as a known one."""
    return _hasher().hash("\0nobody")


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher(
        time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES, hash_len=HASH_BYTES, salt_len=SALT_BYTES,
        type=Type.ID,
    )  # fmt: skip
