"""A web app over a real database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from probes.types import Instant
from status.app import create_app
from status.config.model import AlertRule, RotaEntry, Settings, Site
from status.models.engine import Sessions
from status.places import Places
from status.runtime import Runtime
from tests.status.web.builder import NOW, Story

SETTINGS = Settings(
    site=Site(name="Exemple Télécom", public_url="https://status.example.net"),
    alert=(AlertRule(name="nuit", rota="astreinte"),),
    rota=(RotaEntry(name="astreinte", people=("alice", "bob"), starts_on="2026-01-05"),),
)


@pytest.fixture
def runtime(engine: sa.Engine, sessions: Sessions, tmp_path: Path) -> Runtime:
    places = Places(tmp_path / "config.toml", tmp_path, tmp_path, tmp_path / "published", tmp_path / "run")
    return Runtime(SETTINGS, places, engine, sessions, lambda: Instant(0.0, NOW.timestamp() + 2))


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    return create_app(runtime)


@pytest.fixture
def fill(sessions: Sessions) -> Callable[[Callable[[Session], Story]], Story]:
    def _fill(day: Callable[[Session], Story]) -> Story:
        with sessions() as session:
            story = day(session)
            session.commit()
            return story

    return _fill


@pytest.fixture
def statements(engine: sa.Engine) -> Iterator[list[str]]:
    """Collect the statements the database was sent."""
    seen: list[str] = []

    def note(_connection, _cursor, statement, *_rest) -> None:
        seen.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    yield seen
    sa.event.remove(engine, "before_cursor_execute", note)
