"""A whole travaux in a folder of its own: the demonstration, on free ports, by the real command."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Self

import feedparser

from status.supervisor.watch import descendants

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "status.cli"]
PORTS = 20
AREAS = ("hosting", "email", "telephony", "xdsl")

Settings = Mapping[str, Mapping[str, object]]
"""Changed settings: section, key, value as TOML."""

SHIPPED: Settings = {}
"""The example as it is: a look every 10 s, closed after 60 s of quiet."""

QUICK: Settings = {
    "check": {"interval_s": 2, "timeout_s": 1},
    "publication": {"stale_after_s": 20, "renew_s": 5},
    "self_test": {"interval_s": 5, "well_for_s": 10},
    "detection": {
        "confirm_offsets_s": [1, 2, 3, 4],
        "down_after_s": 4,
        "suspicion_pace_s": 2,
        "up_after_s": 4,
        "up_offsets_s": [2, 4],
        "down_pace_s": 2,
        "close_after_s": 5,
    },
}
"""The same rule with short spans, for what does not depend on them."""


def until(true: Callable[[], object], timeout_s: float, what: str) -> float:
    """Wait for something to come true; give how long it took (seconds)."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < timeout_s, f"{what}: not within {timeout_s:g} s"
        time.sleep(0.05)
    took_s = time.monotonic() - began
    print(f"  {what}: {took_s:.2f} s")
    return took_s


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


class Installation:
    def __init__(
        self, folder: Path, settings: Settings = SHIPPED, environment: Mapping[str, str] | None = None
    ) -> None:
        self.folder, self.data = folder, folder / "var" / "demo"
        self.database = self.data / "travaux.db"
        base = _free_block()
        self.port = base + PORTS
        example = (ROOT / "config.example.toml").read_text(encoding="utf-8")
        text = re.sub(r"\b181(\d\d)\b", lambda found: str(base + int(found[1])), example)
        places = {"server": {"listen": f'"127.0.0.1:{self.port}"'}, "demo": {"ports_from": base}}
        (folder / "config.toml").write_text(_changed(text, {**settings, **places}), encoding="utf-8")
        self.log = (folder / "log").open("w")
        self.environment = {**os.environ, "PYTHONPATH": str(ROOT), "TRAVAUX_LOG": "text", **(environment or {})}
        self.started: list[subprocess.Popen[bytes]] = []

    @property
    def supervisor(self) -> subprocess.Popen[bytes]:
        return self.started[-1]

    def start(self, *arguments: str) -> None:
        streams: dict[str, Any] = {"stdout": self.log, "stderr": self.log}
        command = [*COMMAND, "run", *arguments]
        self.started.append(
            subprocess.Popen(command, cwd=self.folder, env=self.environment, start_new_session=True, **streams)
        )

    def end(self) -> None:
        for process in self.started:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
                process.wait(40)
        self.log.close()

    def tell(self, *arguments: str) -> str:
        """Run a command of the product in this installation's folder; give what it printed."""
        command = [*COMMAND, *arguments]
        environment = {name: value for name, value in self.environment.items() if name != "LD_PRELOAD"}
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def get(self, path: str, etag: str = "") -> tuple[int, str, bytes]:
        """Give code, ETag and body; 0 when nobody answers within 2 s."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", path, headers={"If-None-Match": etag} if etag else {})
            answer = connection.getresponse()
            return answer.status, answer.headers.get("ETag", ""), answer.read()
        except (OSError, HTTPException):
            return 0, "", b""
        finally:
            connection.close()

    def answers(self) -> bool:
        return self.get("/en")[0] == 200

    def told(self) -> dict[str, Any]:
        """Give status.json; nothing when nobody answers."""
        code, _, body = self.get("/status.json")
        return json.loads(body) if code == 200 else {"areas": [], "components": [], "stale": None}

    def states(self) -> dict[str, str]:
        return {area["slug"]: area["state"] for area in self.told()["areas"]}

    def component_states(self) -> dict[str, str]:
        return {component["slug"]: component["state"] for component in self.told()["components"]}

    def all_areas(self, state: str) -> bool:
        assert self.supervisor.poll() is None, "the supervisor ended"
        return self.states() == dict.fromkeys(AREAS, state)

    def items(self, path: str = "/en/feed.rss") -> list[feedparser.FeedParserDict]:
        """Give a feed's items, newest first; the feed must be clean."""
        code, _, body = self.get(path)
        feed = feedparser.parse(body)
        assert code == 200
        assert not feed.bozo, feed.get("bozo_exception")
        return list(feed.entries)

    def identifiers(self) -> frozenset[str]:
        return frozenset(entry.id for entry in self.items())

    def new_items(self, seen: frozenset[str]) -> list[feedparser.FeedParserDict]:
        return [entry for entry in self.items() if entry.id not in seen]

    def pid(self, name: str) -> int:
        """Give the pid of a child, `worker` being the web's; 0 when there is none."""
        for pid in descendants(self.supervisor.pid):
            line = _command_line(pid)
            if f"--only\0{name}\0" in line or (name == "worker" and "spawn_main" in line):
                return pid
        return 0

    def strike(self, name: str, number: signal.Signals) -> int:
        """Send a signal to a child, once it is there; give its pid."""
        until(lambda: self.pid(name), 60, f"{name} is there")
        pid = self.pid(name)
        assert pid > 0, f"{name} went away: signalling 0 would stop the tests themselves"
        os.kill(pid, number)
        return pid

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Read from the database beside the product."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            return connection.execute(query).fetchall()

    def last_lines(self) -> str:
        return (self.folder / "log").read_text()[-3000:]


@contextmanager
def running(
    folder: Path, settings: Settings = SHIPPED, environment: Mapping[str, str] | None = None
) -> Iterator[Installation]:
    """A demonstration with all four areas operational."""
    made = Installation(folder, settings, environment)
    try:
        made.start()
        until(lambda: made.all_areas("operational"), 60, "four areas operational")
        yield made
    except BaseException:
        print(made.last_lines())
        raise
    finally:
        made.end()


class Looking:
    """Somebody who looks at the page ten times a second: `away_s` is the longest time it did not answer."""

    def __init__(self, travaux: Installation) -> None:
        self._travaux = travaux
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.away_s = 0.0
        self.looks = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        print(f"  page: {self.looks} looks, away at most {self.away_s:.2f} s")

    def _look(self) -> None:
        away_since = None
        while not self._over.wait(0.1):
            asked_at = time.monotonic()
            well = self._travaux.answers()
            self.looks += 1
            away_since = None if well else away_since or asked_at
            if away_since is not None:
                self.away_s = max(self.away_s, time.monotonic() - away_since)


def _changed(text: str, settings: Settings) -> str:
    """Change settings of the example, commented out or not; those of `check`, which come first, in every check."""
    for section, values in settings.items():
        for key, value in values.items():
            if section == "check":
                text, found = re.subn(rf"^{key} = \d+", f"{key} = {value}", text, flags=re.MULTILINE)
            else:
                head, header, rest = text.partition(f"\n[{section}]\n")
                line = re.compile(rf"^(# )?{key} = .*$", re.MULTILINE)
                rest, found = line.subn(f"{key} = {value}", rest, count=1)
                text = head + header + rest
            assert found, f"[{section}] {key} is not in the example"
    return text


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def _free_block() -> int:
    """Give the first of `PORTS` + 1 ports that nobody uses, TCP or UDP."""
    start = 21_000 + os.getpid() * 23 % 8_000
    return next(base for base in range(start, 32_000, 23) if all(map(_is_free, range(base, base + PORTS + 1))))


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True
