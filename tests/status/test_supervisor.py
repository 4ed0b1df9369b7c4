"""The supervisor over real processes (stand-ins for the children, so that each can be broken at will)."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest

pytestmark = pytest.mark.alone

PROGRAM = Path(__file__).with_name("stand_in_supervisor.py")
ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}


def until(true: Callable[[], bool], timeout_s: float = 15.0) -> float:
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < timeout_s, "never came true"
        time.sleep(0.02)
    return time.monotonic() - began


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


class Installation:
    """A data folder, a port and the supervisors started on them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.started: list[subprocess.Popen[str]] = []
        for name in ("pids", "run", "published"):
            (folder / name).mkdir(parents=True)

    def run(self, *more: str) -> subprocess.Popen[str]:
        command = [sys.executable, str(PROGRAM), str(self.folder), str(self.port), *more]
        process = subprocess.Popen(command, text=True, stdout=-1, stderr=-1, start_new_session=True, env=ENVIRONMENT)
        self.started.append(process)
        return self.started[-1]

    def pid(self, name: str) -> int:
        file = self.folder / "pids" / name
        return int(file.read_text()) if file.exists() else 0

    def answers(self) -> bool:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=0.5)
        try:
            connection.request("GET", "/")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def is_up(self) -> bool:
        return self.answers() and all(lives(self.pid(name)) for name in ("web", "worker", "monitor", "publisher"))

    def replaced(self, name: str, old: int) -> bool:
        return self.pid(name) != old and self.is_up()

    def end(self) -> None:
        for process in self.started:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.communicate()


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    made = Installation(tmp_path / "data")
    yield made
    made.end()


@pytest.fixture
def up(installation: Installation) -> Installation:
    installation.run()
    until(installation.is_up)
    return installation


def test_every_child_is_started_after_the_database_was_prepared(up: Installation) -> None:
    assert (up.folder / "prepared").exists()
    assert (up.folder / "started").read_text().split()[0] == "web"


def test_the_address_is_told_once_the_web_answers(installation: Installation) -> None:
    process = installation.run("demo")
    assert process.stdout is not None
    assert process.stdout.readline() == f"http://127.0.0.1:{installation.port}\n"
    assert installation.answers()
    assert "travaux demo break sip" in process.stdout.readline()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_children_are_stopped_in_their_order(installation: Installation, number: int) -> None:
    process = installation.run("demo")
    until(lambda: installation.is_up() and lives(installation.pid("demo")))
    process.send_signal(number)
    assert process.wait(10) == 0
    assert (installation.folder / "ended").read_text().split() == ["web", "publisher", "monitor", "demo"]


def test_alerting_runs_where_it_is_asked_for_and_is_replaced_when_it_hangs(installation: Installation) -> None:
    installation.run("alert")
    until(lambda: installation.is_up() and lives(installation.pid("alerting")))
    old = installation.pid("alerting")
    os.kill(old, signal.SIGSTOP)
    until(lambda: installation.pid("alerting") not in {0, old})
    assert installation.is_up()


def test_without_rules_no_alerting_runs(up: Installation) -> None:
    assert installation_started(up) == {"web", "monitor", "publisher"}


def installation_started(up: Installation) -> set[str]:
    until(lambda: len((up.folder / "started").read_text().split()) >= 3)
    return set((up.folder / "started").read_text().split())


def test_a_child_that_will_not_end_is_killed(up: Installation) -> None:
    (up.folder / "stubborn-monitor").touch()
    up.started[0].terminate()
    assert up.started[0].wait(10) == 0
    assert not lives(up.pid("monitor"))


@pytest.mark.parametrize("name", ["monitor", "publisher", "web", "worker"])
def test_a_killed_child_is_started_again(up: Installation, name: str) -> None:
    if name == "worker":
        os.kill(up.pid("web"), signal.SIGSTOP)  # nobody starts the stand-in's worker again
    old = up.pid(name)
    os.kill(old, signal.SIGKILL)
    assert until(lambda: up.replaced(name, old)) < 5


@pytest.mark.parametrize("name", ["monitor", "publisher"])
def test_a_child_without_a_life_sign_is_killed_and_started_again(up: Installation, name: str) -> None:
    old = up.pid(name)
    os.kill(old, signal.SIGSTOP)
    assert until(lambda: up.replaced(name, old)) < 5
    assert not lives(old)


@pytest.mark.parametrize("name", ["web", "worker"])
def test_a_stopped_web_process_ends_its_whole_group(up: Installation, name: str) -> None:
    group = (up.pid("web"), up.pid("worker"))
    os.kill(up.pid(name), signal.SIGSTOP)
    assert until(lambda: up.replaced("worker", group[1])) < 5
    assert not any(lives(pid) for pid in group)


def test_a_web_that_stops_answering_is_started_again(up: Installation) -> None:
    old = up.pid("worker")
    os.kill(old, signal.SIGKILL)
    assert until(lambda: up.replaced("worker", old)) < 5


def test_hanging_up_reaches_the_monitor_and_nobody_else(up: Installation) -> None:
    before = up.pid("monitor")
    up.started[0].send_signal(signal.SIGHUP)
    until((up.folder / "hung-up").exists)
    assert up.is_up()
    assert up.pid("monitor") == before


def test_everything_ends_with_a_killed_supervisor_and_a_new_one_answers(up: Installation) -> None:
    children = [up.pid(name) for name in ("web", "worker", "monitor", "publisher")]
    up.started[0].kill()
    began = time.monotonic()
    up.run()
    assert until(lambda: not any(lives(pid) for pid in children)) < 2
    until(up.is_up)
    assert time.monotonic() - began < 5


def test_the_page_stays_while_the_supervisor_is_stopped_and_after(up: Installation) -> None:
    before = (up.pid("web"), up.pid("monitor"))
    up.started[0].send_signal(signal.SIGSTOP)
    ended_at = time.monotonic() + 2.5
    until(lambda: not up.answers() or time.monotonic() > ended_at)
    up.started[0].send_signal(signal.SIGCONT)
    ended_at = time.monotonic() + 1.0
    until(lambda: not up.answers() or time.monotonic() > ended_at)
    assert up.is_up()
    assert (up.pid("web"), up.pid("monitor")) == before


def test_a_second_supervisor_of_the_same_data_is_refused(up: Installation) -> None:
    second = up.run()
    assert second.wait(10) == 3
    assert f"another travaux (pid {up.started[0].pid}) runs on the data folder" in (second.communicate()[1])
    assert up.is_up()


def test_a_second_supervisor_on_the_same_port_is_refused(up: Installation, tmp_path: Path) -> None:
    other = Installation(tmp_path / "other")
    other.port = up.port
    second = other.run()
    assert second.wait(10) == 3
    assert f"127.0.0.1:{up.port} is in use by" in second.communicate()[1]
    assert not (other.folder / "prepared").exists()


def test_a_foreign_program_on_the_port_is_named(installation: Installation) -> None:
    program = (
        "import socket,sys; s=socket.create_server(('127.0.0.1',0)); print(s.getsockname()[1],flush=True); input()"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdin=-1, stdout=-1, text=True) as foreign:
        installation.port = int(foreign.stdout.readline())  # type: ignore[union-attr]
        process = installation.run()
        assert process.wait(10) == 3
        foreign.kill()
    message = f"127.0.0.1:{installation.port} is in use by {Path(sys.executable).name} -c"
    assert message in (said := process.communicate()[1])
    assert f"(pid {foreign.pid}): stop it or set [server] listen" in said


def test_connections_in_time_wait_do_not_refuse(up: Installation) -> None:
    assert up.answers()  # the server closes first: the port is in TIME_WAIT afterwards
    up.started[0].terminate()
    assert up.started[0].wait(10) == 0
    up.run()
    until(up.is_up)


def test_nobody_takes_the_port_while_the_web_is_down(installation: Installation) -> None:
    (installation.folder / "broken-web").touch()
    installation.run()
    until(lambda: lives(installation.pid("monitor")))
    with socket.socket() as thief:
        thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with pytest.raises(OSError, match="already in use"):
            thief.bind(("127.0.0.1", installation.port))


def test_a_child_that_dies_at_once_is_tried_again_and_again(installation: Installation) -> None:
    (installation.folder / "broken-publisher").touch()
    installation.run()
    until((installation.folder / "started").exists)
    until(lambda: (installation.folder / "started").read_text().count("publisher") >= 3)
    (installation.folder / "broken-publisher").unlink()
    until(installation.is_up)


def test_the_web_serves_while_the_database_is_away_and_the_rest_follows(installation: Installation) -> None:
    (installation.folder / "no-database").touch()
    installation.run()
    until(installation.answers)
    assert not installation.pid("monitor")
    (installation.folder / "no-database").unlink()
    until(installation.is_up)
