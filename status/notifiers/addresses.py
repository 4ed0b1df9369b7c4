"""Where a web-hook may stand: at public addresses, and in the networks the operator names. Looked up once, then kept.

    URL ─▶ form ─▶ every address its name has ─▶ all of them public? ─▶ the one to connect to

The connection goes to that very address, so that a name which changes its mind in between (DNS rebinding) reaches
nothing else. An address within another (mapped, 6to4, NAT64, Teredo, ISATAP) is judged by the one inside as well.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import quote, urlsplit

from probes.net.system import ascii_name, literal_family
from status.domain.refused import Refused
from status.notifiers.types import NotSent

LONGEST: Final = 1_000
HTTP, HTTPS, UNPRIVILEGED = 80, 443, 1_024
NAT64: Final = ip_network("64:ff9b::/96")
UNICAST: Final = ip_network("2000::/3")
"""All of IPv6 that is given to networks to be reached by anybody (IANA); NAT64's prefix stands for IPv4."""

ISATAP: Final = (0x00005EFE, 0x02005EFE)
"""The upper half of an interface identifier that ends with an IPv4 address (RFC 5214 §6.1)."""

EXPECTED: Final = "expected an address like 'https://example.net/hook'"
UNWRITABLE: Final = frozenset(' \\"<>')
_NUMBER: Final = re.compile(r"(?:.*\.)?(?:[0-9]+|0[xX][0-9a-fA-F]*)")


@dataclass(frozen=True, slots=True)
class Target:
    """An address in parts, all of them ASCII. `host` is a name or a literal address; `path` holds the query too."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def url(self) -> str:
        """Give it as one text again; the host as it is checked in certificates."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        is_usual = self.port == {"https": HTTPS, "http": HTTP}[self.scheme]
        return f"{self.scheme}://{host}{'' if is_usual else f':{self.port}'}{self.path}"


def read_url(text: str, networks: Sequence[str] = ()) -> Target:
    """Read an address. Raise Refused when it can't be one, holds a user or password, or stands where nobody may ask.

    A literal address is judged here; what a name leads to, when something is sent there.
    """
    target = parts_of(text)
    if target.port not in {HTTP, HTTPS} and target.port < UNPRIVILEGED:
        raise Refused("port", f"found port {target.port}, expected {HTTPS}, or one from {UNPRIVILEGED} on")
    if literal_family(target.host) is not None and not _may_be_asked(target, target.host, networks):
        raise Refused("address", f"found {text[:80]!r}, {EXPECTED}, public and https")
    return target


def parts_of(text: str, longest: int | None = LONGEST) -> Target:
    """Take an address apart, wherever it leads: for those the operator gives. Raise Refused when it can't be one."""
    url = text.strip()
    try:
        parts = urlsplit(url)
        port = parts.port
        host = _host(parts.hostname or "")
    except ValueError as error:
        raise Refused("address", f"found {text[:80]!r}, {EXPECTED}") from error
    is_too_long = longest is not None and len(url) > longest
    if is_too_long or parts.scheme not in {"https", "http"} or not url.isprintable() or set(url) & UNWRITABLE:
        raise Refused("address", f"found {text[:80]!r}, {EXPECTED}")
    if parts.username is not None or parts.password is not None:
        raise Refused("address", "found a user or a password in the address: sign with the secret instead")
    path = quote(f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}", safe="/?%:@!$&'()*+,;=-._~[]|")
    return Target(parts.scheme, host, {"https": HTTPS, "http": HTTP}[parts.scheme] if port is None else port, path)


def _host(name: str) -> str:
    """Give a host as it is looked up: a name in A-labels, or an address as it is written; 2130706433 is 127.0.0.1."""
    if ":" in name:
        return str(IPv6Address(name)) if "%" not in name else _refuse(name)
    host = ascii_name(name)
    if _NUMBER.fullmatch(host) is None:
        return host
    try:
        return str(IPv4Address(socket.inet_aton(host)))
    except OSError:
        return _refuse(name)


def _refuse(name: str) -> str:
    raise ValueError(f"{name!r} is no host")


def chosen(target: Target, addresses: Sequence[str], networks: Sequence[str]) -> str:
    """Give the address to connect to, of those a name has. Raise NotSent when any of them is one nobody may ask.

    Plain http is for named networks only.
    """
    for text in addresses:
        if not _may_be_asked(target, text, networks):
            raise NotSent("it does not stand at a public address, or is not https", for_good=True)
    return addresses[0]


def _may_be_asked(target: Target, text: str, networks: Sequence[str]) -> bool:
    address = ip_address(text.partition("%")[0])
    if any(address in ip_network(network) for network in networks):
        return True
    return target.scheme == "https" and is_public(address)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether anybody may be asked to connect there."""
    return all(_is_for_all(each) for each in _within(address))


def _is_for_all(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address) and address not in UNICAST and address not in NAT64:
        return False
    return (address in NAT64 or address.is_global) and not address.is_multicast


def _within(address: IPv4Address | IPv6Address) -> Iterator[IPv4Address | IPv6Address]:
    yield address
    if isinstance(address, IPv6Address):
        embedded = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        yield from (each for each in embedded if each is not None)
        if address in NAT64 or (int(address) >> 32) & 0xFFFFFFFF in ISATAP:
            yield IPv4Address(int(address) & 0xFFFFFFFF)
