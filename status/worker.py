"""What each Granian worker runs: the published bytes at once, the Flask app when the first request needs it.

A worker takes its places from the environment, not from the configuration: it starts, and serves what was published,
also when config.toml was broken or the database lost since.
"""

from __future__ import annotations

import logging
import os
import resource
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from status.clock import system_clock
from status.life import die_with_parent, touch_life
from status.log import configure, fields
from status.places import Places
from status.web import plain
from status.web.bytes import PublishedBytes
from status.web.feed_links import FeedLinks
from status.web.mirror import MirrorFolder
from status.web.secure import OnlyHTTPS
from status.web.task import Task

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

RETRY_S: Final = 5.0


def create() -> WSGIApplication:
    """Make a worker's application; called by Granian in the worker itself."""
    task = Task.received()
    assert task is not None, "workers are started by status.web.process"
    die_with_parent(task.parent)
    configure("web")
    _raise_open_files()
    return OnlyHTTPS(_answering(task), task.trusted_proxies)


def _answering(task: Task) -> WSGIApplication:
    if task.mirror:
        return MirrorFolder(Path(task.mirror), system_clock)
    return PublishedBytes(
        task.places.published,
        LazyApp(lambda: _make_app(task.places)),
        system_clock,
        cache_bytes=task.cache_bytes,
        line_limit=task.line_limit,
        links=FeedLinks(task.public_url, task.hub),
        alive=lambda: _touch(task.places),
    )


class LazyApp:
    """The Flask app, made at the first request that needs it. One that can't be made is tried again later."""

    def __init__(self, make: Callable[[], WSGIApplication]) -> None:
        self._make = make
        self._app: WSGIApplication | None = None
        self._lock = threading.Lock()
        self._try_at = 0.0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Let the app answer; 503 while there is none."""
        app = self._app or self._made()
        return app(environ, start_response) if app else plain.unavailable(environ, start_response)

    def _made(self) -> WSGIApplication | None:
        with self._lock:
            if self._app is None and time.monotonic() >= self._try_at:
                try:
                    self._app = self._make()
                except Exception:  # whatever it is, published bytes go on being served
                    log.exception("app_not_made", extra=fields(retry_s=RETRY_S))
                    self._try_at = time.monotonic() + RETRY_S
            return self._app


class Doors:
    """Leads who was let in (desk, API, agents) to an app of their own, made when the first of them comes."""

    def __init__(self, public: WSGIApplication, inner: WSGIApplication, is_inner: Callable[[str], bool]) -> None:
        self._public = public
        self._inner = inner
        self._is_inner = is_inner

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Let one of the two apps answer."""
        app = self._inner if self._is_inner(environ["PATH_INFO"]) else self._public
        return app(environ, start_response)


def _make_app(places: Places) -> WSGIApplication:
    from status.app import create_app, create_public
    from status.config.load import load
    from status.runtime import make_runtime
    from status.web.asked_for import AskedFor
    from status.web.hosts import is_inner

    runtime = make_runtime(load(places.config), places)
    return Doors(AskedFor(create_public(runtime), runtime), LazyApp(lambda: create_app(runtime)), is_inner)


def _touch(places: Places) -> None:
    try:
        touch_life(places, f"web-{os.getpid()}")
    except OSError as error:
        log.debug("life_file_not_touched", extra=fields(error=str(error)))


def _raise_open_files() -> None:
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
