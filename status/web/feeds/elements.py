"""A feed's items as feedgen writes them, each made once for all feeds of a snapshot that carry it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from typing import Any, Final

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator

from status.queries.snapshot import kept
from status.web.feeds.words import Entry
from status.web.scope import request_scope

ELEMENTS_KEPT: Final = 2_000
"""So many items are kept as XML: neighbouring components share most of theirs."""

Fill = Callable[[FeedEntry, Entry], None]


class _Written(FeedEntry):  # type: ignore[misc]  # feedgen has no types
    """An item that is given as it was written before; a tree takes its own copy."""

    def __init__(self, element: Any) -> None:
        super().__init__()
        self._element = element

    def rss_entry(self, extensions: bool = True) -> Any:  # noqa: ARG002, FBT001, FBT002 - feedgen's own signature
        return deepcopy(self._element)

    atom_entry = rss_entry


def add_entries(
    document: FeedGenerator, entries: Sequence[Entry], fill: Fill, write: Callable[[FeedEntry], Any]
) -> None:
    """Add entries to a feed, first one first; `fill` says what an item holds, `write` in which format."""
    for element in _elements(entries, fill, write):
        document.add_entry(_Written(element), order="append")


def _elements(entries: Sequence[Entry], fill: Fill, write: Callable[[FeedEntry], Any]) -> Iterator[Any]:
    store: dict[Entry, Any] = kept(request_scope().session, ("elements", write), dict)
    for entry in entries:
        element = store.get(entry)
        if element is None:
            if len(store) >= ELEMENTS_KEPT:
                store.clear()
            item = FeedEntry()
            fill(item, entry)
            element = store[entry] = write(item)
        yield element
