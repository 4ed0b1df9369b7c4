"""The publisher's turns: what changed is rendered and made public, what people look at first before the rest.

look (revision, verified_at) ─▶ changed: plan, first pages ─▶ swap ─▶ what it touches ─▶ the rest in slices ─▶ swap
                             └▶ verified anew: the renewed pages ─▶ swap

After a silence, in which the twins were served, a page is lifted only once it is rendered again, or told unchanged.
Between slices it looks again: a newer change goes before what is left of an older one. All pages of one revision are
rendered from one reading of it (`status.queries.snapshot`).
"""

from __future__ import annotations

import gc
import logging
import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from probes.types import Instant
from status.clock import utc
from status.domain.audience import PUBLIC
from status.domain.availability import window_start
from status.log import fields
from status.models.engine import reading
from status.publication.addresses import Page
from status.publication.backlog import Backlog
from status.publication.hub import Hub
from status.publication.making import Assets, Maker, held_back
from status.publication.manifest import Entry, Lines, Manifest, collect, newest_number, read_current, swap
from status.publication.objects import Objects, write_whole
from status.publication.plan import Plan, changed, make_plan
from status.publication.seeing import Seen, look, must_see
from status.publication.types import Moment, Render
from status.queries.marks import Marks, read_marks, read_quiet_places
from status.queries.snapshot import Kept, keep_in
from status.queries.written import Written, read_written, written_since
from status.runtime import Runtime

log = logging.getLogger(__name__)

SLICE_S: Final = 0.5
"""How long the rest is rendered before the publisher looks again."""

SWAP_EVERY_S: Final = 10.0
"""How long what is rendered waits, at most, to be public while there is more to render."""

COLLECT_EVERY_S: Final = 300.0

PURGED: Final = "redactions"
"""A file beside the generations: up to which redaction older ones were removed."""


@dataclass(frozen=True, slots=True)
class _Planned:
    """The state of the database the publication is of, and what follows from it. `quiet` are places by address."""

    seen: Seen
    plan: Plan
    marks: Marks
    written: Written
    quiet: Mapping[str, str]


class Publisher:
    """Makes generations, one turn at a time. `may_swap` is asked before every swap and raises when the lease is lost.

    `alive` is called at least once a page; `hub` is told which feeds a swap changes.
    """

    def __init__(  # noqa: PLR0917 - what it is made of
        self,
        runtime: Runtime,
        render: Render,
        assets: Assets,
        may_swap: Callable[[], None],
        alive: Callable[[], None],
        hub: Hub | None = None,
    ) -> None:
        self._runtime = runtime
        self._settings = runtime.settings
        self._published = runtime.places.published
        self._assets = assets
        self._may_swap = may_swap
        self._hub = hub
        self._maker = Maker(render, Objects(self._published / "objects"), alive)
        self._zone = ZoneInfo(runtime.settings.site.timezone)
        self._manifest = _public_generation(self._published, self._settings.site.languages)
        self._entries: dict[str, Entry] = {**self._manifest.entries, **self._manifest.apart}
        self._lines = Lines()
        self._planned: _Planned | None = None
        self._kept: Kept = {}
        self._backlog = Backlog()
        self._whole = False
        self._swapped_at = float("-inf")
        self._renewed_at = float("-inf")
        self._collected_at = float("-inf")

    def turn(self) -> bool:
        """Do what is most urgent; tell whether there is more to do at once.

        Raise OSError when the store can't be written, SQLAlchemyError or DatabaseLost when the database is gone;
        nothing is lost then, and the next turn tries again.
        """
        now = self._runtime.clock()
        with reading(self._runtime.sessions) as session:
            seen = look(session, now, self._zone)
        if seen is None:
            return False
        try:
            planned = self._planned
            if planned is None or not _is_of(planned, seen):
                self._publish_first(planned, now)
            elif self._renewal_due(seen, now):
                self._renew(planned, now)
            elif self._backlog:
                self._publish_slice(planned, now)
        except OSError:
            self._begin_anew()
            raise
        return bool(self._backlog)

    def _publish_first(self, before: _Planned | None, now: Instant) -> None:
        self._kept = {}
        with self._snapshot() as session:
            seen = must_see(session, now, self._zone)
            at, feed_days = utc(now.wall), self._settings.publication.feed_days
            plan = make_plan(session, self._settings.site.languages, at, self._zone, feed_days)
            purging = self._must_purge(seen)
            compared = None if purging or before is None or before.seen.day != seen.day else before
            first = plan.first if compared is None else plan.urgent(written_since(session, compared.written))
            # Pages not rendered yet still name the style sheets of before: those stay until the rest is done. After a
            # redaction they may hold what was taken away: until they are rendered again, each is made when asked for.
            old = {path: entry for path, entry in self._entries.items() if path in plan.pages or entry.immutable}
            entries = {path: entry for path, entry in old.items() if entry.immutable} if purging else old
            entries |= self._maker.make_assets(self._assets, self._entries, now.wall)
            known = self._entries
            # What was made before a silence is not known to be so still, though this swap says of the rest that it is.
            held = held_back(entries) if self._ends_silence(seen, now) else {}
            entries |= held
            self._make(session, first, seen, now, entries)
            quiet = read_quiet_places(session)
            self._swap(seen, entries, quiet, now)
            # Should the database be lost before it is known what else differs, all is rendered: a page that left with
            # this swap may be back by then, and be as it was before.
            self._planned = None
            if purging:
                self._purge(seen, now)
            # Only now: to find all that is different takes as long as to render what is looked at first.
            marks = read_marks(session, PUBLIC, window_start(at, self._zone))
            planned = _Planned(seen, plan, marks, read_written(session), quiet)
        touched = None if compared is None else changed(compared.marks, marks, plan)
        if touched is None:
            self._backlog.begin(plan.pages.values())
            self._backlog.without(first)
            self._whole = True
        else:
            self._backlog.put_before(touched, first, plan.pages)
        self._planned, self._renewed_at = planned, now.steady
        if touched is not None:
            # Compared, what is neither made nor waits to be is right as it stood; it need not wait for the next swap.
            made = {page.path for page in first}
            right = {path: known[path] for path in held if path not in made and path not in self._backlog}
            if right:
                self._swap(seen, {**self._entries, **right}, quiet, now)

    def _publish_slice(self, planned: _Planned, now: Instant) -> None:
        entries = dict(self._entries)
        until = time.monotonic() + SLICE_S
        made = 0
        with self._snapshot() as session:
            if not _is_of(planned, must_see(session, now, self._zone)):
                return
            for page in self._backlog:
                self._make(session, (page,), planned.seen, now, entries)
                made += 1
                if time.monotonic() >= until:
                    break
        self._entries = entries
        urgent = self._backlog.is_urgent
        self._backlog.drop(made)
        if not self._backlog:
            self._entries = {
                path: entry for path, entry in entries.items() if not entry.immutable or path in self._assets
            }
            self._kept = {}
            self._set_apart()
        due = now.steady - self._swapped_at >= SWAP_EVERY_S
        if due or not self._backlog or (urgent and not self._backlog.is_urgent):
            public = replace(planned.seen, verified_at=self._manifest.verified_at)
            self._swap(public, self._entries, planned.quiet, now)
            self._collect(now)

    def _set_apart(self) -> None:
        """After a whole rebuild, keep what stays from being looked through for cycles at each change: half a second."""
        if self._whole:
            self._whole = False
            gc.unfreeze()
            gc.collect()
            gc.freeze()

    def _renew(self, planned: _Planned, now: Instant) -> None:
        entries = dict(self._entries)
        with self._snapshot() as session:
            seen = must_see(session, now, self._zone)
            if not _is_of(planned, seen):
                return
            if self._ends_silence(seen, now):
                entries |= held_back({page.path: entries[page.path] for page in self._backlog if page.path in entries})
            self._make(session, planned.plan.renewed, seen, now, entries)
        self._swap(seen, entries, planned.quiet, now)
        self._backlog.without(planned.plan.renewed)
        if not self._backlog:
            self._kept = {}
        self._renewed_at = now.steady
        self._collect(now)

    def _begin_anew(self) -> None:
        """Forget all that is not public: what was rendered may not have been written."""
        self._maker.objects.forget()
        self._entries = {**self._manifest.entries, **self._manifest.apart}
        self._planned, self._kept = None, {}

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

    def _swap(self, seen: Seen, entries: dict[str, Entry], quiet: Mapping[str, str], now: Instant) -> None:
        valid_until = self._valid_until(seen.verified_at)
        manifest = Manifest(
            number=self._manifest.number + 1,
            revision=seen.revision,
            verified_at=seen.verified_at,
            valid_until=valid_until.timestamp() if valid_until else None,
            languages=self._settings.site.languages,
            entries={path: entry for path, entry in entries.items() if path.startswith("/")},
            apart={name: entry for name, entry in entries.items() if not name.startswith("/")},
            known=quiet,
        )
        self._may_swap()
        self._maker.objects.settle()
        if self._hub is not None:
            self._hub.changing(self._manifest.entries, manifest.entries)
        swap(self._published, manifest, self._lines)
        if self._hub is not None:
            self._hub.swapped()
        self._manifest, self._entries = manifest, entries
        self._swapped_at = now.steady

    def _collect(self, now: Instant) -> None:
        if now.steady - self._collected_at >= COLLECT_EVERY_S:
            keep, objects = self._settings.publication.keep_generations, self._maker.objects
            collect(self._published, keep, now.wall, objects=objects)
            self._collected_at = now.steady

    def _must_purge(self, seen: Seen) -> bool:
        marker = self._published / PURGED
        return seen.redactions > 0 and not (marker.exists() and marker.read_text() == str(seen.redactions))

    def _purge(self, seen: Seen, now: Instant) -> None:
        """Remove every generation but this one, and all it does not need, after a redaction."""
        collect(self._published, keep=1, now=now.wall, young_s=-math.inf, objects=self._maker.objects)
        write_whole(self._published / PURGED, str(seen.redactions).encode())

    def _renewal_due(self, seen: Seen, now: Instant) -> bool:
        old, settings = self._manifest, self._settings.publication
        if seen.verified_at is None or seen.verified_at == old.verified_at:
            return False
        if old.verified_at is None or old.valid_until is None or seen.verified_at < old.verified_at:
            return True
        margin_s = min(settings.renew_s, settings.stale_after_s / 3)
        return now.steady - self._renewed_at >= settings.renew_s or now.wall >= old.valid_until - margin_s

    def _ends_silence(self, seen: Seen, now: Instant) -> bool:
        """Whether a swap lifts what is past its hour: since then nobody knows whether it still is so."""
        old = self._manifest
        return seen.verified_at != old.verified_at and (old.valid_until is None or now.wall > old.valid_until)

    def _valid_until(self, verified_at: datetime | None) -> datetime | None:
        return verified_at and verified_at + timedelta(seconds=self._settings.publication.stale_after_s)

    @contextmanager
    def _snapshot(self) -> Iterator[Session]:
        with reading(self._runtime.sessions) as session:
            if self._runtime.engine.dialect.name == "postgresql":
                # Every page of a generation speaks of one state; SQLite's read transactions do so by themselves.
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            keep_in(session, self._kept)
            yield session


def _is_of(planned: _Planned, seen: Seen) -> bool:
    return (seen.revision, seen.day) == (planned.seen.revision, planned.seen.day)


def _public_generation(published: Path, languages: tuple[str, ...]) -> Manifest:
    try:
        current = read_current(published)
    except ValueError as error:
        log.exception("publication_damaged", extra=fields(error=str(error)))
        return Manifest(newest_number(published), -1, None, None, languages)
    return current or Manifest(newest_number(published), -1, None, None, languages)
