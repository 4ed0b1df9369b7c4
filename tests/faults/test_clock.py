"""The wall clock is set, or the monitor stands still, while all that is watched is well (libfaketime)."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.installation import QUICK, Installation, Looking, running, until

pytestmark = [pytest.mark.story, pytest.mark.timeout(300)]

LIBRARY = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
CHECKS, INTERVAL_S, STALE_AFTER_S = 6, 2, 20
"""Of QUICK."""

HOUR_S, DAY_S = 3_600, 86_400


class Clocked:
    """An installation whose wall clock can be set; its steady clock can't."""

    def __init__(self, travaux: Installation, file: Path) -> None:
        self.travaux = travaux
        self._file = file
        self._offset_s = 0

    def set_by(self, seconds: int) -> None:
        self._offset_s += seconds
        write_offset(self._file, self._offset_s)

    def mark(self) -> int:
        """Give the number of the last run."""
        return int(self.travaux.ask("SELECT max(sequence) FROM observation")[0][0])

    def late_ms(self, since: int) -> int:
        return int(self.travaux.ask(f"SELECT max(late_ms) FROM observation WHERE sequence > {since}")[0][0])

    def most_in_a_second(self, since: int) -> int:
        """Give the most runs of the grid that began in one second; confirmations of a slow answer are not its own."""
        runs = f"SELECT (due_ms + late_ms) / 1000 AS at FROM observation WHERE sequence > {since} AND standing"
        counted = f"SELECT count(*) FROM ({runs}) GROUP BY at"
        return max(count for (count,) in self.travaux.ask(counted))

    def count(self, since: int) -> int:
        runs = f"SELECT count(*) FROM observation WHERE sequence > {since} AND standing"
        return int(self.travaux.ask(runs)[0][0])

    def bad(self) -> list[tuple[object, ...]]:
        """Give the intervals in which something watched was called bad since this began."""
        return self.travaux.ask(
            "SELECT * FROM verdict_interval WHERE verdict IN ('down', 'degraded') AND rule_point != ''"
        )


def write_offset(file: Path, seconds: int) -> None:
    part = file.with_suffix(".part")
    part.write_text(f"{seconds:+d}\n")
    part.replace(file)


@pytest.fixture(scope="module")
def clocked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clocked]:
    """One demonstration for all: every test leaves it well."""
    if not LIBRARY.exists():
        pytest.skip("Debian package faketime is missing")
    folder = tmp_path_factory.mktemp("clock")
    file = folder / "offset"
    write_offset(file, 0)
    # The "fix" lets pthread_cond_timedwait return too late: Python's threads then wait for one another up to 2 s.
    preload = {
        "LD_PRELOAD": str(LIBRARY), "FAKETIME_TIMESTAMP_FILE": str(file), "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1", "FAKETIME_FORCE_MONOTONIC_FIX": "0",
    }  # fmt: skip
    with running(folder, QUICK, preload) as travaux:
        yield Clocked(travaux, file)


@pytest.mark.parametrize("seconds", [-HOUR_S, HOUR_S, DAY_S])
def test_a_clock_that_is_set_makes_no_run_late_no_burst_and_no_incident(clocked: Clocked, seconds: int) -> None:
    travaux, seen, bad, mark = clocked.travaux, clocked.travaux.identifiers(), clocked.bad(), clocked.mark()
    with Looking(travaux) as looking:
        began = time.monotonic()
        clocked.set_by(seconds)
        time.sleep(1)
        until(lambda: not travaux.told()["stale"], 8, "verified by the new clock")
        until(lambda: travaux.all_areas("unknown"), 8, "unknown: the clocks parted")
        until(lambda: travaux.all_areas("operational"), 40, "operational again")
        time.sleep(5)
    took_s = time.monotonic() - began
    print(f"  {seconds:+d} s: late {clocked.late_ms(mark)} ms, {clocked.most_in_a_second(mark)} runs in a second")
    assert clocked.late_ms(mark) < 2_000
    assert clocked.most_in_a_second(mark) <= CHECKS
    assert clocked.count(mark) <= CHECKS * (took_s / INTERVAL_S + 2)
    assert (travaux.new_items(seen), clocked.bad(), looking.away_s < 1) == ([], bad, True)


def test_a_clock_set_back_keeps_no_page_green_without_a_decider(clocked: Clocked) -> None:
    travaux = clocked.travaux
    travaux.supervisor.send_signal(signal.SIGSTOP)
    try:
        travaux.strike("monitor", signal.SIGKILL)
        clocked.set_by(-HOUR_S)
        until(lambda: travaux.told()["stale"], STALE_AFTER_S + 2, "stale twin")
    finally:
        travaux.supervisor.send_signal(signal.SIGCONT)
    until(lambda: travaux.all_areas("operational"), 60, "green again")


@pytest.mark.parametrize("still_s", [15, 30])
def test_a_monitor_that_stood_still_makes_no_burst_and_no_incident(clocked: Clocked, still_s: int) -> None:
    travaux, seen, bad, mark = clocked.travaux, clocked.travaux.identifiers(), clocked.bad(), clocked.mark()
    pid = travaux.strike("monitor", signal.SIGSTOP)
    time.sleep(still_s)
    os.kill(pid, signal.SIGCONT)
    began = time.monotonic()
    time.sleep(3)
    until(lambda: travaux.all_areas("operational"), 40, "operational again")
    time.sleep(3)
    took_s = time.monotonic() - began
    print(f"  stood still for {still_s} s: {clocked.most_in_a_second(mark)} runs in a second afterwards")
    assert travaux.pid("monitor") == pid
    assert clocked.most_in_a_second(mark) <= CHECKS
    assert clocked.count(mark) <= CHECKS * (took_s / INTERVAL_S + 2)
    assert (travaux.new_items(seen), clocked.bad()) == ([], bad)
