"""libcurl's multi-socket API on the asyncio loop: thousands of transfers at once, a fresh connection for each.

    perform(curl) ─▶ libcurl asks for sockets and one timer ─▶ the loop calls back ─▶ future of that transfer

libcurl never resolves here (docs/decisions/0002-own-resolver.md): `fresh_curl` takes the address beside the URL.
What a failed transfer says about the target: `transfer.py`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import select
from typing import TYPE_CHECKING, Final, NamedTuple

import pycurl

from probes.net.watch import Watch
from probes.types import CannotProbe

if TYPE_CHECKING:
    from probes.deadline import Deadline

log = logging.getLogger(__name__)

EVENTS: Final = {
    pycurl.POLL_IN: select.EPOLLIN,
    pycurl.POLL_OUT: select.EPOLLOUT,
    pycurl.POLL_INOUT: select.EPOLLIN | select.EPOLLOUT,
}
GROUPS: Final = "X25519:P-256:P-384:P-521:X25519MLKEM768"
"""Key exchanges offered. The key share of the first only is computed: one with ML-KEM costs 0.1 ms and 1.2 kB more."""


class CurlError(NamedTuple):
    """How a transfer ended badly: libcurl's code (CURLE_…) and its text."""

    code: int
    text: str


def fresh_curl(url: str, address: str, port: int) -> pycurl.Curl:
    """Give a transfer of `url` that connects to `address` (a literal), anew, and shares nothing with any other.

    It ignores the environment's proxies, keeps no TLS session and sends no signal. The name in `url` stays the one
    for Host, SNI and the certificate.
    """
    curl = pycurl.Curl()
    setopt = curl.setopt
    setopt(pycurl.URL, url)
    setopt(pycurl.CONNECT_TO, [f"::[{address}]:{port}" if ":" in address else f"::{address}:{port}"])
    setopt(pycurl.FRESH_CONNECT, 1)
    setopt(pycurl.FORBID_REUSE, 1)
    setopt(pycurl.NOSIGNAL, 1)
    setopt(pycurl.PROXY, "")
    setopt(pycurl.DNS_CACHE_TIMEOUT, 0)
    return curl


class CurlMulti:
    """Runs transfers. One per prober process, used from one loop only, made on it at the first transfer.

    libcurl keeps one parsed CA bundle per multi handle, so each CA file gets a handle of its own: a bundle takes
    20 ms of CPU to load.
    """

    def __init__(self) -> None:
        self._stacks: dict[str, _Stack] = {}

    async def perform(self, curl: pycurl.Curl, deadline: Deadline, ca_file: str = "") -> CurlError | None:
        """Run `curl` to its end, at most until `deadline`; give what went wrong, or None.

        `ca_file` says which bundle the transfer verifies against, "" for none. A cancelled task takes its transfer
        out of libcurl. The caller closes `curl`. Raise CannotProbe('internal_error') when libcurl itself fails.
        """
        stack = self._stacks.get(ca_file)
        if stack is None:
            stack = self._stacks[ca_file] = _Stack(asyncio.get_running_loop())
        curl.setopt(pycurl.TIMEOUT_MS, max(1, int(deadline.left_s() * 1000)))
        if ca_file:
            curl.setopt(pycurl.CAINFO, ca_file)
        future = stack.start(curl)
        try:
            return await future
        finally:
            stack.leave(curl)

    def close(self) -> None:
        """End every transfer; whoever awaits one is cancelled."""
        for stack in self._stacks.values():
            stack.close()
        self._stacks.clear()


class _Stack:
    """One libcurl multi handle: its sockets in a `Watch`, its timer on the loop, the futures of its transfers."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._watch = Watch(loop)
        self._running: dict[pycurl.Curl, asyncio.Future[CurlError | None]] = {}
        self._timer: asyncio.Handle | None = None
        self._timer_fires_at = 0.0
        self._wanted_at = math.inf
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._on_socket)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._on_timer)
        self._multi.setopt(pycurl.M_MAXCONNECTS, 1)

    def start(self, curl: pycurl.Curl) -> asyncio.Future[CurlError | None]:
        """Hand a transfer to libcurl; it connects at once."""
        future: asyncio.Future[CurlError | None] = self._loop.create_future()
        self._multi.add_handle(curl)
        self._running[curl] = future
        self._attend()
        return future

    def leave(self, curl: pycurl.Curl) -> None:
        """Take a transfer that did not end out of libcurl; nothing when it ended."""
        if self._running.pop(curl, None) is not None:
            self._multi.remove_handle(curl)

    def close(self) -> None:
        """Take all transfers out, cancelling those who wait."""
        for curl, future in list(self._running.items()):
            self.leave(curl)
            future.cancel()
        self._multi.close()
        if self._timer is not None:
            self._timer.cancel()
        self._watch.close()

    def _on_socket(self, event: int, fd: int, _multi: object, _data: object) -> None:
        if event == pycurl.POLL_REMOVE:
            self._watch.drop(fd)
        else:
            self._watch.set(fd, EVENTS[event], self._ready)

    def _on_timer(self, after_ms: int) -> None:
        self._wanted_at = math.inf if after_ms < 0 else self._loop.time() + after_ms / 1000

    def _ready(self, fd: int, events: int) -> None:
        mask = (events & select.EPOLLIN and pycurl.CSELECT_IN) | (events & select.EPOLLOUT and pycurl.CSELECT_OUT)
        try:
            self._multi.socket_action(fd, mask or pycurl.CSELECT_ERR)
        except pycurl.error as error:
            self._give_up(error)
        self._attend()

    def _time(self) -> None:
        self._timer = None
        self._attend()

    def _attend(self) -> None:
        """Do what libcurl is due to do now, hand out what has ended, set the loop's timer."""
        try:
            if self._wanted_at <= self._loop.time():
                self._wanted_at = math.inf
                self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
            self._collect()
        except pycurl.error as error:
            self._give_up(error)
        # libcurl moves its timer several times a transfer. A loop's timer that will come too early stays where it is
        # and is set again when it fires: cheaper than a new one for each move.
        if self._wanted_at == math.inf or (self._timer is not None and self._timer_fires_at <= self._wanted_at):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_fires_at = self._wanted_at
        self._timer = self._loop.call_at(self._wanted_at, self._time)

    def _collect(self) -> None:
        left = 1
        while left:
            left, ended, failed = self._multi.info_read()
            for curl in ended:
                self._end(curl, None)
            for curl, code, text in failed:
                self._end(curl, CurlError(code, text))

    def _end(self, curl: pycurl.Curl, error: CurlError | None) -> None:
        future = self._running.pop(curl)
        self._multi.remove_handle(curl)
        if not future.done():
            future.set_result(error)

    def _give_up(self, error: pycurl.error) -> None:
        log.error("libcurl_failed", extra={"error": str(error)})
        for curl, future in list(self._running.items()):
            with contextlib.suppress(pycurl.error):
                self.leave(curl)
            if not future.done():
                future.set_exception(CannotProbe("internal_error", f"libcurl failed: {error}"))
