"""A self-test reference as the check it is run as: `kind` and `target` become the kind's own options."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from probes.registry import kinds
from probes.types import Check
from status.config.addresses import is_address, is_host, split_resolver, split_target
from status.config.model import Reference

REFERENCE_KINDS: Final = ("dns", "tcp", "http", "ping")
"""Kinds that can be references; one of them is accepted only where the kind exists."""

PINGS: Final = 3
"""Echo requests of a `ping` reference: one lost on the way is no sign that our own line is bad."""


def reference_check(reference: Reference, id: int, interval_s: float = 15.0) -> Check:  # noqa: A002 - Check's own word
    """Give the check that runs a reference. Raise ValueError when the target does not suit the kind."""
    options = kinds()[reference.kind].options.model_validate(reference_options(reference))
    name = f"self-test/{reference.kind}/{reference.target}"
    return Check(id, name, reference.kind, interval_s, reference.timeout_s, options)


def reference_options(reference: Reference) -> dict[str, Any]:
    """Give the options of a reference's kind. Raise ValueError when the target is not written as that kind wants it."""
    if reference.kind == "http":
        return {"url": _url(reference.target)}
    if reference.kind == "tcp":
        split_target(reference.target)
        return {"target": reference.target}
    if reference.kind == "dns":
        return _question(reference.target)
    if not is_host(reference.target):
        raise ValueError(f"expected a host's name or address, found {reference.target!r}")
    return {"target": reference.target, "count": PINGS}


def _url(target: str) -> str:
    parts = urlsplit(target)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"expected an address like 'https://www.example.net/', found {target!r}")
    return target


def _question(target: str) -> dict[str, Any]:
    name, at, server = target.partition("@")
    if not at or not is_host(name) or is_address(name):
        raise ValueError(f"expected 'name@server' (like 'example.net@192.0.2.53'), found {target!r}")
    split_resolver(server)
    return {"name": name, "server": server}
