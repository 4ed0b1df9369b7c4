"""A whole monitor with a real server to look at: a person asks, and the run with its trace is there at once."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from probes.types import Instant, Outcome
from status.clock import utc
from status.config.load import load
from status.models import Check, Evidence, Location, Observation
from status.models.engine import Sessions, reading, writing
from status.monitor.process import Monitor
from status.places import Places
from status.runtime import Runtime
from status.services.actors import cli_user
from status.services.running import run_now

CONFIG = """
[site]
name = "Exemple"
public_url = "https://status.example.net"
[[component]]
slug = "voice"
parent = "telephony"
name = {{ fr = "Voix", en = "Voice" }}
[[check]]
name = "voice/tcp"
component = "voice"
kind = "tcp"
interval_s = 3600
timeout_s = 5
options = {{ target = "127.0.0.1:{port}" }}
"""


def clock() -> Instant:
    return Instant(time.monotonic(), time.time())


@pytest.fixture
def runtime(engine: sa.Engine, sessions: Sessions, tmp_path: Path) -> Runtime:
    return Runtime(load_of(tmp_path, 1), Places(tmp_path / "config.toml", *[tmp_path] * 4), engine, sessions, clock)


def load_of(folder: Path, port: int):
    (folder / "config.toml").write_text(CONFIG.format(port=port), encoding="utf-8")
    return load(folder / "config.toml")


async def until(found, seconds: float = 10.0):
    """Ask again and again until there is something."""
    async with asyncio.timeout(seconds):
        while (something := found()) is None:  # noqa: ASYNC110 - it comes by the database, which calls nobody
            await asyncio.sleep(0.02)
    return something


def test_a_run_that_a_person_asks_for_is_made_and_kept_with_its_trace(runtime, sessions, tmp_path):
    kept, took_s = asyncio.run(story(runtime, sessions, tmp_path))
    assert Outcome(kept[0].outcome) is Outcome.OK
    assert not kept[0].standing
    assert any("connect" in line for line in kept[1].data["trace"])
    assert took_s < 2.0


async def story(runtime: Runtime, sessions: Sessions, folder: Path):
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    settings = load_of(folder, server.sockets[0].getsockname()[1])
    monitor = Monitor(Runtime(settings, runtime.places, runtime.engine, sessions, clock))
    running = asyncio.create_task(monitor.run())
    await until(lambda: first(sessions, sa.select(Check).join(Location, sa.true())))
    asked = time.monotonic()
    with writing(sessions) as session:
        check = session.scalars(sa.select(Check)).one()
        run_now(session, check, settings.monitor.location, cli_user(session, "anne"), utc(time.time()))
    evidence = await until(lambda: first(sessions, sa.select(Evidence)))
    took_s = time.monotonic() - asked
    os.kill(os.getpid(), signal.SIGTERM)
    assert await running == 0
    server.close()
    return (first(sessions, sa.select(Observation).where(Observation.sequence == evidence.sequence)), evidence), took_s


def first(sessions: Sessions, statement):
    with reading(sessions) as session:
        row = session.scalars(statement).first()
        if row is not None:
            session.expunge(row)
        return row
