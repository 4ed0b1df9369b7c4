"""Two agents beside the monitor, one of them behind a line of its own that is cut, stalled and restored."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import pytest
import requests

from tests.faults.installation import ROOT, until

pytestmark = [
    pytest.mark.story,
    pytest.mark.timeout(600),
    pytest.mark.skipif(os.geteuid() != 0 or shutil.which("ip") is None, reason="needs root and iproute2's ip"),
]

COMMAND = [sys.executable, "-m", "status.cli"]
CUT_S = 75
"""Longer than what still counts as evidence (late_after_s, 60 s) and than a location may be silent (60 s)."""

STALLED_S = 25
NOWHERE = "02:00:00:00:00:99"

CONFIG = """
[server]
listen = "0.0.0.0:{port}"
[publication]
renew_s = 5
[self_test]
interval_s = 5
well_for_s = 10
bad_references = 2
[detection]
close_after_s = 5
"""
REFERENCE = """
[[self_test.reference]]
kind = "tcp"
target = "{host}:{port}"
timeout_s = 2
"""
CHECK = """
[[component]]
slug = "web-{number}"
parent = "hosting"
name = {{ fr = "Web {number}", en = "Web {number}" }}
[[check]]
name = "web-{number}/tcp"
component = "web-{number}"
kind = "tcp"
interval_s = 3
timeout_s = 2
[check.options]
target = "{host}:{port}"
"""


class Namespace:
    """A network namespace behind a pair of virtual interfaces; `host` is this side's address."""

    def __init__(self, name: str, subnet: int) -> None:
        self.name, self.near, self.far = name, f"{name}-n", f"{name}-f"
        self.host, self.guest = f"10.213.{subnet}.1", f"10.213.{subnet}.2"

    def __enter__(self) -> Self:
        ip("netns", "add", self.name)
        ip("link", "add", self.near, "type", "veth", "peer", "name", self.far, "netns", self.name)
        ip("addr", "add", f"{self.host}/30", "dev", self.near)
        ip("link", "set", self.near, "up")
        ip("-n", self.name, "addr", "add", f"{self.guest}/30", "dev", self.far)
        ip("-n", self.name, "link", "set", self.far, "up")
        ip("-n", self.name, "link", "set", "lo", "up")
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(subprocess.CalledProcessError):
            ip("link", "del", self.near)
        ip("netns", "del", self.name)

    @contextmanager
    def cut(self) -> Iterator[None]:
        """Take the line down: who tries is told at once."""
        ip("-n", self.name, "link", "set", self.far, "down")
        try:
            yield
        finally:
            ip("-n", self.name, "link", "set", self.far, "up")

    @contextmanager
    def stalled(self) -> Iterator[None]:
        """Let packets of both directions go to a machine that does not exist: nobody is told anything."""
        ip("neigh", "replace", self.guest, "lladdr", NOWHERE, "dev", self.near, "nud", "permanent")
        ip("-n", self.name, "neigh", "replace", self.host, "lladdr", NOWHERE, "dev", self.far, "nud", "permanent")
        try:
            yield
        finally:
            ip("neigh", "del", self.guest, "dev", self.near)
            ip("-n", self.name, "neigh", "del", self.host, "dev", self.far)


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


class Serving:
    """A TCP server on every address that accepts and says nothing; closed, its port refuses."""

    def __init__(self, port: int = 0) -> None:
        self._socket = socket.create_server(("0.0.0.0", port), backlog=500)
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                self._socket.accept()[0].close()

    def close(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)


class Provider:
    """`travaux run` with three locations: here, rbx on this machine, gra in a namespace."""

    def __init__(self, folder: Path, line: Namespace, stack: ExitStack) -> None:
        self.folder, self.line = folder, line
        self.references = [Serving() for _ in range(2)]
        self.web = [Serving() for _ in range(2)]
        stack.callback(lambda: [each.close() for each in (*self.references, *self.web)])
        free = Serving()
        self.port = free.port
        free.close()
        text = CONFIG.format(port=self.port)
        text += "".join(REFERENCE.format(host=line.host, port=each.port) for each in self.references)
        text += "".join(
            CHECK.format(number=number, host=line.host, port=each.port) for number, each in enumerate(self.web, 1)
        )
        (folder / "config.toml").write_text(text, encoding="utf-8")
        self.environment = {**os.environ, "PYTHONPATH": str(ROOT), "TRAVAUX_LOG": "text"}
        self.stack = stack

    def start(self, name: str, *command: str, before: tuple[str, ...] = ()) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [*before, *COMMAND, *command], cwd=self.folder, env=self.environment, stdout=log, stderr=log
            )
        self.stack.callback(end, process)
        return process

    def tell(self, *command: str) -> None:
        done = subprocess.run(
            [*COMMAND, *command], cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    def add(self, slug: str, server: str, *before: str) -> None:
        self.tell("location", "add", slug, "--token-file", f"{slug}.token")
        options = ("--server", server, "--token-file", f"{slug}.token", "--data", f"agent-{slug}", "--insecure-http")
        self.start(slug, "agent", "--location", slug, *options, before=before)

    def ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        database = self.folder / "var" / "travaux.db"
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            return connection.execute(query, values).fetchall()

    def sequences(self, slug: str) -> list[int]:
        """Give the numbers of the observations of a location that are stored, in order."""
        query = "SELECT sequence FROM observation o JOIN location l ON l.id = o.location_id WHERE slug = ? ORDER BY 1"
        return [number for (number,) in self.ask(query, slug)]

    def gaps(self, slug: str) -> list[int]:
        """Give the numbers that are missing between the first and the last one."""
        have = self.sequences(slug)
        return sorted(set(range(have[0], have[-1] + 1)) - set(have))

    def incidents(self) -> int:
        return int(self.ask("SELECT count(*) FROM event WHERE type = 'incident'")[0][0])

    def verdicts(self) -> set[str]:
        rows = self.ask("SELECT verdict FROM verdict_interval WHERE ended_at IS NULL AND superseded_by IS NULL")
        return {verdict for (verdict,) in rows}

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()


def end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        process.wait(40)


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """Three locations that see both components well; every test leaves them so."""
    with ExitStack() as stack:
        line = stack.enter_context(Namespace(f"tvx{os.getpid() % 100_000}", os.getpid() % 250))
        made = Provider(tmp_path_factory.mktemp("agents"), line, stack)
        made.start("run", "run")
        until(lambda: b"<html" in page(made.port), 30, "the front page")
        made.add("rbx", f"http://127.0.0.1:{made.port}")
        made.add("gra", f"http://{line.host}:{made.port}", "ip", "netns", "exec", line.name)
        try:
            until(lambda: made.sequences("rbx") and made.sequences("gra"), 60, "both agents are heard")
            until(lambda: made.verdicts() == {"operational"}, 60, "all is well")
            yield made
        finally:
            for name in ("run", "rbx", "gra"):
                print(f"--- {name}\n{made.log(name)[-2000:]}")


def page(port: int) -> bytes:
    try:
        return requests.get(f"http://127.0.0.1:{port}/en", timeout=2).content
    except requests.RequestException:
        return b""


def whole_again(provider: Provider, seen: int) -> None:
    """Wait until gra delivers what it sees now, and everything before it is stored too."""
    until(lambda: len(provider.sequences("gra")) > seen + 3, 40, "gra delivers again")
    until(lambda: not list((provider.folder / "agent-gra" / "buffer").glob("*.log")), 30, "its buffer is replayed")
    time.sleep(5)
    until(lambda: len(provider.gaps("gra")) == 0, 20, "nothing is lost")


def test_a_line_that_is_cut_opens_nothing_and_loses_nothing(provider: Provider) -> None:
    incidents = provider.incidents()
    with provider.line.cut():
        time.sleep(CUT_S)
        assert provider.verdicts() == {"operational"}
        seen = len(provider.sequences("gra"))
    whole_again(provider, seen)
    assert provider.incidents() == incidents
    assert "server_lost" in provider.log("gra")
    assert "server_back" in provider.log("gra")


def test_a_line_that_stalls_opens_nothing_and_loses_nothing(provider: Provider) -> None:
    incidents = provider.incidents()
    with provider.line.stalled():
        time.sleep(STALLED_S)
        assert provider.verdicts() == {"operational"}
        seen = len(provider.sequences("gra"))
    whole_again(provider, seen)
    assert provider.incidents() == incidents


def test_while_a_location_is_cut_off_the_others_see_an_outage(provider: Provider) -> None:
    incidents = provider.incidents()
    with provider.line.cut():
        time.sleep(20)
        port = provider.web[0].port
        provider.web[0].close()
        until(lambda: provider.incidents() == incidents + 1, 70, "an incident, seen from here and rbx")
        provider.web[0] = Serving(port)
    until(lambda: provider.verdicts() == {"operational"}, 120, "well again")
    assert provider.incidents() == incidents + 1


def test_a_token_is_refused_for_the_other_location(provider: Provider) -> None:
    token = (provider.folder / "rbx.token").read_text().strip()
    doors = f"http://127.0.0.1:{provider.port}/agent/v1"
    header = {"Authorization": f"Bearer {token}"}
    batch = {"location": "gra", "boot": "b", "sent": {"steady": 1, "wall": 1}, "items": []}
    read = requests.get(f"{doors}/orders?location=gra", headers=header, timeout=5)
    written = requests.post(f"{doors}/observations", json=batch, headers=header, timeout=5)
    assert (read.status_code, written.status_code) == (403, 403)
