"""Where the demonstration's certificates and secrets lie; what is missing or ends soon is made anew."""

from __future__ import annotations

import os
import secrets
import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

RENEW_BEFORE: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Keys:
    """Files that the servers and the checks read."""

    authority: Path
    certificate: Path
    key: Path
    radius_secret: Path
    radius_password: Path


def prepare(data: Path, now: datetime) -> Keys:
    """Make what is missing below `data`, renew certificates with less than 7 days left, and give all paths.

    Needs none of the extra libraries. Called before anything probes, it saves the first checks from a missing file.
    """
    keys = Keys(
        authority=data / "pki" / "ca.pem",
        certificate=data / "pki" / "leaf.pem",
        key=data / "pki" / "leaf.key",
        radius_secret=data / "secrets" / "radius-secret",
        radius_password=data / "secrets" / "radius-password",
    )
    data.mkdir(parents=True, exist_ok=True)
    for folder in (keys.authority.parent, keys.radius_secret.parent):
        folder.mkdir(mode=0o700, exist_ok=True)
    for secret in (keys.radius_secret, keys.radius_password):
        if not secret.exists():
            _write(secret, secrets.token_urlsafe(24).encode() + b"\n")
    if not _usable(keys, now):
        _renew(keys, now)
    return keys


def _usable(keys: Keys, now: datetime) -> bool:
    """Whether the certificates are there, belong together and live for 7 days more.

    The standard library reads the authority's dates only; both certificates are made with the same ones, and the
    authority's file is written last. (`cryptography` costs 8 MB and 80 ms, needed once a year.)
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_verify_locations(keys.authority)
        context.load_cert_chain(keys.certificate, keys.key)
    except OSError:  # missing, unreadable, no certificate, another one's key (ssl.SSLError is an OSError)
        return False
    (authority,) = context.get_ca_certs()
    begins = ssl.cert_time_to_seconds(str(authority["notBefore"]))
    ends = ssl.cert_time_to_seconds(str(authority["notAfter"]))
    return begins <= now.timestamp() < ends - RENEW_BEFORE.total_seconds()


def _renew(keys: Keys, now: datetime) -> None:
    from status.demo.certificates import make

    made = make(now)
    keys.authority.unlink(missing_ok=True)
    _write(keys.key, made.key)
    _write(keys.certificate, made.certificate)
    _write(keys.authority, made.authority)


def _write(path: Path, content: bytes) -> None:
    """Put a file in place whole, readable by this user alone."""
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    beside.replace(path)
