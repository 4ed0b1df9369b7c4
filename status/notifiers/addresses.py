"""Where a web-hook may stand: at public addresses, and in the networks the operator names. Looked up once, then kept.

    URL ─▶ form ─▶ every address its name has ─▶ all of them public? ─▶ the one to connect to

The connection goes to that very address, so that a name which changes its mind in between (DNS rebinding) reaches
nothing else. An address within another (mapped, 6to4, NAT64, Teredo) is judged by the one inside as well.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

from status.domain.refused import Refused
from status.notifiers.types import NotSent

LONGEST: Final = 1_000
NAT64: Final = ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Target:
    """A web-hook's address in parts; `path` holds the query too."""

    scheme: str
    host: str
    port: int
    path: str


def read_url(text: str) -> Target:
    """Read an address. Raise Refused when it can't be one, holds a user or password, or is not https."""
    url = text.strip()
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Refused("address", f"found {text[:80]!r}, expected an address like 'https://example.net/hook'") from error
    host = (parts.hostname or "").rstrip(".")
    if len(url) > LONGEST or parts.scheme not in {"https", "http"} or not host or not url.isprintable() or " " in url:
        raise Refused("address", f"found {text[:80]!r}, expected an address like 'https://example.net/hook'")
    if parts.username is not None or parts.password is not None:
        raise Refused("address", "found a user or a password in the address: sign with the secret instead")
    path = parts.path or "/"
    return Target(
        parts.scheme,
        host,
        port or (443 if parts.scheme == "https" else 80),
        f"{path}?{parts.query}" if parts.query else path,
    )


def resolve(target: Target, networks: Sequence[str]) -> str:
    """Give the address to connect to. Raise NotSent when the name has none, or one we don't connect to.

    Plain http is for named networks only.
    """
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotSent("the name of the web-hook is not known") from error
    addresses = list(dict.fromkeys(str(each[4][0]).partition("%")[0] for each in found))
    allowed = [ip_network(network) for network in networks]
    for text in addresses:
        own = ip_address(text)
        is_named = any(own in network for network in allowed)
        if not is_named and (target.scheme != "https" or not is_public(own)):
            raise NotSent("the web-hook does not stand at a public address, or is not https")
    return addresses[0]


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether anybody may be asked to connect there."""
    return all(each.is_global and not each.is_multicast for each in _within(address))


def _within(address: IPv4Address | IPv6Address) -> Iterator[IPv4Address | IPv6Address]:
    yield address
    if isinstance(address, IPv6Address):
        embedded = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        yield from (each for each in embedded if each is not None)
        if address in NAT64:
            yield IPv4Address(int(address) & 0xFFFFFFFF)
