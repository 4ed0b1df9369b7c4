"""A socket for ICMP echo: unprivileged where the kernel allows it, raw where we may, with the errors of the way."""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Self

from probes.types import CannotProbe
from probes.wire import icmp

DATAGRAM_BYTES: Final = 65_535
QUOTED_BYTES: Final = 576
MOST_AT_ONCE: Final = 256
"""Messages read in one go, so that a flood of them can't hold the loop."""

# Of linux/in.h, linux/in6.h, asm/socket.h, linux/errqueue.h and linux/filter.h: Python names none of them.
IP_RECVERR: Final = 11
IPV6_RECVERR: Final = 25
SO_ATTACH_FILTER: Final = 26
EXTENDED_ERROR: Final = struct.Struct("=IBBBBII")
"""struct sock_extended_err: errno, origin, type, code, padding, info, data; the offender's sockaddr follows."""
FROM_ICMP: Final = (2, 3)
"""SO_EE_ORIGIN_ICMP and SO_EE_ORIGIN_ICMP6: told by a router or by our own kernel's look for the neighbour."""

# Of linux/bpf_common.h: what a packet filter does with its accumulator and its index.
LOAD_BYTE: Final = 0x50  # BPF_LD | BPF_B | BPF_IND
LOAD_TWO_BYTES: Final = 0x48  # BPF_LD | BPF_H | BPF_IND
LOAD_IPV4_HEADER_SIZE: Final = 0xB1  # BPF_LDX | BPF_B | BPF_MSH
LOAD_ZERO_INDEX: Final = 0x01  # BPF_LDX | BPF_W | BPF_IMM
JUMP_IF_EQUAL: Final = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
RETURN: Final = 0x06  # BPF_RET | BPF_K
FILTER_STEP: Final = struct.Struct("=HBBI")

REFUSED: Final = (errno.EACCES, errno.EPERM, errno.EPROTONOSUPPORT)
ADVICE: Final = (
    "let every group ping with `sysctl -w net.ipv4.ping_group_range='0 2147483647'` (it holds for IPv6 too), "
    "or give the process CAP_NET_RAW"
)
"""What to do when no such socket may be opened."""


@dataclass(frozen=True, slots=True)
class Lost:
    """An error message about one of our requests: what it says, who sent it ("" when not told)."""

    sequence: int
    what: str
    offender: str


class EchoSocket:
    """Sends echo requests to one literal address and reads what comes back for them.

    Raise CannotProbe("no_permission") when no such socket may be opened, OSError when there is no way to the address.
    """

    def __init__(self, address: str) -> None:
        self._six = ":" in address
        self._version = icmp.V6 if self._six else icmp.V4
        self._socket, self._raw = _open(self._six)
        self.identifier = int.from_bytes(os.urandom(2), "big")
        try:
            level, name = (socket.IPPROTO_IPV6, IPV6_RECVERR) if self._six else (socket.IPPROTO_IP, IP_RECVERR)
            self._socket.setsockopt(level, name, 1)
            if self._raw:
                self._hear_own_replies_only()
            self._socket.connect((address, 0))
            if not self._raw:  # the kernel chooses the identifier, and shows it as the port
                self.identifier = self._socket.getsockname()[1]
        except BaseException:
            self._socket.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def fileno(self) -> int:
        """Give the descriptor; it is readable, or has an error, when `receive` has something to give."""
        return self._socket.fileno()

    def send(self, sequence: int, payload: bytes) -> None:
        """Send one request. Raise OSError; BlockingIOError when the socket is still full of earlier ones."""
        # An error message about an earlier request would be raised here; `receive` finds it in its queue.
        self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        self._socket.send(icmp.pack_request(self._version, icmp.Echo(self.identifier, sequence, payload)))

    def receive(self) -> list[icmp.Echo | Lost]:
        """Give the replies and errors that have come for this socket's identifier; never waits."""
        came: list[icmp.Echo | Lost] = []
        with suppress(OSError):
            for _ in range(MOST_AT_ONCE):
                came += self._next_error()
        self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        with suppress(OSError):
            for _ in range(MOST_AT_ONCE):
                came += self._next_reply()
        return came

    def _next_reply(self) -> tuple[icmp.Echo, ...]:
        packet = self._socket.recv(DATAGRAM_BYTES)
        message = icmp.strip_ipv4(packet) if self._raw and not self._six else packet
        echo = icmp.read_reply(self._version, message)
        return (echo,) if echo is not None and echo.identifier == self.identifier else ()

    def _next_error(self) -> tuple[Lost, ...]:
        quoted, ancillary, _, _ = self._socket.recvmsg(QUOTED_BYTES, 512, socket.MSG_ERRQUEUE)
        echo = icmp.read_request(self._version, quoted)
        if echo is None or echo.identifier != self.identifier:
            return ()
        for _level, _type, data in ancillary:
            if len(data) >= EXTENDED_ERROR.size:
                _, origin, kind, code, *_rest = EXTENDED_ERROR.unpack_from(data)
                what = icmp.lost_by(self._version, kind, code) if origin in FROM_ICMP else None
                if what is not None:
                    return (Lost(echo.sequence, what, _offender(data[EXTENDED_ERROR.size :])),)
        return ()

    def _hear_own_replies_only(self) -> None:
        """Let the kernel drop what else a raw socket hears: all ICMP of the peer, for every check of this machine."""
        reply, at = self._version.reply, icmp.IDENTIFIER_AT
        begin = [(LOAD_ZERO_INDEX, 0, 0, 0)] if self._six else [(LOAD_IPV4_HEADER_SIZE, 0, 0, 0)]
        program = [
            *begin,
            (LOAD_BYTE, 0, 0, 0),
            (JUMP_IF_EQUAL, 0, 3, reply),
            (LOAD_TWO_BYTES, 0, 0, at),
            (JUMP_IF_EQUAL, 0, 1, self.identifier),
            (RETURN, 0, 0, 0xFFFF_FFFF),
            (RETURN, 0, 0, 0),
        ]
        code = ctypes.create_string_buffer(b"".join(FILTER_STEP.pack(*step) for step in program))
        head = struct.pack("HP", len(program), ctypes.addressof(code))
        self._socket.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, head)


def _open(six: bool) -> tuple[socket.socket, bool]:  # noqa: FBT001 - which of two families
    """Give a socket, and whether it is raw."""
    family, protocol = socket.AF_INET, socket.IPPROTO_ICMP
    if six:
        family, protocol = socket.AF_INET6, socket.IPPROTO_ICMPV6
    for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            return socket.socket(family, kind | socket.SOCK_NONBLOCK, protocol), kind is socket.SOCK_RAW
        except OSError as error:
            if error.errno not in REFUSED:
                raise
    raise CannotProbe("no_permission", f"this user may open neither a ping socket nor a raw one: {ADVICE}")


def _offender(address: bytes) -> str:
    """Read the sockaddr_in or sockaddr_in6 of who sent the error."""
    family = int.from_bytes(address[:2], "little" if struct.pack("=H", 1)[0] else "big")
    if family == socket.AF_INET and len(address) >= 8:  # noqa: PLR2004 - its size
        return socket.inet_ntop(socket.AF_INET, address[4:8])
    if family == socket.AF_INET6 and len(address) >= 24:  # noqa: PLR2004 - its size
        return socket.inet_ntop(socket.AF_INET6, address[8:24])
    return ""
