"""ICMP echo of IPv4 (RFC 792) and of IPv6 (RFC 4443 §4): bytes <-> values. No sockets, no IPv6 pseudo-header."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

HEADER: Final = struct.Struct("!BBHHH")
"""Type, code, checksum, identifier, sequence number."""

IDENTIFIER_AT: Final = 4
"""Where in a message its identifier stands."""

IPV4_LEAST_BYTES: Final = 20


@dataclass(frozen=True, slots=True)
class Version:
    """What differs between the two: the types of an echo, and the errors that mean that a packet got lost.

    `errors` maps a type to its name and the names of its codes. A checksum of IPv6 covers a pseudo-header: whoever
    has the addresses (the kernel, RFC 3542 §3.1) computes and verifies it.
    """

    request: int
    reply: int
    own_checksum: bool
    errors: Mapping[int, tuple[str, Mapping[int, str]]]


V4: Final = Version(
    request=8,
    reply=0,
    own_checksum=True,
    errors={
        # RFC 792, RFC 1122 §3.2.2.1, RFC 1812 §5.2.7.1.
        3: (
            "destination unreachable",
            {
                0: "network unreachable",
                1: "host unreachable",
                2: "protocol unreachable",
                3: "port unreachable",
                4: "fragmentation needed",
                5: "source route failed",
                6: "network unknown",
                7: "host unknown",
                9: "network prohibited",
                10: "host prohibited",
                11: "network unreachable for this type of service",
                12: "host unreachable for this type of service",
                13: "communication prohibited",
            },
        ),
        11: ("time exceeded", {0: "time to live exceeded in transit", 1: "reassembly took too long"}),
        12: ("parameter problem", {}),
    },
)
V6: Final = Version(
    request=128,
    reply=129,
    own_checksum=False,
    errors={
        # RFC 4443 §3.
        1: (
            "destination unreachable",
            {
                0: "no route to destination",
                1: "communication prohibited",
                2: "beyond the scope of the source address",
                3: "address unreachable",
                4: "port unreachable",
                5: "source address failed policy",
                6: "reject route",
            },
        ),
        2: ("packet too big", {}),
        3: ("time exceeded", {0: "hop limit exceeded in transit", 1: "reassembly took too long"}),
        4: ("parameter problem", {}),
    },
)


@dataclass(frozen=True, slots=True)
class Echo:
    """A request or a reply; identifier and sequence are 0…65535. A reply repeats all three of its request."""

    identifier: int
    sequence: int
    payload: bytes


def checksum(data: bytes) -> int:
    """Give the Internet checksum (RFC 1071), 0…65535; over a message that holds its own checksum it is 0."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xFFFF:  # noqa: PLR2004 - 16 bits
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def pack_request(version: Version, echo: Echo) -> bytes:
    """Write an echo request; over IPv6 its checksum is left 0."""
    return _pack(version, version.request, echo)


def pack_reply(version: Version, echo: Echo) -> bytes:
    """Write an echo reply; over IPv6 its checksum is left 0."""
    return _pack(version, version.reply, echo)


def read_reply(version: Version, message: bytes) -> Echo | None:
    """Read an echo reply; None for anything else, a wrong checksum (IPv4) included."""
    if version.own_checksum and checksum(message):
        return None
    return _read(version.reply, message)


def read_request(version: Version, message: bytes) -> Echo | None:
    """Read an echo request, whole or as an error message quotes its beginning; its checksum isn't looked at."""
    return _read(version.request, message)


def strip_ipv4(packet: bytes) -> bytes:
    """Give what an IPv4 packet carries (RFC 791 §3.1), b"" when it is none or is cut."""
    if len(packet) < IPV4_LEAST_BYTES or packet[0] >> 4 != 4:  # noqa: PLR2004 - the version
        return b""
    header_bytes = (packet[0] & 0x0F) * 4
    return packet[header_bytes:] if header_bytes >= IPV4_LEAST_BYTES else b""


def lost_by(version: Version, kind: int, code: int) -> str | None:
    """Name an error message that means that a packet got lost; None for one that doesn't (redirect, source quench)."""
    error = version.errors.get(kind)
    if error is None:
        return None
    name, codes = error
    return codes.get(code, f"{name} (code {code})" if code else name)


def _pack(version: Version, kind: int, echo: Echo) -> bytes:
    blank = HEADER.pack(kind, 0, 0, echo.identifier, echo.sequence) + echo.payload
    if not version.own_checksum:
        return blank
    return HEADER.pack(kind, 0, checksum(blank), echo.identifier, echo.sequence) + echo.payload


def _read(kind: int, message: bytes) -> Echo | None:
    if len(message) < HEADER.size:
        return None
    found, code, _, identifier, sequence = HEADER.unpack_from(message)
    return Echo(identifier, sequence, message[HEADER.size :]) if (found, code) == (kind, 0) else None
