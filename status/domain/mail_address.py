"""The address a person answers to: signed for him, one event, until a time. Sans-IO.

    travaux+<48 characters>@example.net = base32( start of the account's uid, 8 bytes; start of the event's uid, 8;
                                                  until, minutes since 1970, 4; signature, 10 )

The signature (HMAC-SHA256, its first 80 bits) is over the whole uids; their starts only find them, and 64 characters
before the @ (RFC 5321 §4.5.3.1.1) have no room for more. Base32, because mail servers may change a letter's case.
"""

from __future__ import annotations

import hmac
import uuid
from base64 import b32decode, b32encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

START_BYTES: Final = 8
MINUTES_BYTES: Final = 4
SIGNATURE_BYTES: Final = 10
TOKEN_LENGTH: Final = (2 * START_BYTES + MINUTES_BYTES + SIGNATURE_BYTES) * 8 // 5
MINUTE: Final = timedelta(minutes=1)
BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Claim:
    """What an address says, before it is believed: whom and which event it begins like, and until when it holds."""

    account_start: bytes
    event_start: bytes
    minutes: int
    signature: bytes

    @property
    def until(self) -> datetime:
        """Give when the address ends."""
        return BEGINNING + self.minutes * MINUTE

    def is_signed(self, key: bytes, account_uid: str, event_uid: str) -> bool:
        """Whether the signature is ours, for this very account and event."""
        return hmac.compare_digest(self.signature, _signature(key, account_uid, event_uid, self.minutes))


def make_address(mailbox: str, key: bytes, account_uid: str, event_uid: str, until: datetime) -> str:
    """Give the address that says: this person, about this event, until then (whole minutes, cut)."""
    minutes = (until - BEGINNING) // MINUTE
    signature = _signature(key, account_uid, event_uid, minutes)
    token = b"".join((
        start_of(account_uid), start_of(event_uid), minutes.to_bytes(MINUTES_BYTES, "big"), signature,
    ))  # fmt: skip
    local, _, domain = mailbox.partition("@")
    return f"{local}+{b32encode(token).decode().lower()}@{domain}"


def read_address(mailbox: str, address: str) -> Claim | None:
    """Read what an address says; None when it is not one of `mailbox` with a token. Proves nothing."""
    local, _, domain = mailbox.lower().partition("@")
    begins, _, ends = address.strip().lower().rpartition("@")
    token = begins.removeprefix(f"{local}+")
    if ends != domain or token == begins or len(token) != TOKEN_LENGTH or not token.isascii():
        return None
    try:
        read = b32decode(token.upper())
    except ValueError:
        return None
    account, event, rest = read[:START_BYTES], read[START_BYTES : 2 * START_BYTES], read[2 * START_BYTES :]
    return Claim(account, event, int.from_bytes(rest[:MINUTES_BYTES], "big"), rest[MINUTES_BYTES:])


def start_of(uid: str) -> bytes:
    """Give the start of a uid, as an address carries it."""
    return uuid.UUID(uid).bytes[:START_BYTES]


def written_start(start: bytes) -> str:
    """Give the start of a uid as its text begins (`018f…-….-….`), to find it by."""
    return str(uuid.UUID(bytes=start + bytes(16 - START_BYTES)))[:18]


def _signature(key: bytes, account_uid: str, event_uid: str, minutes: int) -> bytes:
    said = f"travaux mail address\n{account_uid}\n{event_uid}\n{minutes}".encode()
    return hmac.new(key, said, sha256).digest()[:SIGNATURE_BYTES]
