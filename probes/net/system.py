"""What the machine itself knows about names: literal addresses, /etc/hosts, the name servers of /etc/resolv.conf."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, TypeVar

HOSTS: Final = Path("/etc/hosts")
RESOLV_CONF: Final = Path("/etc/resolv.conf")
LOOK_AGAIN_S: Final = 5.0
"""A file is looked at again, by its stamp, when it was last looked at so long ago."""
LOCALHOST: Final = ("127.0.0.1", "::1")
SERVER: Final = re.compile(
    r"(?:\[(?P<six>[^\[\]]+)\]|(?P<four>[^:\[\]]+))(?::(?P<port>[0-9]{1,5}))?|(?P<bare>[0-9A-Fa-f:.]+)"
)

T = TypeVar("T")


def ascii_name(name: str) -> str:
    """Give a host name as DNS and HTTP carry it: lower case, no last dot, A-labels (UTS 46). Raise ValueError."""
    import dns.exception
    import dns.name

    try:
        codec = None if name.isascii() else dns.name.IDNA_2008_UTS_46
        text = dns.name.from_text(name, idna_codec=codec).to_text(omit_final_dot=True).lower()
    except (dns.exception.DNSException, UnicodeError) as error:
        raise ValueError(f"{name!r} is not a host name: {error}") from error
    if text == "." or not all(character.isalnum() or character in "-._" for character in text):
        raise ValueError(f"{name!r} is not a host name: expected letters, digits, '-' and '.'")
    return text


def literal_family(text: str) -> int | None:
    """Give AF_INET or AF_INET6 when `text` is an address (an IPv6 one may name its zone, `fe80::1%eth0`), else None."""
    family = socket.AF_INET6 if ":" in text else socket.AF_INET
    try:
        socket.inet_pton(family, text.partition("%")[0])
    except (OSError, ValueError):
        return None
    return family


@dataclass(frozen=True, slots=True)
class Server:
    """A name server: a literal address, a port."""

    address: str
    port: int = 53

    @property
    def family(self) -> int:
        """AF_INET or AF_INET6."""
        return socket.AF_INET6 if ":" in self.address else socket.AF_INET

    def __str__(self) -> str:
        host = f"[{self.address}]" if ":" in self.address else self.address
        return host if self.port == 53 else f"{host}:{self.port}"  # noqa: PLR2004 - DNS


def parse_server(text: str) -> Server:
    """Read `192.0.2.1`, `192.0.2.1:5353`, `2001:db8::1` or `[2001:db8::1]:5353`. Raise ValueError otherwise."""
    match = SERVER.fullmatch(text.strip())
    host = "" if match is None else match["six"] or match["four"] or match["bare"]
    port = int(match["port"] or 53) if match is not None else 0
    if literal_family(host) is None or not 0 < port <= 65535:  # noqa: PLR2004 - ports
        raise ValueError(f"{text!r} is no name server: expected an address like 192.0.2.1 or [2001:db8::1]:53")
    return Server(host, port)


class WatchedFile(Generic[T]):
    """A parsed file, parsed again after it changed; the value of an empty one when it can't be read."""

    def __init__(self, path: Path, parse: Callable[[str], T], steady: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._parse = parse
        self._steady = steady
        self._stamp: tuple[int, int, int] | None = None
        self._look_at = -1.0
        self._value = parse("")

    def value(self) -> T:
        """Give the file's value, at most `LOOK_AGAIN_S` old."""
        now = self._steady()
        if now >= self._look_at:
            self._look_at = now + LOOK_AGAIN_S
            self._look()
        return self._value

    def _look(self) -> None:
        try:
            stat = self._path.stat()
            stamp = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
            if stamp != self._stamp:
                self._value = self._parse(self._path.read_text(encoding="utf-8", errors="replace"))
                self._stamp = stamp
        except OSError:
            self._value = self._parse("")
            self._stamp = None


def parse_hosts(text: str) -> dict[str, tuple[str, ...]]:
    """Read hosts(5): each name, in lower case, with its addresses in the order of the file."""
    found: dict[str, tuple[str, ...]] = {}
    for line in text.splitlines():
        address, *names = line.partition("#")[0].split() or [""]
        if literal_family(address) is not None:
            for name in names:
                key = name.lower().rstrip(".")
                found[key] = (*found.get(key, ()), address)
    return found


def parse_resolv_conf(text: str) -> tuple[Server, ...]:
    """Read the name servers of resolv.conf(5), in order. Search lists are not for us: our names are whole."""
    words = (line.split() for line in text.splitlines())
    addresses = (line[1] for line in words if len(line) > 1 and line[0] == "nameserver")
    return tuple(Server(address) for address in addresses if literal_family(address) is not None)


class Hosts:
    """/etc/hosts, and the names that always mean this machine (RFC 6761 §6.3)."""

    def __init__(self, path: Path = HOSTS) -> None:
        self._file = WatchedFile(path, parse_hosts)

    def look_up(self, name: str) -> tuple[str, ...]:
        """Give every address of a lower-case name, () when unknown here."""
        found = self._file.value().get(name, ())
        if not found and (name == "localhost" or name.endswith(".localhost")):
            return LOCALHOST
        return found
