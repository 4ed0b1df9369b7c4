"""The web process: Granian's main process, which keeps the workers (`status.worker`) alive.

Granian binds with SO_REUSEPORT: that nobody else has the port is the supervisor's to see to, before.
"""

from __future__ import annotations

import multiprocessing
import os
from typing import Any, Final

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from status.config.addresses import split_listen
from status.web.task import Task

TARGET: Final = "status.worker:create"
BACKLOG: Final = 2_048
CONNECTIONS: Final = 4_096
"""So many connections a worker holds at once; more wait in the backlog."""

HEADERS_WITHIN_MS: Final = 10_000
HEADERS_BYTES: Final = 32_768
KILL_AFTER_S: Final = 3
"""A worker that does not end when told is killed after this; the supervisor waits longer."""

LOGGING: Final[dict[str, Any]] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {},
    "handlers": {},
    "loggers": {"_granian": {"level": "ERROR", "propagate": True}},
}
"""Granian's errors go where all our lines go; requests are not logged."""


def main(task: Task) -> None:
    """Serve until SIGTERM or SIGINT; a worker that ends is replaced."""
    host, port = split_listen(task.listen)
    for left in task.places.run.glob("web-*.alive"):
        left.unlink(missing_ok=True)
    task.for_workers().hand_down()
    # Python's threads take turns: an arena of malloc for each only keeps 5 MB apart. Read by workers as they start.
    os.environ.setdefault("MALLOC_ARENA_MAX", "1")
    # Libcurl, threads and engines are made after a process starts: never inherited over a fork.
    multiprocessing.set_start_method("spawn", force=True)
    Granian(
        TARGET,
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        workers=task.workers,
        blocking_threads=task.threads,
        backlog=BACKLOG,
        backpressure=CONNECTIONS,
        http1_settings=HTTP1Settings(
            header_read_timeout=HEADERS_WITHIN_MS, max_buffer_size=HEADERS_BYTES + task.line_limit
        ),
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=KILL_AFTER_S,
        log_level=LogLevels.error,
        log_dictconfig=LOGGING,
    ).serve()
