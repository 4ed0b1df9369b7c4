"""The composition root: everything a process is made of is built here, once, from its settings.

travaux run ─▶ supervisor, which starts
run --only demo       ─▶ status.demo.process.main(runtime)      (a demonstration only)
run --only monitor    ─▶ status.monitor.process.main(runtime)
run --only publisher  ─▶ status.publication.process.main(runtime, render)
run --only web        ─▶ status.web.process.main(runtime)
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from status.clock import Clock, system_clock
from status.config.model import Settings
from status.models.engine import Sessions, make_engine, make_sessions


@dataclass(frozen=True, slots=True)
class Places:
    """Where a process finds and leaves things on disk. `published` outlives the database."""

    config: Path
    base: Path
    data: Path
    published: Path
    run: Path

    @property
    def demo_socket(self) -> Path:
        """The Unix socket that `travaux demo` speaks to."""
        return self.data / "demo.sock"


@dataclass(frozen=True, slots=True)
class Runtime:
    """One process's parts. Made after the process starts; never inherited over a fork."""

    settings: Settings
    places: Places
    engine: sa.Engine
    sessions: Sessions
    clock: Clock


def places_of(settings: Settings, config: Path, base: Path) -> Places:
    """Work out the directories; relative ones stand against `base` (the config's folder; the working one in a demo).

    Nothing is created.
    """
    data = (base / settings.paths.data).resolve()
    if settings.demo is not None:
        data = data / "demo"
    published = (base / settings.paths.published).resolve() if settings.paths.published else data / "published"
    return Places(config=config, base=base, data=data, published=published, run=data / "run")


def database_url(settings: Settings, places: Places) -> sa.URL:
    """Give the database's URL, its password resolved; SQLite in the data folder when none is configured."""
    if not settings.database.url:
        return sa.URL.create("sqlite", database=str(places.data / "travaux.db"))
    url = sa.make_url(settings.database.url)
    if url.get_backend_name() == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    if settings.database.password is not None:
        url = url.set(password=settings.database.password.resolve())
    return url


def make_runtime(settings: Settings, places: Places, clock: Clock = system_clock) -> Runtime:
    """Build a process's runtime. Opens no connection."""
    engine = make_engine(database_url(settings, places), pool_size=settings.database.pool_size)
    return Runtime(settings, places, engine, make_sessions(engine), clock)
