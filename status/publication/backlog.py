"""What is still to be rendered, in order: what the last changes touched, then what is left of a whole rebuild."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from itertools import chain, islice

from status.publication.addresses import Page


class Backlog:
    """Pages by path, each once. `is_urgent` while pages that a change touched are among them."""

    def __init__(self) -> None:
        self._touched: dict[str, Page] = {}
        self._rest: dict[str, Page] = {}

    def __bool__(self) -> bool:
        """Whether there is anything left."""
        return bool(self._touched or self._rest)

    def __contains__(self, path: str) -> bool:
        """Whether a path is still to be rendered."""
        return path in self._touched or path in self._rest

    def __iter__(self) -> Iterator[Page]:
        """Give the pages in the order they are to be rendered."""
        return chain(self._touched.values(), self._rest.values())

    @property
    def is_urgent(self) -> bool:
        """Whether pages that a change touched are still to be rendered."""
        return bool(self._touched)

    def begin(self, pages: Iterable[Page]) -> None:
        """Let everything be rendered."""
        self._touched, self._rest = {}, {page.path: page for page in pages}

    def put_before(self, touched: Iterable[Page], done: Iterable[Page], planned: Container[str]) -> None:
        """Put what a newer change touched before what is left; without what is done, and what is planned no more."""
        finished = {page.path for page in done}
        newer = {page.path: page for page in touched if page.path not in finished}
        left = {path: page for path, page in self._touched.items() if path in planned and path not in finished}
        self._touched = newer | {path: page for path, page in left.items() if path not in newer}
        self._rest = {
            path: page
            for path, page in self._rest.items()
            if path in planned and path not in finished and path not in self._touched
        }

    def without(self, done: Iterable[Page]) -> None:
        """Leave out pages that were rendered meanwhile."""
        for page in done:
            self._touched.pop(page.path, None)
            self._rest.pop(page.path, None)

    def drop(self, count: int) -> None:
        """Leave out the first so many: they are rendered."""
        for path in list(islice(chain(self._touched, self._rest), count)):
            if self._touched.pop(path, None) is None:
                del self._rest[path]
