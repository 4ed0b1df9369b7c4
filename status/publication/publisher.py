"""The publisher's turns: what changed is rendered and made public, what people look at first before the rest.

look (revision, verified_at) ─▶ changed: plan ─▶ first pages ─▶ swap ─▶ the rest in slices ─▶ swap ─▶ collect
                             └▶ verified anew: the renewed pages ─▶ swap ─▶ collect
"""

from __future__ import annotations

import logging
import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from probes.types import Instant
from status.clock import utc
from status.log import fields
from status.models import Installation
from status.models.engine import reading
from status.publication.making import Assets, Maker
from status.publication.manifest import Entry, Manifest, collect, newest_number, read_current, swap
from status.publication.objects import Objects, write_whole
from status.publication.plan import Page, Plan, make_plan
from status.publication.types import Moment, Render
from status.runtime import Runtime

log = logging.getLogger(__name__)

SLICE_S: Final = 0.5
"""How long the rest is rendered before the publisher looks again."""

COLLECT_EVERY_S: Final = 60.0

PURGED: Final = "redactions"
"""A file beside the generations: up to which redaction older ones were removed."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the database says now. `day` is today where the site is: at midnight every day bar changes.

    `redactions` counts the words that were taken away so far: no kept generation may hold them.
    """

    revision: int
    redactions: int
    verified_at: datetime | None
    day: date


class Publisher:
    """Makes generations, one turn at a time. `may_swap` is asked before every swap and raises when the lease is lost.

    `alive` is called at least once a page.
    """

    def __init__(
        self,
        runtime: Runtime,
        render: Render,
        assets: Assets,
        may_swap: Callable[[], None],
        alive: Callable[[], None],
    ) -> None:
        self._runtime = runtime
        self._settings = runtime.settings
        self._published = runtime.places.published
        self._assets = assets
        self._may_swap = may_swap
        self._maker = Maker(render, Objects(self._published / "objects"), alive)
        self._zone = ZoneInfo(runtime.settings.site.timezone)
        self._manifest = _public_generation(self._published, self._settings.site.languages)
        self._entries: dict[str, Entry] = dict(self._manifest.entries)
        self._planned: Seen | None = None
        self._plan = Plan((), ())
        self._rest: deque[Page] = deque()
        self._renewed_at = float("-inf")
        self._collected_at = float("-inf")

    def turn(self) -> bool:
        """Do what is most urgent; tell whether there is more to do at once.

        Raise OSError when the store can't be written, SQLAlchemyError or DatabaseLost when the database is gone;
        nothing is lost then, and the next turn tries again.
        """
        now = self._runtime.clock()
        with reading(self._runtime.sessions) as session:
            seen = self._look(session, now)
        if seen is None:
            return False
        if self._planned is None or (seen.revision, seen.day) != (self._planned.revision, self._planned.day):
            self._publish_first(now)
        elif self._renewal_due(seen, now):
            self._renew(now)
        elif self._rest:
            self._publish_slice(now)
        return bool(self._rest)

    def _publish_first(self, now: Instant) -> None:
        with self._snapshot() as session:
            seen = self._must_see(session, now)
            plan = make_plan(session, self._settings.site.languages, utc(now.wall))
            planned = {page.path for page in plan.pages}
            # Pages not rendered yet still name the style sheets of before: those stay until the rest is done. After a
            # redaction they may hold what was taken away: until they are rendered again, each is made when asked for.
            old = {path: entry for path, entry in self._entries.items() if path in planned or entry.immutable}
            purging = self._must_purge(seen)
            kept = {path: entry for path, entry in old.items() if entry.immutable} if purging else old
            kept |= self._maker.make_assets(self._assets, self._entries, now.wall)
            self._make(session, plan.first, seen, now, kept)
        self._swap(seen, kept)
        self._planned, self._plan, self._rest = seen, plan, deque(plan.rest)
        self._renewed_at = now.steady
        if purging:
            self._purge(seen, now)

    def _publish_slice(self, now: Instant) -> None:
        entries = dict(self._entries)
        until = time.monotonic() + SLICE_S
        made: list[Page] = []
        with self._snapshot() as session:
            seen = self._must_see(session, now)
            while len(made) < len(self._rest) and time.monotonic() < until:
                made.append(self._rest[len(made)])
                self._make(session, made[-1:], seen, now, entries)
        if len(made) == len(self._rest):
            entries = {path: entry for path, entry in entries.items() if not entry.immutable or path in self._assets}
            self._swap(replace(seen, revision=self._manifest.revision, verified_at=self._manifest.verified_at), entries)
            self._collect(now)
        self._entries = entries
        for _ in made:
            self._rest.popleft()

    def _renew(self, now: Instant) -> None:
        entries = dict(self._entries)
        with self._snapshot() as session:
            seen = self._must_see(session, now)
            self._make(session, self._plan.renewed, seen, now, entries)
        self._swap(replace(seen, revision=self._manifest.revision), entries)
        self._renewed_at = now.steady
        self._collect(now)

    def _make(
        self, session: Session, pages: Iterable[Page], seen: Seen, now: Instant, entries: dict[str, Entry]
    ) -> None:
        valid_until = self._valid_until(seen.verified_at)
        moment = Moment(seen.revision, seen.verified_at, valid_until)
        for path, entry in self._maker.make(session, pages, moment, entries, now.wall).items():
            if entry is None:
                entries.pop(path, None)
            else:
                entries[path] = entry

    def _swap(self, seen: Seen, entries: dict[str, Entry]) -> None:
        valid_until = self._valid_until(seen.verified_at)
        manifest = Manifest(
            number=self._manifest.number + 1,
            revision=seen.revision,
            verified_at=seen.verified_at,
            valid_until=valid_until.timestamp() if valid_until else None,
            languages=self._settings.site.languages,
            entries=dict(entries),
        )
        self._may_swap()
        swap(self._published, manifest)
        self._manifest, self._entries = manifest, entries

    def _collect(self, now: Instant) -> None:
        if now.steady - self._collected_at >= COLLECT_EVERY_S:
            collect(self._published, self._settings.publication.keep_generations, now.wall)
            self._collected_at = now.steady

    def _must_purge(self, seen: Seen) -> bool:
        marker = self._published / PURGED
        return seen.redactions > 0 and not (marker.exists() and marker.read_text() == str(seen.redactions))

    def _purge(self, seen: Seen, now: Instant) -> None:
        """Remove every generation but this one, and all it does not need, after a redaction."""
        collect(self._published, keep=1, now=now.wall, young_s=-math.inf)
        write_whole(self._published / PURGED, str(seen.redactions).encode())

    def _renewal_due(self, seen: Seen, now: Instant) -> bool:
        old, settings = self._manifest, self._settings.publication
        if seen.verified_at is None or seen.verified_at == old.verified_at:
            return False
        if old.verified_at is None or old.valid_until is None or seen.verified_at < old.verified_at:
            return True
        margin_s = min(settings.renew_s, settings.stale_after_s / 3)
        return now.steady - self._renewed_at >= settings.renew_s or now.wall >= old.valid_until - margin_s

    def _valid_until(self, verified_at: datetime | None) -> datetime | None:
        return verified_at and verified_at + timedelta(seconds=self._settings.publication.stale_after_s)

    def _look(self, session: Session, now: Instant) -> Seen | None:
        row = session.execute(
            sa.select(Installation.revision, Installation.redactions, Installation.verified_at).where(
                Installation.id == 1
            )
        ).one_or_none()
        return Seen(row[0], row[1], row[2], utc(now.wall).astimezone(self._zone).date()) if row else None

    def _must_see(self, session: Session, now: Instant) -> Seen:
        seen = self._look(session, now)
        assert seen is not None, "the installation's row is never deleted"
        return seen

    @contextmanager
    def _snapshot(self) -> Iterator[Session]:
        with reading(self._runtime.sessions) as session:
            if self._runtime.engine.dialect.name == "postgresql":
                # Every page of a generation speaks of one state; SQLite's read transactions do so by themselves.
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session


def _public_generation(published: Path, languages: tuple[str, ...]) -> Manifest:
    try:
        current = read_current(published)
    except ValueError as error:
        log.exception("publication_damaged", extra=fields(error=str(error)))
        return Manifest(newest_number(published), -1, None, None, languages)
    return current or Manifest(newest_number(published), -1, None, None, languages)
