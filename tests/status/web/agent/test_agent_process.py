"""A real agent process, over TLS, to a real web process: orders one way, observations the other."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from probes.types import Instant
from status.clock import system_clock, utc, utc_now
from status.config.load import load
from status.domain.check_state import Ask
from status.models import Check, Inbox, Location
from status.models.engine import Sessions, make_engine, make_sessions, reading, writing
from status.models.migrate import upgrade
from status.monitor.remote import send_orders
from status.publication.manifest import Manifest, swap
from status.services import catalogue, installation, locations
from status.services.actors import cli_user
from tests.lab.ca import Authority
from tests.servers.tls_front import tls_front

pytestmark = pytest.mark.alone
COMMAND = [sys.executable, "-m", "status.cli"]

CONFIG = """
[server]
listen = "127.0.0.1:{port}"
[self_test]
bad_references = 1
[[self_test.reference]]
kind = "tcp"
target = "127.0.0.1:{target}"
[[component]]
slug = "web"
parent = "hosting"
name = {{ fr = "Web", en = "Web" }}
[[check]]
name = "web/tcp"
component = "web"
kind = "tcp"
interval_s = 2
timeout_s = 1
[check.options]
target = "127.0.0.1:{target}"
"""


@dataclass
class Site:
    folder: Path
    sessions: Sessions
    server: str
    ca: Path
    agents: list[subprocess.Popen[bytes]]

    def agent(self, **more: Any) -> subprocess.Popen[bytes]:
        options = {"location": "rbx", "server": self.server, "token-file": self.folder / "token", "ca": self.ca, **more}
        words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        command = [*COMMAND, "agent", *words, "--data", str(self.folder / "agent")]
        with (self.folder / "agent.log").open("ab") as log:
            process = subprocess.Popen(command, stderr=log)
        self.agents.append(process)
        return process

    def items(self, type_: str) -> list[dict[str, Any]]:
        with reading(self.sessions) as session:
            posts = [row.data["post"] for row in session.scalars(sa.select(Inbox).order_by(Inbox.id))]
        return [item for post in posts for item in post["items"] if item["type"] == type_]

    def observations(self, *, standing: bool = True) -> list[dict[str, Any]]:
        return [item for item in self.items("observation") if item["standing"] is standing]

    def log(self) -> str:
        return (self.folder / "agent.log").read_text()


def until(true: Callable[[], object], wait_s: float = 15) -> float:
    tick, began = threading.Event(), time.monotonic()
    while not true():
        assert time.monotonic() - began < wait_s, "it never came true"
        tick.wait(0.05)
    return time.monotonic() - began


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def prepare(folder: Path, port: int, target: int) -> Sessions:
    """Leave what `travaux run` would: the schema, the catalogue, a publication, a location and its token."""
    (folder / "config.toml").write_text(CONFIG.format(port=port, target=target), encoding="utf-8")
    settings = load(folder / "config.toml")
    engine = make_engine(f"sqlite:///{folder}/var/travaux.db")
    upgrade(engine, folder / "var" / "backups")
    sessions, now = make_sessions(engine), utc_now()
    with writing(sessions) as session:
        installation.ensure(session, settings, now)
        catalogue.apply(session, settings, now)
        token = locations.add(session, "rbx", "here", cli_user(session, "anne"), now)
    (folder / "token").write_text(token, encoding="ascii")
    swap(folder / "var" / "published", Manifest(1, 1, now, now.timestamp() + 180, ("fr",), {}))
    return sessions


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A web process behind TLS, and something to look at."""
    authority = Authority(tmp_path)
    with ExitStack() as stack:
        target = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=1_000))
        port = free_port()
        sessions = prepare(tmp_path, port, target.getsockname()[1])
        stack.callback(sessions.kw["bind"].dispose)
        command = [*COMMAND, "--config", str(tmp_path / "config.toml"), "run", "--only", "web"]
        web = stack.enter_context(subprocess.Popen(command, stderr=subprocess.DEVNULL))
        stack.callback(web.kill)
        until(lambda: answers(port))
        front = stack.enter_context(tls_front(port, authority.issue("web").server_context()))
        made = Site(tmp_path, sessions, f"https://localhost:{front}", authority.pem, [])
        yield made
        for agent in made.agents:
            agent.kill()
            agent.wait(5)


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def test_what_an_agent_sees_arrives_and_it_tests_itself(site: Site) -> None:
    agent = site.agent()
    until(lambda: len(site.observations()) >= 3)
    assert {item["outcome"] for item in site.observations()} == {0}
    assert site.items("self_test")[0]["well"] == [True]
    with reading(site.sessions) as session:
        assert session.scalars(sa.select(Location.heard_at).where(Location.slug == "rbx")).one() is not None
    agent.terminate()
    assert agent.wait(10) == 0


def test_a_single_order_is_run_within_a_second(site: Site) -> None:
    site.agent()
    until(site.observations)
    with writing(site.sessions) as session:
        check_id = session.scalars(sa.select(Check.id)).one()
        now: Instant = system_clock()
        send_orders(session, [Ask(check_id, "rbx", now.steady, 1.0)], ["rbx"], now)
    took_s = until(lambda: site.observations(standing=False))
    print(f"  a single order came back after {took_s:.2f} s")
    assert took_s < 1.5


def test_an_agent_that_ends_leaves_nothing_behind_and_the_next_goes_on(site: Site) -> None:
    for _ in range(2):
        agent = site.agent()
        seen = len(site.observations())
        until(lambda seen=seen: len(site.observations()) > seen)
        agent.send_signal(signal.SIGTERM)
        assert agent.wait(10) == 0
    numbers = [item["sequence"] for item in site.observations()]
    assert len(numbers) == len(set(numbers))
    assert not list((site.folder / "agent" / "buffer").iterdir())


def test_a_second_agent_in_the_same_folder_is_refused(site: Site) -> None:
    site.agent()
    until(site.observations)
    assert site.agent().wait(10) == 3
    assert "is in use by another agent" in site.log()


@pytest.mark.parametrize(("change", "event"), [({"location": "gra"}, "agent_refused"), ({"ca": None}, "server_lost")])
def test_a_wrong_location_or_certificate_delivers_nothing_and_is_told(site: Site, change, event) -> None:
    change = {key: value or Authority(site.folder / "..").pem for key, value in change.items()}
    site.agent(**change)
    until(lambda: event in site.log() or "orders_not_fetched" in site.log())
    assert site.observations() == []
    assert (site.folder / "token").read_text() not in site.log()


def test_a_new_token_counts_without_a_restart(site: Site) -> None:
    site.agent()
    until(site.observations)
    with writing(site.sessions) as session:
        token = locations.rotate(session, "rbx", cli_user(session, "anne"), utc(time.time()))
    until(lambda: "agent_refused" in site.log())
    seen = len(site.observations())
    (site.folder / "token").write_text(token, encoding="ascii")
    until(lambda: len(site.observations()) > seen, wait_s=20)
