"""One reading for all pages of one snapshot: the publisher renders thousands of pages from one state of the database.

A session is told so by `keep_in`; any other session reads afresh each time, as a page that is asked for must.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

from sqlalchemy.orm import Session

Kept = dict[Hashable, Any]
"""What was read so far. Frozen values only: every page is given the same ones."""

_Value = TypeVar("_Value")
_KEY = "travaux_kept"


def keep_in(session: Session, store: Kept) -> None:
    """Let this session's queries keep what they read in `store`, which must be of the state the session sees."""
    session.info[_KEY] = store


def is_keeping(session: Session) -> bool:
    """Tell whether this session serves a whole snapshot's pages."""
    return _KEY in session.info


def kept(session: Session, key: Hashable, read: Callable[[], _Value]) -> _Value:
    """Give what was read under `key` in this snapshot, else read it."""
    store: Kept | None = session.info.get(_KEY)
    if store is None:
        return read()
    if key not in store:
        store[key] = read()
    return cast("_Value", store[key])


def kept_last(session: Session, name: str, key: Hashable, read: Callable[[], _Value]) -> _Value:
    """The same for what only neighbouring pages share (a page and its translation): the last of a name is kept."""
    store: Kept | None = session.info.get(_KEY)
    if store is None:
        return read()
    last = store.get(name)
    if last is None or last[0] != key:
        last = store[name] = (key, read())
    return cast("_Value", last[1])
