"""The token of a subscriber's own links: his subscription's uid, signed. Sans-IO.

    base64url( uid, 16 bytes; HMAC-SHA256 over it, its first 12 bytes ) = 38 characters

Whoever holds it may read and change that one subscription, as whoever reads its mails may.
"""

from __future__ import annotations

import binascii
import hmac
import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import Final

UID_BYTES: Final = 16
SIGNATURE_BYTES: Final = 12
LENGTH: Final = 38


def make_token(key: bytes, uid: str) -> str:
    """Give the token of a subscription."""
    bare = uuid.UUID(uid).bytes
    return urlsafe_b64encode(bare + _signature(key, bare)).decode().rstrip("=")


def read_token(key: bytes, token: str) -> str | None:
    """Give the uid of the subscription a token is of; None when it is not ours."""
    if len(token) != LENGTH or not token.isascii():
        return None
    try:
        read = urlsafe_b64decode(token + "==")
    except (ValueError, binascii.Error):
        return None
    bare, signature = read[:UID_BYTES], read[UID_BYTES:]
    if not hmac.compare_digest(signature, _signature(key, bare)):
        return None
    return str(uuid.UUID(bytes=bare))


def _signature(key: bytes, bare: bytes) -> bytes:
    return hmac.new(key, b"travaux subscriber\n" + bare, sha256).digest()[:SIGNATURE_BYTES]
