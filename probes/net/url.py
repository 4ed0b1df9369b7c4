"""Addresses of the web, as a check may name them and as a redirect may lead to."""

from __future__ import annotations

from typing import Final, NamedTuple
from urllib.parse import quote, urlsplit, urlunsplit

from probes.net.system import ascii_name, literal_family

PORTS: Final = {"http": 80, "https": 443}
MAX_LENGTH: Final = 2_000
SAFE: Final = "!#$%&'()*+,/:;=?@[]~"


class Target(NamedTuple):
    """Where an URL leads: itself in ASCII, and its parts; `host` has no brackets."""

    url: str
    scheme: str
    host: str
    port: int

    @property
    def origin(self) -> tuple[str, str, int]:
        """What credentials are bound to (RFC 6454)."""
        return self.scheme, self.host, self.port


def parse_url(text: str) -> Target:
    """Read an http or https URL; names become A-labels, other characters are escaped. Raise ValueError otherwise."""
    if len(text) > MAX_LENGTH or any(character.isspace() or not character.isprintable() for character in text):
        raise ValueError(f"found {text[:80]!r}, expected an URL without spaces, at most {MAX_LENGTH} characters")
    parts = urlsplit(text)
    if parts.scheme not in PORTS or not parts.hostname:
        raise ValueError(f"found {text!r}, expected an URL like 'https://www.example.net/'")
    if parts.username is not None:
        raise ValueError("the URL holds a user's name: write it as option user, and the password as a reference")
    port = parts.port or PORTS[parts.scheme]
    host = parts.hostname if literal_family(parts.hostname) else ascii_name(parts.hostname)
    shown = f"[{host}]" if ":" in host else host
    where = shown if parts.port is None else f"{shown}:{port}"
    path, query = quote(parts.path or "/", SAFE), quote(parts.query, SAFE)
    return Target(urlunsplit((parts.scheme, where, path, query, "")), parts.scheme, host, port)


def parse_target(text: str) -> tuple[str, int]:
    """Read `host:port` (`[::1]:80` for IPv6), the host as an A-label. Raise ValueError otherwise."""
    host, colon, port = text.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    host = host[1:-1] if bracketed else host
    if not colon or not port.isdecimal() or not 0 < int(port) < 65_536 or (":" in host) is not bracketed:  # noqa: PLR2004
        raise ValueError(f"found {text!r}, expected host:port, like 'www.example.net:443' or '[2001:db8::1]:443'")
    return (host if literal_family(host) else ascii_name(host)), int(port)
