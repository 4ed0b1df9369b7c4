"""`host:port` as written in config.toml: split, checked, never resolved."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from status.config.model import Settings

MAX_PORT: Final = 65_535

_SPLIT: Final = re.compile(r"(?:\[(?P<v6>[^\[\]]+)\]|(?P<host>[^:\[\]\s]+)):(?P<port>[0-9]{1,5})")
_HOST_NAME: Final = re.compile(r"(?=.{1,253}\.?$)(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?\.?)+")


def split_target(text: str) -> tuple[str, int]:
    """Split `host:port` (`[::1]:80` for IPv6; port 1-65535). Raise ValueError saying what was expected."""
    host, port = _split(text)
    if port == 0:
        raise ValueError("expected a port from 1 to 65535, found 0")
    return host, port


def split_listen(text: str) -> tuple[str, int]:
    """Split where to listen: an address or `localhost`, and a port (0: any free one). Raise ValueError."""
    host, port = _split(text)
    if host == "localhost":
        return "127.0.0.1", port
    if not is_address(host):
        raise ValueError(f"expected an address of this machine, found {host!r} (0.0.0.0 and [::] are all of them)")
    return host, port


def split_resolver(text: str) -> tuple[str, int]:
    """Split a name server: an address, with a port unless it is 53. Raise ValueError."""
    if is_address(text):
        return text, 53
    host, port = split_target(text)
    if not is_address(host):
        raise ValueError(f"expected the address of a name server, found the name {host!r}")
    return host, port


def listen_of(settings: Settings) -> tuple[str, int]:
    """Give the address and the port the web process listens on."""
    return split_listen(settings.server.listen)


def is_address(text: str) -> bool:
    """Whether `text` is an IPv4 or IPv6 address."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Whether `host` can only be this machine."""
    return host == "localhost" or (is_address(host) and ip_address(host).is_loopback)


def is_host(text: str) -> bool:
    """Whether `text` is an address or could be a host's name."""
    return is_address(text) or _HOST_NAME.fullmatch(text) is not None


def _split(text: str) -> tuple[str, int]:
    found = _SPLIT.fullmatch(text)
    if found is None:
        if text.count(":") > 1 and "[" not in text:
            raise ValueError(f"expected '[address]:port', an IPv6 address in brackets, found {text!r}")
        raise ValueError(f"expected 'host:port', found {text!r}")
    host, port = found["v6"] or found["host"], int(found["port"])
    if found["v6"] and not is_address(host):
        raise ValueError(f"expected an IPv6 address in the brackets, found {host!r}")
    if not is_host(host):
        raise ValueError(f"expected a host's name or address, found {host!r}")
    if port > MAX_PORT:
        raise ValueError(f"expected a port from 1 to 65535, found {port}")
    return host, port
