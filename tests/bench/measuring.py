"""CPU time of whole process groups, the figure that a noisy machine leaves alone."""

from __future__ import annotations

import os
import statistics
import time
from pathlib import Path

TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")


def tree(pid: int) -> list[int]:
    """Give a process and all its descendants."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(entry.parts[2]))
    found, todo = [], [pid]
    while todo:
        one = todo.pop()
        found.append(one)
        todo.extend(children.get(one, ()))
    return found


def cpu_ms(pid: int) -> float:
    """Give the user and system time of a process tree so far, in milliseconds, from the scheduler's own count."""
    total = 0.0
    for one in tree(pid):
        try:
            for task in Path(f"/proc/{one}/task").iterdir():
                total += int((task / "schedstat").read_text().split()[0]) / 1e6
        except OSError:
            continue
    return total


def rss_mb(pid: int) -> float:
    """Give the proportional memory of a process tree in megabytes."""
    total = 0
    for one in tree(pid):
        try:
            lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def pace() -> str:
    """Say how quick this machine is just now, so that figures of two machines or hours can be read side by side."""
    began, total = time.process_time(), 0
    for number in range(10_000_000):
        total += number * number
    return f"a plain loop of 10 million turns takes {time.process_time() - began:.2f} s of CPU here"


def ratio(ours: list[float], theirs: list[float]) -> str:
    """Say the median of the pairs' ratios, with the spread."""
    ratios = sorted(a / b for a, b in zip(ours, theirs, strict=True))
    return f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} … {ratios[-1]:.2f})"
