"""Does a full rebuild of the publication disturb the probes? `./travaux bench isolation [--pairs N] [--seconds S]`.

A whole monitor looks at a web server of this machine, 100 times a second; beside it a publisher renders everything of
2,000 components and 20,000 events from the same database, niced as `travaux run` does it. In turns it is let go and
stopped (SIGCONT, SIGSTOP). Compared are how late checks start and how long they say they took, at the 99th percentile.
"""

from __future__ import annotations

import argparse
import os
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from status.clock import utc_now
from status.models.engine import make_engine, make_sessions, writing
from tests.bench.many import Many, seed
from tests.bench.probes import ROOT, Stage, make_stage

TO_REACH_MS = 5.0
CHECKS = 1_000
SETTLE_S = 5.0


@dataclass(frozen=True)
class Turn:
    """The 99th percentiles of one turn, in milliseconds; `count` runs."""

    late_ms: float
    took_ms: float
    count: int


@dataclass
class House:
    """The folder of one provider, and the command that starts its processes."""

    folder: Path
    database: Path
    command: list[str]
    environment: dict[str, str]

    def start(self, role: str) -> subprocess.Popen[bytes]:
        log = (self.folder / f"{role}.log").open("ab")
        return subprocess.Popen([*self.command, "run", "--only", role], env=self.environment, stderr=log)

    def turn(self, seconds: float) -> Turn:
        """Watch what is observed for so long."""
        began_ms = round(time.time() * 1000)
        time.sleep(seconds)
        ended_ms = round(time.time() * 1000)
        time.sleep(2)
        with closing(sqlite3.connect(self.database, timeout=30)) as connection:
            rows = connection.execute(
                "SELECT late_ms, duration_us, outcome FROM observation WHERE due_ms BETWEEN ? AND ?",
                (began_ms, ended_ms),
            ).fetchall()
        bad = sum(outcome > 1 for _, _, outcome in rows)
        if bad or len(rows) < 100:
            sys.exit(f"{len(rows)} runs, {bad} of them not ok: the figure would be worthless")
        late, took = sorted(row[0] for row in rows), sorted(row[1] / 1000 for row in rows)
        at = int(len(rows) * 0.99)
        return Turn(late[at], took[at], len(rows))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--small", action="store_true", help="a tenth of the provider, to try the bench itself")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="travaux-bench-")))
        folder.chmod(0o755)
        stage = make_stage(stack, folder, 100.0)
        house = make_house(folder / "house", stage, 10 if options.small else 1)
        monitor = stack.enter_context(running(house, "monitor"))
        wait_for(house, 300, monitor)
        pairs = [pair(house, options.seconds) for _ in range(options.pairs)]
    return told(pairs)


def pair(house: House, seconds: float) -> tuple[Turn, Turn]:
    """Give a turn alone and one beside a rebuild; a new publisher each time renders everything anew."""
    with running(house, "publisher") as publisher:
        time.sleep(SETTLE_S)
        publisher.send_signal(signal.SIGSTOP)
        alone = house.turn(seconds)
        publisher.send_signal(signal.SIGCONT)
        before = cpu_s(publisher.pid)
        beside = house.turn(seconds)
        busy = (cpu_s(publisher.pid) - before) / (seconds + 2)
    print(
        f"late p99 {alone.late_ms:6.1f} | {beside.late_ms:6.1f} ms   took p99 {alone.took_ms:6.2f} | "
        f"{beside.took_ms:6.2f} ms   {alone.count} | {beside.count} runs   publisher {busy:.0%} of a core",
        flush=True,
    )
    if busy < 0.2:
        sys.exit("the publisher had nothing to render: the figure would be worthless")
    return alone, beside


def told(pairs: list[tuple[Turn, Turn]]) -> int:
    late = statistics.median(beside.late_ms - alone.late_ms for alone, beside in pairs)
    took = statistics.median(beside.took_ms - alone.took_ms for alone, beside in pairs)
    print(f"median difference at p99: start {late:+.1f} ms, measured time {took:+.2f} ms (to reach {TO_REACH_MS:g})")
    return 0 if late <= TO_REACH_MS and took <= TO_REACH_MS else 1


def make_house(folder: Path, stage: Stage, part: int) -> House:
    folder.mkdir()
    config = folder / "config.toml"
    config.write_text(f'[paths]\ndata = "{folder}"\n')
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "status.cli", "--config", str(config)]
    subprocess.run([*command, "db", "upgrade"], check=True, env=environment, stdout=subprocess.DEVNULL)
    engine = make_engine(f"sqlite:///{folder}/travaux.db")
    with writing(make_sessions(engine)) as session:
        many = seed(session, utc_now(), components=2_000 // part, events=20_000 // part)
    engine.dispose()
    config.write_text(f'[paths]\ndata = "{folder}"\n' + catalogue(many, stage.url("http", named=False), CHECKS))
    return House(folder, folder / "travaux.db", command, environment)


def catalogue(many: Many, url: str, checks: int) -> str:
    """Write the seeded components as configuration, so many of them with a check of their own that runs every 10 s."""
    components = [
        f'[[component]]\nslug = "{slug}"\nparent = "{parent}"\nname = {{fr = "Grappe {slug}", en = "Cluster {slug}"}}\n'
        for slug, parent in many.parents.items()
    ]
    looks = [
        f'[[check]]\nname = "{slug}-check"\ncomponent = "{slug}"\nkind = "http"\ninterval_s = 10.0\ntimeout_s = 5\n'
        f'[check.options]\nurl = "{url}"\n'
        for slug in many.leaves[:checks]
    ]
    unwatched = [slug for slug in many.parents if slug not in set(many.leaves[:checks])]
    rest = [
        f'[[check]]\nname = "{slug}-check"\ncomponent = "{slug}"\nkind = "http"\ninterval_s = 3600.0\ntimeout_s = 5\n'
        f'[check.options]\nurl = "{url}"\n'
        for slug in unwatched
    ]
    return "\n".join((*components, *looks, *rest))


@contextmanager
def running(house: House, role: str) -> Iterator[subprocess.Popen[bytes]]:
    process = house.start(role)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        process.wait(30)


def wait_for(house: House, count: int, monitor: subprocess.Popen[bytes]) -> None:
    """Wait until so many runs were observed."""
    deadline = time.monotonic() + 120
    while observed(house.database) < count:
        if monitor.poll() is not None or time.monotonic() > deadline:
            sys.exit(f"the monitor did not come up: {(house.folder / 'monitor.log').read_text()[-2_000:]}")
        time.sleep(0.5)
    time.sleep(SETTLE_S)


def observed(database: Path) -> int:
    with closing(sqlite3.connect(database, timeout=30)) as connection:
        return int(connection.execute("SELECT count(*) FROM observation").fetchone()[0])


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    sys.exit(main())
