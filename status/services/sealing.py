"""What must be read again but by nobody else: sealed with the installation's key, a file beside the data."""

from __future__ import annotations

import os
import secrets
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography.fernet import Fernet, InvalidToken

from status.domain.refused import Refused

KEY_FILE: Final = "secret.key"


def make_key(data: Path) -> None:
    """Make the key unless there is one: 0600, whole or not at all, also when two processes start at once."""
    path = data / KEY_FILE
    if path.exists():
        return
    fresh = data / f".{KEY_FILE}.{secrets.token_hex(8)}"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(Fernet.generate_key())
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(fresh, path)
        except FileExistsError:
            return
    finally:
        fresh.unlink(missing_ok=True)


def seal(data: Path, text: str, now: datetime) -> str:
    """Seal a text. The time is kept with it, for `opened` with a lifetime."""
    return _key(data).encrypt_at_time(text.encode(), int(now.timestamp())).decode()


def opened(data: Path, sealed: str, now: datetime | None = None, lifetime: timedelta | None = None) -> str:
    """Open what was sealed. Raise Refused when it is not of this key, or older than its lifetime."""
    try:
        if now is not None and lifetime is not None:
            seconds, at = int(lifetime.total_seconds()), int(now.timestamp())
            return _key(data).decrypt_at_time(sealed.encode(), ttl=seconds, current_time=at).decode()
        return _key(data).decrypt(sealed.encode()).decode()
    except (InvalidToken, UnicodeError) as error:
        raise Refused("sealed", f"sealed with another key than {data / KEY_FILE}, or too long ago") from error


def _key(data: Path) -> Fernet:
    make_key(data)
    try:
        return Fernet((data / KEY_FILE).read_bytes().strip())
    except (OSError, ValueError) as error:
        raise Refused("key", f"{data / KEY_FILE} can't be read: restore it, or reset the accounts") from error
