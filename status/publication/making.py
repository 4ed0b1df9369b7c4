"""Renders pages into entries: the bytes of a moment, their stale twin, and the same object for equal bytes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from status.domain.audience import PUBLIC
from status.log import fields
from status.publication.addresses import Page
from status.publication.manifest import Entry
from status.publication.objects import Objects
from status.publication.types import Moment, Render, Rendered

log = logging.getLogger(__name__)

OK, UNAVAILABLE = 200, 503
NEVER: Final = 0.0
"""`valid_until` of a page that was never verified, or is held back: its twin is served from the start."""


class Asset(Protocol):
    """A static file as it is served."""

    @property
    def content_type(self) -> str:
        """Give its media type."""

    @property
    def body(self) -> bytes:
        """Give its bytes."""


Assets = Mapping[str, Asset]
"""Static files by path, which holds the hash of their content."""


class DatabaseLost(Exception):
    """The pages themselves found the database gone (they answer so with 503)."""


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes entries. `alive` is called between pages, so that a long rendering is not taken for a hung process."""

    render: Render
    objects: Objects
    alive: Callable[[], None]

    def make(
        self, session: Session, pages: Iterable[Page], moment: Moment, old: Mapping[str, Entry], now: float
    ) -> dict[str, Entry | None]:
        """Render pages; None for a path that is not public (any more), the old entry for one that fails.

        Their objects are there only when `objects` was settled.

        Raise OSError when the store can't be written, SQLAlchemyError or DatabaseLost when the database is gone.
        """
        made: dict[str, Entry | None] = {}
        seen: dict[str, Entry | None] = {}
        for page in pages:
            self.alive()
            if page.source not in seen:
                seen[page.source] = self._entry(session, page, moment, old.get(page.path), now)
            made[page.path] = _asked(seen[page.source], page.asks)
        return made

    def make_assets(self, assets: Assets, old: Mapping[str, Entry], now: float) -> dict[str, Entry]:
        """Give the entries of static files; readers may keep them for ever, as their address names their content."""
        entries = {}
        for path, asset in assets.items():
            entry = Entry(self.objects.put_later(asset.body, now), asset.content_type, now, immutable=True)
            entries[path] = _dated(entry, old.get(path))
        return entries

    def _entry(self, session: Session, page: Page, moment: Moment, old: Entry | None, now: float) -> Entry | None:
        rendered = self._rendered(session, page.source, moment)
        twin = (
            self._rendered(session, page.source, replace(moment, stale=True)) if rendered and rendered.present else None
        )
        if rendered is None or (rendered.present and twin is None):
            return old
        if rendered.status != OK:
            return None
        entry = Entry(
            object=self.objects.put_later(rendered.body, now),
            content_type=rendered.content_type,
            changed_at=now,
            query=() if "?" in page.path else rendered.query,
            stale=self.objects.put_later(twin.body, now) if twin else None,
            valid_until=_valid_until(moment.valid_until) if page.renewed and twin else None,
            refuses=twin is not None and twin.refuses,
        )
        return _dated(entry, old)

    def _rendered(self, session: Session, path: str, moment: Moment) -> Rendered | None:
        try:
            rendered = self.render(session, path, PUBLIC, moment)
        except SQLAlchemyError:
            raise
        except Exception:  # one page that can't be rendered must not keep the others from being published
            log.exception("page_not_rendered", extra=fields(path=path, revision=moment.revision))
            return None
        if rendered.status == UNAVAILABLE and not rendered.refuses:
            raise DatabaseLost(f"rendering {path} met no database")
        return rendered


def held_back(entries: Mapping[str, Entry]) -> dict[str, Entry]:
    """Give those that hold as long as their generation, as ones whose twin is served until they are made again."""
    return {
        path: replace(entry, valid_until=NEVER)
        for path, entry in entries.items()
        if entry.stale is not None and entry.valid_until is None
    }


def _dated(entry: Entry, old: Entry | None) -> Entry:
    same = old is not None and old.object.hash == entry.object.hash and old.content_type == entry.content_type
    return replace(entry, changed_at=old.changed_at) if same and old is not None else entry


def _asked(entry: Entry | None, more: tuple[str, ...]) -> Entry | None:
    return replace(entry, query=(*entry.query, *more)) if entry is not None and more else entry


def _valid_until(at: datetime | None) -> float:
    return NEVER if at is None else at.timestamp()
