"""Rules of `[[mirror]]`, and which kind of target an address means."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from status.config.addresses import is_loopback
from status.config.checks import check_secret_file
from status.config.findings import Findings
from status.config.lines import KeyPath
from status.config.model import Mirror

MOST: Final = 20
"""Each mirror has a thread of its own."""

EXPECTED: Final = "expected a folder, rsync://host/module, user@host:path, s3://bucket/prefix or https://host/path"

_REMOTE: Final = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9._-]*@)?[A-Za-z0-9][A-Za-z0-9.-]*:[^:].*")


def kind_of(to: str) -> str:
    """Give which kind of target an address means: directory, rsync, ssh, s3 or http. Raise ValueError for none.

    The message never repeats the address: a password may stand in it.
    """
    if "://" not in to:
        if not to.strip() or to.startswith("-") or not to.isprintable():
            raise ValueError(EXPECTED)
        return "ssh" if not to.startswith(("/", ".")) and _REMOTE.fullmatch(to) else "directory"
    parts = urlsplit(to)
    if parts.scheme not in {"http", "https", "s3", "rsync"} or not parts.hostname:
        raise ValueError(EXPECTED)
    if parts.password is not None:
        raise ValueError("found a password in it, expected none: set secret")
    if parts.query or parts.fragment:
        raise ValueError("found a query or a fragment in it, expected neither")
    return parts.scheme.replace("https", "http")


def check_mirrors(mirrors: Sequence[tuple[int, Mirror]], findings: Findings) -> None:
    """Note names used twice, addresses that mean nothing, and what a kind of target lacks."""
    seen: set[str] = set()
    for index, mirror in mirrors:
        path: KeyPath = ("mirror", index)
        if index >= MOST:
            findings.add((*path, "name"), f"expected at most {MOST} mirrors")
        if mirror.name in seen:
            findings.add((*path, "name"), f"found {mirror.name!r} twice")
        seen.add(mirror.name)
        _check_mirror(mirror, path, findings)


def _check_mirror(mirror: Mirror, path: KeyPath, findings: Findings) -> None:
    try:
        kind = kind_of(mirror.to)
    except ValueError as error:
        findings.add((*path, "to"), str(error))
        return
    if kind == "s3" and not (mirror.endpoint and mirror.user and mirror.secret is not None):
        findings.add((*path, "to"), "an s3:// target needs endpoint, user (the access key's id) and secret")
    asked = mirror.endpoint if kind == "s3" else mirror.to
    if mirror.secret is not None:
        check_secret_file(mirror.secret, (*path, "secret"), findings)
        if asked.startswith("http://") and not is_loopback(urlsplit(asked).hostname or ""):
            name = "endpoint" if kind == "s3" else "to"
            findings.add((*path, name), "found http:// with a secret, expected https://: it would cross unprotected")
    for name, schemes in (("endpoint", ("http://", "https://")), ("url", ("http://", "https://"))):
        value = getattr(mirror, name)
        if value and not (value.startswith(schemes) and urlsplit(value).hostname):
            findings.add((*path, name), f"found {value!r}, expected one like 'https://copy.example.org'")
    for name in ("ssh_key", "ca_file"):
        value = getattr(mirror, name)
        if value and not Path(value).is_absolute():
            findings.add((*path, name), f"found {value!r}, expected an absolute path (/etc/…)")
