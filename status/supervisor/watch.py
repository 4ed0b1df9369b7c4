"""How the supervisor knows that a child hangs, without the database: by its life file, or by asking the web itself.

Each watch is a coroutine that ends, with the reason, when the child is taken for hung. Time the supervisor itself was
stopped or starved is never held against a child.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from status.life import life_file
from status.places import Places
from status.supervisor.limits import Limits
from status.supervisor.port import Address


async def ticks(limits: Limits) -> AsyncIterator[tuple[float, float]]:
    """Give, each tick, the steady clock and by how many seconds too late this tick comes."""
    while True:
        before = time.monotonic()
        await asyncio.sleep(limits.tick_s)
        now = time.monotonic()
        yield now, max(0.0, now - before - limits.tick_s)


@dataclass(slots=True)
class Mark:
    """A file's last touch and when the supervisor saw it change: the wall clock may jump, this doesn't mind."""

    file: Path
    seen_at: float
    mtime_ns: int | None = None

    def age_s(self, now: float) -> float:
        """Look at the file; give the seconds since it was last seen to change."""
        mtime_ns = _mtime_ns(self.file)
        if mtime_ns != self.mtime_ns:
            self.mtime_ns, self.seen_at = mtime_ns, now
        return now - self.seen_at


async def life_file_stale(file: Path, limits: Limits) -> str:
    """End when `file` was not touched for `limits.life_s`."""
    mark = Mark(file, time.monotonic())
    async for now, late_s in ticks(limits):
        mark.seen_at += late_s
        if mark.age_s(now) > limits.life_s:
            return f"no life sign for {limits.life_s:g} s"
    raise AssertionError


@dataclass(slots=True)
class WebWatch:
    """Asks the web for /health with a fresh connection each tick (several workers: twice as many as there are).

    Any HTTP answer is life; slow answers that keep coming are life too. Also silent: a process of its group that is
    stopped, and a worker whose own life file (`web-PID.alive`, touched by an answer) stands still among others.
    """

    address: Address
    places: Places
    workers: int
    limits: Limits
    on_answer: Callable[[], None]
    patient_until: float = 0.0
    stopped_at: dict[int, float] = field(default_factory=dict)
    marks: dict[int, Mark] = field(default_factory=dict)

    async def silent(self, pid: int) -> str:
        """End when the web whose main process is `pid` is silent."""
        self.patient_until = time.monotonic() + self.limits.boot_s
        questions: set[asyncio.Task[None]] = set()
        try:
            async for now, late_s in ticks(self.limits):
                self._forgive(late_s)
                reason = self._reason(pid, now)
                if reason:
                    return reason
                for _ in range(1 if self.workers == 1 else 2 * self.workers):
                    question = asyncio.create_task(self._ask())
                    questions.add(question)
                    question.add_done_callback(questions.discard)
        finally:
            for question in questions:
                question.cancel()
        raise AssertionError

    def _reason(self, pid: int, now: float) -> str:
        if now > self.patient_until:
            return "no answer to /health"
        group = [pid, *descendants(pid)]
        stopped = {member: self.stopped_at.get(member, now) for member in group if _is_stopped(member)}
        self.stopped_at = stopped
        if any(now - since >= self.limits.stopped_s for since in stopped.values()):
            return "a process of it is stopped"
        files = {member: life_file(self.places, f"web-{member}") for member in group} if self.workers > 1 else {}
        self.marks = {
            member: self.marks.get(member, Mark(file, now)) for member, file in files.items() if file.exists()
        }
        if any(mark.age_s(now) > self.limits.answer_s for mark in self.marks.values()):
            return "a worker answers nothing"
        return ""

    def _forgive(self, late_s: float) -> None:
        self.patient_until += late_s
        self.stopped_at = {member: since + late_s for member, since in self.stopped_at.items()}
        for mark in self.marks.values():
            mark.seen_at += late_s

    async def _ask(self) -> None:
        if await answers(self.address, self.limits.answer_s):
            self.patient_until = time.monotonic() + self.limits.silence_s
            self.on_answer()


async def answers(address: Address, timeout_s: float) -> bool:
    """Tell whether GET /health gets an HTTP answer, whatever its code, within `timeout_s`."""
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(timeout_s):
            reader, writer = await asyncio.open_connection(address.asked_host, address.port)
            try:
                writer.write(f"GET /health HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n".encode())
                line = await reader.readline()
            finally:
                writer.close()
            return line.startswith(b"HTTP/1.")
    return False


def descendants(pid: int) -> list[int]:
    """Give the pids of a process's children and theirs."""
    found: list[int] = []
    for task in _children_files(pid):
        with suppress(OSError):
            children = [int(child) for child in task.read_text(encoding="ascii").split()]
            found += [member for child in children for member in (child, *descendants(child))]
    return found


def _children_files(pid: int) -> list[Path]:
    with suppress(OSError):
        return [task / "children" for task in Path(f"/proc/{pid}/task").iterdir()]
    return []


def _is_stopped(pid: int) -> bool:
    """Tell whether a process is stopped by a signal (state T of proc(5); a debugger's stop is t)."""
    with suppress(OSError):
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        return stat.rpartition(")")[2].split()[0] == "T"
    return False


def _mtime_ns(file: Path) -> int | None:
    with suppress(OSError):
        return file.stat().st_mtime_ns
    return None
