"""Whether a request never left this machine."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from flask import request

CARRIED: Final = ("X-Forwarded-For", "Forwarded")


def is_loopback_request() -> bool:
    """Whether it came from a loopback address and asked for a loopback host: a proxy beside us asks for another.

    One that says by a header that it carries somebody else's request is not believed to be this machine either.
    """
    if any(name in request.headers for name in CARRIED):
        return False
    return _is_loopback(request.remote_addr or "") and _is_loopback(urlsplit(f"//{request.host}").hostname or "")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
