"""The composition root: everything a process is made of is built here, once, from its settings.

travaux run ─▶ supervisor, which starts
run --only demo       ─▶ status.demo.process.main(runtime)      (a demonstration only)
run --only monitor    ─▶ status.monitor.process.main(runtime)
run --only publisher  ─▶ status.publication.process.main(runtime, render)
run --only alerting   ─▶ status.alerting.process.main(runtime)
run --only web        ─▶ status.web.process.main(runtime)
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from status.clock import Clock, system_clock
from status.config.model import Settings
from status.models.engine import Sessions, make_engine, make_sessions
from status.places import Places


@dataclass(frozen=True, slots=True)
class Runtime:
    """One process's parts. Made after the process starts; never inherited over a fork."""

    settings: Settings
    places: Places
    engine: sa.Engine
    sessions: Sessions
    clock: Clock


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
