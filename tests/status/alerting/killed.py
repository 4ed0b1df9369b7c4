"""The alerting process as the supervisor runs it, on a test's own database: started, to be killed."""

from __future__ import annotations

import signal
import threading

import sqlalchemy as sa

from status.alerting import process
from status.clock import system_clock
from status.config.model import Settings
from status.models.engine import make_engine, make_sessions
from status.places import Places
from status.runtime import Runtime


def main(settings: Settings, places: Places, url: sa.URL) -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    engine = make_engine(url)
    process.run(Runtime(settings, places, engine, make_sessions(engine), system_clock), stop)
