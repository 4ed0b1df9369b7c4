"""Keeps the mirrors of `[[mirror]]` up to date: a process beside the publisher, one thread a mirror.

A process of its own, so that a slow or dead mirror, and the making of copies, never delay a publication. It reads the
folder of published bytes; of the database it asks only what became of an emergency message, and tells how it goes.
"""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import signal
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing.synchronize import Event as Flag
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from status.clock import utc
from status.config.model import Mirror, Settings
from status.life import die_with_parent
from status.log import configure, fields
from status.models.engine import reading, writing
from status.models.lease import LifeSign
from status.places import Places
from status.publication.manifest import current_path
from status.publication.mirror import Site
from status.publication.objects import write_whole
from status.publication.push import Pushed, Pusher, Taken
from status.publication.push_ledger import FOLDER, Ledger
from status.publication.push_targets import Address, PushFailed, target_of
from status.runtime import Runtime, make_runtime
from status.services.emergency import Emergency
from status.services.emergency_taking import event_of, hand_over
from status.services.life_signs import write_life_sign

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 0.5
PUSH_EVERY_S: Final = 30.0
"""How long an emergency message goes unread where nothing is published."""

FIRST_RETRY_S: Final = 1.0
LAST_RETRY_S: Final = 60.0
NICER: Final = 5
SIGN: Final = "mirror "
"""How the life signs of mirrors begin."""

RESTART_S: Final = 5.0


class Mirrors:
    """The process of the mirrors, as the publisher holds it: allowed to push while that has the lease."""

    def __init__(self, runtime: Runtime) -> None:
        self._settings = runtime.settings
        self._places = runtime.places
        self._clock = runtime.clock
        self._context = multiprocessing.get_context("spawn")
        self._allowed = self._context.Event()
        self._process: Any = None
        self._start_at = float("-inf")
        self._sessions = runtime.sessions
        self._forgotten = False

    def allow(self, *, allowed: bool) -> None:
        """Let it push, or not; start it when it is to and isn't there. Costs nothing without a mirror."""
        if allowed and self._process is None:
            self._forget()
        if not self._settings.mirror:
            return
        if not allowed:
            self._allowed.clear()
            return
        self._allowed.set()
        steady = self._clock().steady
        if (self._process is None or not self._process.is_alive()) and steady >= self._start_at:
            if self._process is not None:
                log.error("mirrors_ended", extra=fields(code=self._process.exitcode))
            self._start_at = steady + RESTART_S
            arguments = (self._settings, self._places, self._allowed, os.getpid())
            self._process = self._context.Process(target=main, args=arguments, name="mirrors", daemon=True)
            self._process.start()

    def _forget(self) -> None:
        """Take the life signs of mirrors that are no more from the desk, once."""
        if self._forgotten:
            return
        self._forgotten = True
        names = [sign_of(mirror) for mirror in self._settings.mirror]
        old = sa.delete(LifeSign).where(LifeSign.process.startswith(SIGN), LifeSign.process.not_in(names))
        with suppress(SQLAlchemyError), writing(self._sessions) as session:
            session.execute(old)

    def end(self) -> None:
        """End it; what is half pushed is pushed again next time."""
        if self._process is not None and self._process.is_alive():
            self._process.terminate()
            self._process.join()


def main(settings: Settings, places: Places, allowed: Flag, parent: int) -> None:
    """Push to every mirror until SIGTERM, or until the publisher is gone."""
    die_with_parent(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    configure("mirrors")
    os.nice(NICER)
    runtime = make_runtime(settings, places)
    threads = [threading.Thread(target=Keeper(runtime, mirror).keep, args=(allowed,)) for mirror in settings.mirror]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def sign_of(mirror: Mirror) -> str:
    """Give what a mirror's life sign is called."""
    return SIGN + mirror.name


def address_of(mirror: Mirror) -> Address:
    """Give where a configured mirror stands."""
    return Address(
        mirror.to, mirror.endpoint, mirror.region, mirror.user, mirror.secret, mirror.ssh_key, mirror.ca_file,
        mirror.timeout_s,
    )  # fmt: skip


def site_of(settings: Settings, mirror: Mirror) -> Site:
    """Give what its copies say of the site."""
    return Site(settings.site.public_url, settings.site.timezone, mirror.url)


def taken_by(runtime: Runtime) -> Taken:
    """Give what hands an emergency message over to the monitor, and asks what became of it.

    Without database nothing became of it yet.
    """

    def taken(emergency: Emergency) -> int | None:
        try:
            with reading(runtime.sessions) as session:
                number = event_of(session, emergency)
            if number is None:
                with writing(runtime.sessions) as session:
                    hand_over(session, emergency, utc(runtime.clock().wall))
        except SQLAlchemyError as error:
            log.warning("emergency_not_handed_over", extra=fields(error=type(error).__name__))
            return None
        return number

    return taken


@dataclass(frozen=True, slots=True)
class Condition:
    """How a mirror does. `pushed_at`: the last whole push; `trouble` is empty when it went well, `since` when it began.

    Times are ISO 8601, empty where there is none.
    """

    pushed_at: str = ""
    number: int = 0
    trouble: str = ""
    since: str = ""


def condition_file(published: Path, name: str) -> Path:
    """Give the file in which a mirror's condition is kept, for `doctor`."""
    return published / FOLDER / f"{name}.condition"


def read_condition(published: Path, name: str) -> Condition | None:
    """Give how a mirror does; None when nothing was ever tried."""
    try:
        return Condition(**json.loads(condition_file(published, name).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


@dataclass(slots=True)
class Keeper:
    """Keeps one mirror: pushes each new generation, waits longer after each failure, tells of trouble once."""

    runtime: Runtime
    mirror: Mirror
    condition: Condition = field(default_factory=Condition)
    _mark: tuple[int, int] | None = None
    _due: float = float("-inf")
    _pause_s: float = FIRST_RETRY_S

    def keep(self, allowed: Flag) -> None:
        """Keep it for ever; only while this is allowed."""
        self.condition = read_condition(self.runtime.places.published, self.mirror.name) or Condition()
        while True:
            allowed.wait()
            try:
                self.turn()
            except Exception:  # a thread that ended would be missed by nobody
                log.exception("mirror_broken", extra=fields(mirror=self.mirror.name))
                self._put_off("a fault of travaux: see the log")
            threading.Event().wait(LOOK_EVERY_S)

    def turn(self) -> Pushed | None:
        """Push when there is something new, or it is time; give what was done."""
        steady, mark = self.runtime.clock().steady, self._look()
        is_new = mark is not None and mark != self._mark and not self.condition.trouble
        if mark is None or not (is_new or steady >= self._due):
            return None
        now = utc(self.runtime.clock().wall)
        try:
            pushed = self._pusher().push(now)
        except (PushFailed, OSError) as error:
            self._put_off(str(error))
            return None
        self._went_well(pushed, mark, now)
        return pushed

    def _pusher(self) -> Pusher:
        places, mirror = self.runtime.places, self.mirror
        target = target_of(address_of(mirror), places.base)
        ledger = Ledger.of(places.published, mirror.to)
        return Pusher(places.published, target, ledger, site_of(self.runtime.settings, mirror), taken_by(self.runtime))

    def _went_well(self, pushed: Pushed, mark: tuple[int, int], now: datetime) -> None:
        if self.condition.trouble:
            log.info("mirror_pushed_again", extra=fields(mirror=self.mirror.name, since=self.condition.since))
        self._mark = None if pushed.more else mark
        self._due = self.runtime.clock().steady + (0 if pushed.more else PUSH_EVERY_S)
        self._pause_s = FIRST_RETRY_S
        if not pushed.more:
            self._tell(Condition(_iso(now), pushed.number))

    def _put_off(self, why: str) -> None:
        """Try later; trouble is logged when it begins and when it changes its kind."""
        before, now = self.condition, utc(self.runtime.clock().wall)
        if not before.trouble:
            log.error("mirror_not_pushed", extra=fields(mirror=self.mirror.name, why=why))
        self._due = self.runtime.clock().steady + self._pause_s
        self._pause_s = min(self._pause_s * 2, LAST_RETRY_S)
        self._tell(Condition(before.pushed_at, before.number, why, before.since or _iso(now)))

    def _tell(self, condition: Condition) -> None:
        """Write down how it does, for doctor and desk; neither a full disk nor a lost database is a mirror's matter."""
        self.condition = condition
        document = {name: getattr(condition, name) for name in ("pushed_at", "number", "trouble", "since")}
        with suppress(OSError):
            file = condition_file(self.runtime.places.published, self.mirror.name)
            file.parent.mkdir(parents=True, exist_ok=True)
            write_whole(file, json.dumps(document).encode())
        note = f"since {condition.since}: {condition.trouble}" if condition.trouble else f"holds {condition.number}"
        with suppress(SQLAlchemyError), writing(self.runtime.sessions) as session:
            write_life_sign(session, sign_of(self.mirror), utc(self.runtime.clock().wall), note[:200])

    def _look(self) -> tuple[int, int] | None:
        try:
            found = current_path(self.runtime.places.published).stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
