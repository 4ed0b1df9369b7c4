"""`ping`: a host answers a series of ICMP echo requests; how many got lost, how long the way there and back takes."""

from __future__ import annotations

import asyncio
import os
import select
from contextlib import suppress
from dataclasses import replace
from statistics import median
from typing import Final, Self

from pydantic import Field, field_validator, model_validator

from probes.attempt import Attempt, attempt
from probes.net.echo import EchoSocket, Lost
from probes.net.resolve import REASONS as DNS_REASONS
from probes.net.resolve import Family
from probes.net.sockets import socket_failure
from probes.net.system import ascii_name, literal_family
from probes.net.watch import Watch
from probes.options import Options
from probes.types import ROUND_TRIP, CannotProbe, Job, Kind, ProbeFailure, Reading

TOKEN_BYTES: Final = 16
SERIES_MS: Final = 2_000
"""Sending lasts no longer, so that a series with losses ends before the run counts as unanswered (3 s)."""

LINGER_S: Final = 0.8
LINGER_ROUND_TRIPS: Final = 2
"""How long the last replies are waited for once others came: so long, or so many times the longest round trip."""

LAST_ANSWER_S: Final = 1.0
"""Nothing is sent any more when less is left of the time (or less than half of it)."""

SPARE_S: Final = 0.05
"""Kept (or a tenth of the time) to tell before the deadline what was seen."""


class PingOptions(Options):
    """Options of `ping`."""

    target: str = Field(description="Name or address of the host")
    family: Family = "any"
    count: int = Field(5, ge=1, le=100, description="Echo requests in a series")
    interval_ms: int = Field(200, ge=10, le=SERIES_MS, description="Time between them; a series takes at most 2,000 ms")
    size: int = Field(56, ge=TOKEN_BYTES, le=65_507, description="Bytes each carries; over 1,472 they are fragmented")
    slow_ms: int | None = Field(None, gt=0, description="Median round trip over which it is slow")

    @field_validator("target")
    @classmethod
    def _target(cls, text: str) -> str:
        return text if literal_family(text) is not None else ascii_name(text)

    @model_validator(mode="after")
    def _short(self) -> Self:
        lasts_ms = (self.count - 1) * self.interval_ms
        if lasts_ms > SERIES_MS:
            found = f"found count = {self.count} and interval_ms = {self.interval_ms}, a series of {lasts_ms} ms"
            raise ValueError(f"{found}, expected at most {SERIES_MS} ms: lower one of them")
        return self


async def probe(job: Job) -> Reading:
    """Send the series and wait for what comes back."""
    return await attempt(job, _ping)


async def _ping(run: Attempt) -> Reading:
    options = run.job.check.options
    assert isinstance(options, PingOptions)
    address = await run.resolve(options.target, options.family, None)
    run.begin("echo")
    with EchoSocket(address) as sock:
        watch = Watch(asyncio.get_running_loop())
        series = _Series(run, sock, options)
        try:
            watch.set(sock.fileno(), select.EPOLLIN, series.take)
            await series.send()
            await series.wait()
        finally:
            watch.close()
    return series.reading()


class _Series:
    """One series: which requests are open, how long the others took, which errors came instead."""

    def __init__(self, run: Attempt, sock: EchoSocket, options: PingOptions) -> None:
        self._run = run
        self._options = options
        self._sock = sock
        # Chance marks our requests: neither a stranger's reply nor a late one of an earlier run can repeat it.
        self._payload = (os.urandom(TOKEN_BYTES) * (options.size // TOKEN_BYTES + 1))[: options.size]
        self._deadline = run.job.deadline
        self._open: dict[int, float] = {}
        self._times_s: list[float] = []
        self._errors: list[str] = []
        self._sent = 0
        self._last_at = 0.0
        self._news = asyncio.Event()

    async def send(self) -> None:
        """Send request after request, one each interval, as long as there is time for their replies."""
        least_s = min(LAST_ANSWER_S, self._deadline.limit_s / 2)
        began = self._deadline.steady()
        for sequence in range(1, self._options.count + 1):
            due = began + (sequence - 1) * self._options.interval_ms / 1000
            await asyncio.sleep(max(0.0, due - self._deadline.steady()))
            if sequence > 1 and self._deadline.left_s() < least_s:
                self._run.job.trace(f"stopped after {self._sent} of {self._options.count}: no time is left")
                return
            self._send_one(sequence)

    async def wait(self) -> None:
        """Wait until every request has its reply or error, or none will come any more."""
        while self._open and (left_s := self._until() - self._deadline.steady()) > 0:
            self._news.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(left_s):
                    await self._news.wait()

    def take(self, _fd: int, _events: int) -> None:
        """Take in what came; strangers, duplicates and what is no answer to us are passed over."""
        now = self._deadline.steady()
        for one in self._sock.receive():
            if isinstance(one, Lost):
                if self._open.pop(one.sequence, None) is not None:
                    self._note(one.sequence, one.what + (f", says {one.offender}" if one.offender else ""))
            elif one.sequence in self._open and one.payload == self._payload:
                took_s = now - self._open.pop(one.sequence)
                self._times_s.append(took_s)
                self._run.job.trace(f"< {one.sequence}: {took_s * 1000:.3f} ms")
        self._news.set()

    def reading(self) -> Reading:
        """Give what was seen. Raise ProbeFailure unreachable or timeout when no reply came at all."""
        received = len(self._times_s)
        self._run.evidence |= {"sent": self._sent, "received": received}
        if self._errors:
            self._run.evidence["errors"] = list(dict.fromkeys(self._errors))[:5]
        if not self._sent:
            raise CannotProbe("no_capacity", "the kernel took no echo request: its buffer of this socket is full")
        peer = self._run.evidence["peer"]
        if not received and self._errors:
            raise ProbeFailure("unreachable", f"{peer}: {self._errors[0]}")
        if not received:
            limit_s = self._deadline.limit_s
            raise ProbeFailure("timeout", f"{peer}: none of {self._sent} echo requests answered within {limit_s:g} s")
        middle_s = median(self._times_s)
        times_s = {"min": min(self._times_s), "median": middle_s, "max": max(self._times_s)}
        self._run.evidence |= {f"{name}_ms": round(took_s * 1000, 3) for name, took_s in times_s.items()}
        seen = self._run.reading(None)
        limit_ms = self._options.slow_ms
        slow = limit_ms is not None and middle_s * 1000 > limit_ms
        reason = f"median round trip {middle_s * 1000:.0f} ms, over slow_ms = {limit_ms}" if slow else None
        return replace(
            seen,
            phases_s={**seen.phases_s, ROUND_TRIP: middle_s},
            slow_reason=reason,
            loss=(self._sent - received) / self._sent,
        )

    def _send_one(self, sequence: int) -> None:
        self._open[sequence] = self._last_at = self._deadline.steady()
        try:
            self._sock.send(sequence, self._payload)
        except BlockingIOError:
            del self._open[sequence]
            self._run.job.trace(f"> {sequence}: not sent, the socket's buffer is full")
            return
        except OSError as error:
            meaning = socket_failure(error, f"{self._run.evidence['peer']}, request {sequence}")
            if not isinstance(meaning, ProbeFailure):
                raise
            del self._open[sequence]
            self._note(sequence, meaning.detail)
        self._sent += 1

    def _note(self, sequence: int, error: str) -> None:
        self._errors.append(error)
        self._run.job.trace(f"< {sequence}: {error}")

    def _until(self) -> float:
        """Give until when replies may still come (steady seconds): to the end as long as nothing came at all."""
        limit_s = self._deadline.limit_s
        last = self._deadline.at - min(SPARE_S, limit_s / 10)
        if not self._times_s and not self._errors:
            return last
        linger_s = max(LINGER_S, LINGER_ROUND_TRIPS * max(self._times_s, default=0.0))
        return min(last, self._last_at + linger_s)


KIND = Kind(
    name="ping",
    summary="A host answers ICMP echo requests, and few get lost",
    options=PingOptions,
    reasons={
        **DNS_REASONS,
        "timeout": "no request of the series was answered within the deadline",
        "unreachable": "no request was answered, and an ICMP error says why, or there is no route",
    },
    probe=probe,
)
