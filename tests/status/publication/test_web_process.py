"""The real web process on a real port: Granian, its workers, the published bytes."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from status.clock import utc_now
from status.publication.manifest import Entry, Manifest, swap
from status.publication.objects import Objects

pytestmark = pytest.mark.alone
PAGE = b"<p>page</p>" * 100


@dataclass
class Web:
    process: subprocess.Popen[bytes]
    folder: Path
    port: int

    def ask(self, path="/fr", **headers) -> tuple[int, dict[str, str], bytes]:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)) as connection:
            connection.request("GET", path, headers={key.replace("_", "-"): value for key, value in headers.items()})
            response = connection.getresponse()
            return response.status, {key.lower(): value for key, value in response.getheaders()}, response.read()

    def answers(self, status: int = 200) -> bool:
        try:
            return self.ask()[0] == status
        except OSError:
            return False

    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [int(pid) for pid in children if "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text()]


def until(true: Callable[[], bool], wait_s: float = 10) -> None:
    tick = threading.Event()
    for _ in range(int(wait_s * 20)):
        if true():
            return
        tick.wait(0.05)
    raise AssertionError("it never came true")


def publish(folder: Path) -> None:
    now = utc_now()
    objects = Objects(folder / "var" / "published" / "objects")
    entry = Entry(objects.put(PAGE, now.timestamp()), "text/html; charset=utf-8", now.timestamp())
    swap(folder / "var" / "published", Manifest(1, 1, now, now.timestamp() + 180, ("fr",), {"/fr": entry}))


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (tmp_path / "config.toml").write_text(f'[server]\nlisten = "127.0.0.1:{port}"\n')
    command = [sys.executable, "-m", "status.cli", "--config", str(tmp_path / "config.toml"), "run", "--only", "web"]
    web = Web(subprocess.Popen(command, stderr=subprocess.PIPE), tmp_path, port)
    yield web
    web.process.kill()
    web.process.communicate(timeout=10)


def test_bytes_are_served_as_soon_as_they_are_published(web):
    until(lambda: web.answers(503))
    publish(web.folder)
    until(web.answers)
    status, headers, body = web.ask(Accept_Encoding="gzip")
    assert (status, headers["content-encoding"], headers["content-length"]) == (200, "gzip", str(len(body)))
    assert web.ask(Accept_Encoding="gzip", If_None_Match=headers["etag"])[0] == 304
    assert web.ask("/health")[0] == 204


def test_the_page_stands_without_database_and_configuration(web):
    publish(web.folder)
    until(web.answers)
    (web.folder / "config.toml").write_text("[nonsense")
    assert not list((web.folder / "var").glob("*.db"))
    os.kill(web.workers()[0], signal.SIGKILL)
    until(web.answers)
    assert web.ask()[2] == PAGE
    assert web.ask("/fr/nowhere")[0] == 503


def test_a_killed_worker_is_replaced(web):
    publish(web.folder)
    until(web.answers)
    before = web.workers()
    os.kill(before[0], signal.SIGKILL)
    until(lambda: web.workers() not in ([], before) and web.answers(), wait_s=5)


def test_workers_end_with_a_killed_main_process(web):
    publish(web.folder)
    until(web.answers)
    worker = web.workers()[0]
    web.process.kill()
    web.process.wait(5)
    until(lambda: not Path(f"/proc/{worker}").exists() or _is_zombie(worker), wait_s=2)


def _is_zombie(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


def test_it_ends_when_told_and_says_nothing_of_quiet_work(web):
    publish(web.folder)
    until(web.answers)
    web.process.terminate()
    _, said = web.process.communicate(timeout=5)
    assert (web.process.returncode, [json.loads(line)["event"] for line in said.splitlines()]) == (0, [])
