"""Where a publication is pushed to: what every target can do, and which one an address means.

    /srv/www/status, ./folder             a directory
    rsync://host/module/path              an rsync daemon
    user@host:path                        rsync over SSH
    s3://bucket/prefix                    anything that speaks S3 (with its endpoint)
    https://host/path                     plain HTTP: GET, PUT, DELETE

Each in a module of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from probes.types import Secret
from status.config.mirrors import kind_of

TIMEOUT_S: Final = 30.0


class PushFailed(Exception):
    """The target refused, is away or too slow. Says what was found; holds no secret."""


class Target(Protocol):
    """A place that holds a copy. Files are named by relative paths with `/`. Every method raises PushFailed."""

    def read(self, file: str) -> bytes | None:
        """Give a file; None when it is not there."""

    def read_many(self, files: Collection[str]) -> dict[str, bytes]:
        """Give those of some files that are there, as fast as the target can."""

    def write(self, files: Mapping[str, bytes]) -> None:
        """Write some files, each whole or not at all; all are there when it returns."""

    def remove(self, files: Collection[str]) -> None:
        """Remove files; one that is gone already is fine."""


@dataclass(frozen=True, slots=True)
class Address:
    """An address with what it takes to write there; `secret` is a reference. Fields that it doesn't need are empty."""

    to: str
    endpoint: str = ""
    region: str = ""
    user: str = ""
    secret: Secret | None = None
    ssh_key: str = ""
    ca_file: str = ""
    timeout_s: float = TIMEOUT_S


def target_of(address: Address, base: Path) -> Target:
    """Make the target of an address; a relative folder stands against `base`. Connects to nothing.

    Raise PushFailed when a secret is missing, ValueError when the address means nothing.
    """
    from status.publication.push_directory import Directory
    from status.publication.push_http import HTTPPut
    from status.publication.push_rsync import Rsync
    from status.publication.push_s3 import S3

    kind = kind_of(address.to)
    if kind == "directory":
        return Directory((base / address.to).resolve())
    secret = secret_of(address)
    if kind in {"rsync", "ssh"}:
        return Rsync(address, secret)
    return S3(address, secret) if kind == "s3" else HTTPPut(address, secret)


def secret_of(address: Address) -> str:
    """Give the secret itself; empty when there is none. Raise PushFailed naming the reference that leads nowhere."""
    try:
        return address.secret.resolve() if address.secret is not None else ""
    except LookupError as error:
        raise PushFailed(str(error)) from error
