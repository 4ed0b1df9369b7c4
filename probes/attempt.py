"""One attempt of an asynchronous kind: its total deadline, its phases, the evidence it gathers on the way."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from typing import Any, TypeVar

from probes.net.resolve import Family
from probes.net.sockets import endpoint, socket_failure
from probes.types import Job, ProbeFailure, Reading

DATAGRAM_BYTES = 65_535

T = TypeVar("T")


class Attempt:
    """What a kind fills while it works. `evidence` goes with the reading, and with a failure just the same.

    `silence` says what it means when the deadline passes now; None: a plain time-out of the phase.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        self.evidence: dict[str, Any] = {}
        self.phase = "start"
        self.silence: Callable[[], ProbeFailure] | None = None
        self._phases_s: dict[str, float] = {}
        self._began = self._phase_began = job.deadline.steady()

    def begin(self, phase: str) -> None:
        """End the phase before and begin `phase` (named by a timeout, timed in the reading)."""
        self._end_phase()
        self.phase = phase
        self.job.trace(phase)

    def connected(self) -> None:
        """Note that the target accepted a connection: what comes too late now is its own fault, not the path's."""
        self.silence = lambda: self.job.deadline.stalled(self.phase)

    async def resolve(self, host: str, family: Family, port: int | None) -> str:
        """Give the address to connect to, the resolver's first, and note it as evidence. `port`: None has none."""
        self.begin("resolve")
        self.silence = lambda: ProbeFailure("dns_timeout", f"{host}: no answer of the name servers in time")
        addresses = await self.job.tools.resolver.resolve(host, family, self.job.deadline)
        self.silence = None
        self.evidence["peer"] = addresses[0] if port is None else endpoint(addresses[0], port)
        self.job.trace(f"peer {self.evidence['peer']}")
        return addresses[0]

    async def ask(
        self, sock: socket.socket, request: bytes, read: Callable[[bytes], T | None], waits_s: Iterator[float]
    ) -> T:
        """Send a datagram, and the same again after each of `waits_s`, until `read` finds the answer in what comes.

        Only the attempt's deadline ends it: `waits_s` must never run dry.
        """
        loop = asyncio.get_running_loop()
        for sent, wait_s in enumerate(waits_s):
            self.evidence["retransmits"] = sent
            self.job.trace(f"> {len(request)} bytes")
            await loop.sock_sendall(sock, request)
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    while (answer := read(await loop.sock_recv(sock, DATAGRAM_BYTES))) is None:
                        pass
                    return answer
        raise AssertionError("waits_s ran dry")

    def reading(self, slow_ms: int | None) -> Reading:
        """Give the reading of an attempt that went well; over `slow_ms` milliseconds in all it is slow."""
        self._end_phase()
        total_s = self.job.deadline.steady() - self._began
        slow = slow_ms is not None and total_s * 1000 > slow_ms
        reason = f"{total_s * 1000:.0f} ms, over slow_ms = {slow_ms}" if slow else None
        return Reading({**self._phases_s, "total": total_s}, self.evidence, reason)

    def _end_phase(self) -> None:
        now = self.job.deadline.steady()
        if self.phase != "start":
            self._phases_s[self.phase] = self._phases_s.get(self.phase, 0.0) + now - self._phase_began
        self._phase_began = now


async def attempt(job: Job, work: Callable[[Attempt], Awaitable[Reading]]) -> Reading:
    """Do `work` within the job's deadline; turn a time-out or a socket's error into the target's failure.

    Raise ProbeFailure with the evidence so far, CannotProbe for a lack of our own; other exceptions travel up.
    """
    run = Attempt(job)
    try:
        async with asyncio.timeout(job.deadline.left_s()):
            return await work(run)
    except ProbeFailure as failure:
        raise _with_evidence(failure, run) from failure.__cause__
    except TimeoutError as error:
        silence = run.silence() if run.silence else job.deadline.failure(run.phase)
        raise _with_evidence(silence, run) from error
    except OSError as error:
        meaning = socket_failure(error, f"{run.evidence.get('peer', 'no peer')}, during {run.phase}")
        if meaning is None:
            raise
        raise _with_evidence(meaning, run) if isinstance(meaning, ProbeFailure) else meaning from error


def _with_evidence(failure: ProbeFailure, run: Attempt) -> ProbeFailure:
    failure.evidence = {"phase": run.phase, **run.evidence, **failure.evidence}
    return failure
