"""The servers of a scenario: real sockets that refuse, swallow packets, stall, err or are slow, by its timetable."""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Final

from status.replay.scenario import ANYWHERE, Effect, ScenarioComponent

OK: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\nConnection: close\r\n\r\nall is well"
ANSWERS: Final = {
    "http500": b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    "badbody": b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\nConnection: close\r\n\r\nanother page",
    "http503": b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
}
MODES: Final = frozenset({"refuse", "timeout", "stall", "slow", *ANSWERS})
KINDS: Final = frozenset({"http", "tcp"})
FILLERS: Final = 3
"""Connections of our own that fill a queue of one: the kernel then drops who else knocks."""


def is_on(effect: Effect, t: float) -> bool:
    """Whether an effect is active at second `t` of its scenario."""
    if t < effect.start or (effect.end is not None and t >= effect.end):
        return False
    return effect.every is None or (t - effect.start - effect.shift) % effect.every < effect.on_for


def lacking(component: ScenarioComponent, effects: Iterable[Effect]) -> str:
    """Say what there is no real server for; empty when there is one."""
    if component.kind not in KINDS:
        return f"no real server of kind {component.kind}"
    for effect in effects:
        if effect.mode not in MODES or effect.location != ANYWHERE:
            return f"no real server can {effect.mode} for {effect.location}"
    return ""


class Target:
    """A server of one component on a port of its own. Without effects it answers well at once."""

    def __init__(self, host: str, kind: str, effects: tuple[Effect, ...], seed: int, t: Callable[[], float]) -> None:
        self.host, self.kind, self.port = host, kind, 0
        self._effects, self._t, self._chance = effects, t, random.Random(seed)
        self._listening: socket.socket | None = None
        self._full: list[socket.socket] = []
        self._talks: set[asyncio.Task[None]] = set()
        self._state = "none"

    @property
    def options(self) -> dict[str, Any]:
        """The options of the check that looks at it."""
        address = f"{self.host}:{self.port}"
        if self.kind == "http":
            return {"url": f"http://{address}/", "expect_body": "all is well"}
        return {"target": address}

    def turn(self, t: float | None = None) -> None:
        """Be as the timetable wants it now: open, closed (`refuse`) or full (`timeout`)."""
        now = self._t() if t is None else t
        certain = {effect.mode for effect in self._effects if effect.p is None and is_on(effect, now)}
        state = "full" if "timeout" in certain else "closed" if "refuse" in certain else "open"
        if state != self._state:
            self.close()
            self._state = state
            if state == "open":
                self._listening = self._listener(128)
                asyncio.get_running_loop().add_reader(self._listening, self._accept, self._listening)
            elif state == "full":
                self._fill(self._listener(0))

    async def stop(self) -> None:
        """Refuse, and end what is being said."""
        self.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    def close(self) -> None:
        """Let the port refuse."""
        if self._listening is not None:
            asyncio.get_running_loop().remove_reader(self._listening)
            self._listening.close()
            self._listening = None
        for sock in self._full:
            sock.close()
        self._full, self._state = [], "closed"

    def _listener(self, backlog: int) -> socket.socket:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((self.host, self.port))
        listener.listen(backlog)
        listener.setblocking(False)
        self.port = listener.getsockname()[1]
        return listener

    def _fill(self, listener: socket.socket) -> None:
        self._full = [listener]
        for _ in range(FILLERS):
            sock = socket.socket()
            sock.setblocking(False)
            with suppress(BlockingIOError):
                sock.connect((self.host, self.port))
            self._full.append(sock)

    def _accept(self, listener: socket.socket) -> None:
        # Not asyncio's server: closed while it accepts, it loses the connection without closing it.
        try:
            accepted, _ = listener.accept()
        except OSError:  # the caller left meanwhile
            return
        accepted.setblocking(False)
        talk = asyncio.get_running_loop().create_task(self._talk(accepted))
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)
        talk.add_done_callback(lambda _talk: accepted.close())  # one cancelled before it began has closed nothing

    async def _talk(self, accepted: socket.socket) -> None:
        reader, writer = await asyncio.open_connection(sock=accepted)
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                if self.kind == "http":
                    await reader.readuntil(b"\r\n\r\n")
                await self._behave(reader, writer)
        finally:
            writer.transport.abort()

    async def _behave(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hit = {effect.mode: effect for effect in self._effects if self._strikes(effect)}
        if hit.keys() & {"timeout", "stall"}:
            await reader.read()  # until the caller gives up
        elif "refuse" not in hit:
            if "slow" in hit:
                await asyncio.sleep(hit["slow"].amount * (0.9 + 0.2 * self._chance.random()))
            await self._answer(writer, next((ANSWERS[mode] for mode in ANSWERS if mode in hit), OK))

    def _strikes(self, effect: Effect) -> bool:
        return is_on(effect, self._t()) and (effect.p is None or self._chance.random() < effect.p)

    async def _answer(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        if self.kind == "http":
            writer.write(data)
        writer.close()
        await writer.wait_closed()


def edges(effects: Iterable[Effect], end: float) -> list[float]:
    """Give the moments at which any of these effects begins or ends, in order."""
    found: set[float] = set()
    for effect in effects:
        last = end if effect.end is None else min(effect.end, end)
        found |= {effect.start, last}
        begin = effect.start + effect.shift
        while effect.every is not None and begin < last:
            found |= {begin, min(begin + effect.on_for, last)}
            begin += effect.every
    return sorted(found)
