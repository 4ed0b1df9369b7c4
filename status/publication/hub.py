"""Telling a WebSub hub which feeds changed (`[feeds] hub`), so that its readers hear of it at once.

before a swap: the changed addresses are noted in a file ─▶ after it: a thread of its own posts each, again until taken

An address that changes again while it waits is told once. A hub that hangs or is away delays nothing but itself.
Publishing is what all hubs understand: `hub.mode=publish`, `hub.url=` (PubSubHubbub 0.4 §7; W3C WebSub §6 leaves it
to publisher and hub).
"""

from __future__ import annotations

import json
import logging
import re
import threading
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Final

import requests

from status.config.model import Feeds
from status.log import fields
from status.publication.addresses import EMPTY_KINDS, FOLLOWED
from status.publication.manifest import Entry
from status.publication.objects import write_whole
from status.runtime import Runtime

log = logging.getLogger(__name__)

CONNECT_S: Final = 5.0
FIRST_RETRY_S: Final = 5.0
LAST_RETRY_S: Final = 3_600.0
AGAIN: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
NOTED: Final = "hub"
"""A file beside the generations: what the hub was not told yet."""


_HAD_EMPTY: Final = re.compile(rf"/[a-z]{{2}}/(?:{'|'.join(kind.value for kind in EMPTY_KINDS)})/")


class NotTold(Exception):
    """The hub did not take it. `after_s`: what it asked to be left alone for, 0 when it did not say."""

    def __init__(self, why: str, after_s: float = 0.0) -> None:
        super().__init__(why)
        self.after_s = after_s


class Hub:
    """The hub, as the publisher and the thread that speaks to it hold it."""

    def __init__(self, settings: Feeds, public_url: str, published: Path) -> None:
        self._settings = settings
        self._public_url = public_url.rstrip("/")
        self._file = published / NOTED
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._changing: frozenset[str] = frozenset()
        self._waiting: dict[str, None] = dict.fromkeys(self._read())

    @classmethod
    def of(cls, runtime: Runtime) -> Hub | None:
        """Make that of an installation; None where no hub is configured."""
        settings = runtime.settings
        if not settings.feeds.hub:
            return None
        return cls(settings.feeds, settings.site.public_url, runtime.places.published)

    def start(self, stop: threading.Event) -> threading.Thread:
        """Start speaking to the hub; the thread ends with `stop` or the process."""
        thread = threading.Thread(target=self.speak, args=(stop,), name="hub", daemon=True)
        thread.start()
        return thread

    def changing(self, old: Mapping[str, Entry], new: Mapping[str, Entry]) -> None:
        """Note what a swap is about to change."""
        self._changing = frozenset(changed_feeds(old, new))
        if self._changing:
            self._note(self._changing)

    def swapped(self) -> None:
        """Tell the hub what was noted: it is public now."""
        with self._lock:
            self._waiting |= dict.fromkeys(sorted(self._changing))
        self._changing = frozenset()
        self._wake.set()

    def speak(self, stop: threading.Event) -> None:
        """Tell what waits until `stop` is set; trouble is told once, and that it is over."""
        pause_s = 0.0
        with requests.Session() as session:
            while not stop.wait(pause_s):
                try:
                    self._tell_all(session, stop)
                except NotTold as error:
                    if not pause_s:
                        log.warning("hub_not_told", extra=fields(error=str(error), waiting=len(self._waiting)))
                    pause_s = max(error.after_s, min(pause_s * 2 or FIRST_RETRY_S, LAST_RETRY_S))
                    continue
                except Exception:  # a thread that ended would be missed by nobody
                    log.exception("hub_broken")
                    pause_s = LAST_RETRY_S
                    continue
                if pause_s:
                    log.info("hub_told_again")
                pause_s = 0.0
                self._wait(stop)

    def _wait(self, stop: threading.Event) -> None:
        while not stop.is_set() and not self._wake.wait(0.5):
            pass
        self._wake.clear()

    def _tell_all(self, session: requests.Session, stop: threading.Event) -> None:
        told = False
        while not stop.is_set() and (path := self._next()):
            told = True
            try:
                self._tell(session, f"{self._public_url}{path}")
            except BaseException:
                with self._lock:
                    self._waiting.setdefault(path)
                raise
        if told:
            self._note()

    def _next(self) -> str:
        with self._lock:
            path = next(iter(self._waiting), "")
            self._waiting.pop(path, None)
            return path

    def _tell(self, session: requests.Session, url: str) -> None:
        form = {"hub.mode": "publish", "hub.url": url}
        limits = (CONNECT_S, self._settings.hub_timeout_s)
        try:
            with session.post(self._settings.hub, form, timeout=limits, allow_redirects=False, stream=True) as answer:
                status, after = answer.status_code, answer.headers.get("Retry-After", "")
        except requests.RequestException as error:
            raise NotTold(f"no answer: {type(error).__name__}") from error
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return
        if status in AGAIN or not HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
            after_s = min(float(after), LAST_RETRY_S) if after.isascii() and after.isdigit() else 0.0
            raise NotTold(f"it answered {status}", after_s)
        log.warning("hub_refused", extra=fields(url=url, status=status))

    def _read(self) -> list[str]:
        try:
            noted = json.loads(self._file.read_bytes())
        except (OSError, ValueError):
            return []
        return [path for path in noted if isinstance(path, str)] if isinstance(noted, list) else []

    def _note(self, more: Iterable[str] = ()) -> None:
        """Write down what waits; a broken disk only means that a process that is killed now tells less."""
        with self._lock:
            noted = sorted({*self._waiting, *self._changing, *more})
            try:
                write_whole(self._file, json.dumps(noted).encode())
            except OSError as error:
                log.warning("hub_not_noted", extra=fields(error=str(error)))


def changed_feeds(old: Mapping[str, Entry], new: Mapping[str, Entry]) -> list[str]:
    """Give the paths of feeds that say something else than before, in their order.

    One that was not there is new, and nobody reads it yet; but for those of places that had an empty one.
    """
    return [path for path, entry in new.items() if _differs(path, entry, old.get(path)) and _is_followed(path)]


def _differs(path: str, entry: Entry, before: Entry | None) -> bool:
    if before is None:
        return _HAD_EMPTY.match(path) is not None
    return entry is not before and entry.object.hash != before.object.hash


def _is_followed(path: str) -> bool:
    return path.rpartition("/")[2] in FOLLOWED
