"""Pages of lists: the cursor is opaque to callers; it holds the key of the last item they were given."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import TypeVar

from status.web.api.problems import Problem, of_field
from status.web.api.shapes.base import PageQuery

Item = TypeVar("Item")


def cursor_of(*key: str | int) -> str:
    """Give the cursor that follows the item with this key."""
    return urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def key_after(query: PageQuery, *types: type[str | int]) -> tuple[str | int, ...] | None:
    """Give the key in a query's cursor, of these types; None on the first page. Raise Problem (422) for a false one."""
    if query.cursor is None:
        return None
    try:
        key = json.loads(urlsafe_b64decode(query.cursor + "=" * (-len(query.cursor) % 4)))
    except ValueError as error:
        raise _false(query) from error
    if not isinstance(key, list) or len(key) != len(types):
        raise _false(query)
    for part, wanted in zip(key, types, strict=True):
        if type(part) is not wanted or (isinstance(part, str) and "\0" in part):
            raise _false(query)
        if isinstance(part, int) and not 0 <= part < 2**62:
            raise _false(query)
    return tuple(key)


def page_of(items: Sequence[Item], key: Callable[[Item], str], query: PageQuery) -> tuple[list[Item], str | None]:
    """Cut a page out of a short list that is read whole; gives it with the next cursor."""
    after = key_after(query, str)
    begin = 0
    if after is not None:
        known = [key(item) for item in items]
        begin = known.index(str(after[0])) + 1 if after[0] in known else len(items)
    page = list(items[begin : begin + query.limit])
    more = begin + query.limit < len(items)
    return page, cursor_of(key(page[-1])) if more else None


def _false(query: PageQuery) -> Problem:
    return of_field("cursor", query.cursor, "the `next` of an earlier page of this list")
