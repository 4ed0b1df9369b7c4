"""Many short-lived sockets on the loop for the price of one: an epoll set of our own, watched by the loop.

uvloop takes seven system calls to watch and forget a socket, this set two; a check opens a socket or two and closes
them a millisecond later, so that is a third of its cost (docs/decisions/0002-own-resolver.md has the figures).
"""

from __future__ import annotations

import asyncio
import contextlib
import select
from collections.abc import Callable

Ready = Callable[[int, int], None]
"""Called with a descriptor and its epoll events. Must not raise."""


class Watch:
    """A set of descriptors and whom to call. Belongs to one loop and one thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._epoll = select.epoll()
        self._ready: dict[int, Ready] = {}
        loop.add_reader(self._epoll.fileno(), self._poll)

    def set(self, fd: int, events: int, ready: Ready) -> None:
        """Call `ready` while `fd` has one of `events` (EPOLLIN, EPOLLOUT; errors always); replaces what was set."""
        if fd in self._ready:
            self._epoll.modify(fd, events)
        else:
            self._epoll.register(fd, events)
        self._ready[fd] = ready

    def drop(self, fd: int) -> None:
        """Forget `fd`, known or not. Call it before the descriptor is closed."""
        if self._ready.pop(fd, None) is not None:
            with contextlib.suppress(OSError):
                self._epoll.unregister(fd)

    def close(self) -> None:
        """Leave the loop."""
        if not self._loop.is_closed():
            self._loop.remove_reader(self._epoll.fileno())
        self._epoll.close()
        self._ready.clear()

    def _poll(self) -> None:
        for fd, events in self._epoll.poll(0):
            # An earlier callback of this round may have dropped it.
            ready = self._ready.get(fd)
            if ready is not None:
                ready(fd, events)
