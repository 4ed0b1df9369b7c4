"""A network of its own with a far end that answers pings as it is told. Needs root and /dev/net/tun."""

from __future__ import annotations

import ctypes
import fcntl
import os
import select
import socket
import struct
import subprocess
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self, TypeVar

from probes.wire import icmp

T = TypeVar("T")

Answers = Iterable[icmp.Echo | tuple[int, int]]
"""What the far end sends back: replies, and error messages (type, code) about the request."""

FAR = {4: "10.9.0.2", 6: "fd09::2"}
ROUTER = {4: "10.9.0.254", 6: "fd09::fe"}
EVERYBODY, NOBODY = "0 2147483647", "1 0"

CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
IFF_TUN_NO_PI = 0x1001
CAP_NET_RAW = 13
CAPABILITY_VERSION_3 = 0x20080522
IPV4, IPV6 = struct.Struct("!BBHHHBBH4s4s"), struct.Struct("!IHBB16s16s")


class Pinged:
    """A namespace with one line to the far end, `FAR`. `run` does something in it.

    `far` gives the answers to a request. `may_ping`: the groups that may open ping sockets (sysctl).
    """

    def __init__(self, far: Callable[[icmp.Echo], Answers], may_ping: str = EVERYBODY) -> None:
        self._far = far
        self._may_ping = may_ping
        # A namespace is a thread's own, so that the others of this process keep theirs.
        self._inside = ThreadPoolExecutor(max_workers=1)
        self._over = os.eventfd(0)

    def __enter__(self) -> Self:
        self._tun = self.run(self._settle)
        self._thread = threading.Thread(target=self._answer)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        os.eventfd_write(self._over, 1)
        self._thread.join()
        self._inside.shutdown()
        os.close(self._tun)
        os.close(self._over)

    def run(self, work: Callable[[], T]) -> T:
        """Do `work` in the namespace."""
        return self._inside.submit(work).result()

    def cut(self) -> None:
        """Take the line down, while something is done in the namespace."""
        place = f"/proc/{os.getpid()}/task/{self._tid}/ns/net"
        subprocess.run(["nsenter", f"--net={place}", "ip", "link", "set", "line", "down"], check=True)

    def _settle(self) -> int:
        self._tid = threading.get_native_id()
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "no network namespace")
        Path("/proc/sys/net/ipv4/ping_group_range").write_text(self._may_ping, encoding="ascii")
        tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", b"line", IFF_TUN_NO_PI))
        ip("link", "set", "lo", "up")
        ip("link", "set", "line", "up", "txqueuelen", "10000")
        ip("addr", "add", "10.9.0.1/24", "dev", "line")
        ip("addr", "add", "fd09::1/64", "dev", "line", "nodad")
        while "local fd09::1 " not in ip("-6", "route", "show", "table", "local"):
            pass  # the kernel accepts packets to a new IPv6 address a moment later
        return tun

    def _answer(self) -> None:
        poll = select.poll()
        poll.register(self._tun, select.POLLIN)
        poll.register(self._over, select.POLLIN)
        while self._over not in dict(poll.poll()):
            packet = os.read(self._tun, 65_535)
            six = packet[0] >> 4 == 6
            version, message = (icmp.V6, packet[40:]) if six else (icmp.V4, icmp.strip_ipv4(packet))
            echo = icmp.read_request(version, message)
            for answer in self._far(echo) if echo is not None else ():
                os.write(self._tun, (_answer_6 if six else _answer_4)(packet, answer))


def ip(*words: str) -> str:
    return subprocess.run(["ip", *words], check=True, capture_output=True, text=True).stdout


def without_raw_sockets(work: Callable[[], T]) -> T:
    """Do `work` in a thread that may not open raw sockets, whoever its user is."""
    libc = ctypes.CDLL(None, use_errno=True)
    head, data = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0), (ctypes.c_uint32 * 6)()
    assert libc.capget(head, data) == 0
    before = data[0]
    data[0] &= ~(1 << CAP_NET_RAW)
    assert libc.capset(head, data) == 0
    try:
        return work()
    finally:
        data[0] = before
        assert libc.capset(head, data) == 0


def _answer_4(packet: bytes, answer: icmp.Echo | tuple[int, int]) -> bytes:
    sender, target = packet[12:16], packet[16:20]
    if isinstance(answer, icmp.Echo):
        message, source = icmp.pack_reply(icmp.V4, answer), target
    else:
        blank = struct.pack("!BBHI", *answer, 0, 0) + packet[:28]
        message, source = blank[:2] + struct.pack("!H", icmp.checksum(blank)) + blank[4:], _packed(ROUTER[4])
    head = IPV4.pack(0x45, 0, 20 + len(message), 0, 0, 64, socket.IPPROTO_ICMP, 0, source, sender)
    return head[:10] + struct.pack("!H", icmp.checksum(head)) + head[12:] + message


def _answer_6(packet: bytes, answer: icmp.Echo | tuple[int, int]) -> bytes:
    sender, target = packet[8:24], packet[24:40]
    if isinstance(answer, icmp.Echo):
        message, source = icmp.pack_reply(icmp.V6, answer), target
    else:
        message, source = struct.pack("!BBHI", *answer, 0, 0) + packet[:1_000], _packed(ROUTER[6])
    pseudo = source + sender + struct.pack("!II", len(message), socket.IPPROTO_ICMPV6)
    whole = message[:2] + struct.pack("!H", icmp.checksum(pseudo + message)) + message[4:]
    return IPV6.pack(6 << 28, len(whole), socket.IPPROTO_ICMPV6, 64, source, sender) + whole


def _packed(address: str) -> bytes:
    return socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)
