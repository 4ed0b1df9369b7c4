"""One reading for all pages of one snapshot: the publisher renders thousands of pages from one state of the database.

A session is told so by `keep_in`; any other session reads afresh each time, as a page that is asked for must.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, Final, TypeVar, cast

from sqlalchemy.orm import Session

Kept = dict[Hashable, Any]
"""What was read so far. Frozen values only: every page is given the same ones."""

FEW: Final = 16
"""So many pages of a snapshot read what they need by themselves."""

READ_AHEAD: Final = 500
"""So much is read at once for pages to come."""

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")
_KEY = "travaux_kept"


def keep_in(session: Session, store: Kept) -> None:
    """Let this session's queries keep what they read in `store`, which must be of the state the session sees."""
    session.info[_KEY] = store


def is_keeping(session: Session) -> bool:
    """Tell whether this session serves a whole snapshot's pages."""
    return _KEY in session.info


def is_one_of_many(session: Session, what: str) -> bool:
    """Whether this snapshot asks for `what` so often that reading all there is at once pays."""
    if not is_keeping(session):
        return False
    asked: list[None] = kept(session, ("asked", what), list)
    asked.append(None)
    return len(asked) > FEW


def kept(session: Session, key: Hashable, read: Callable[[], _Value]) -> _Value:
    """Give what was read under `key` in this snapshot, else read it."""
    store: Kept | None = session.info.get(_KEY)
    if store is None:
        return read()
    if key not in store:
        store[key] = read()
    return cast("_Value", store[key])


def kept_each(
    session: Session,
    name: Hashable,
    most: int,
    keys: Sequence[_Key],
    read: Callable[[Sequence[_Key]], Mapping[_Key, _Value]],
    *,
    ahead: Iterable[_Key] = (),
) -> dict[_Key, _Value]:
    """Give what `read` knows of each key; what was read in this snapshot is not read again.

    `ahead` are keys that will be asked for next, looked at where one is missing: they are read with it. When more than
    `most` would be kept, those of before are given up.
    """
    store: dict[_Key, _Value | None] = kept(session, name, dict)
    missing = dict.fromkeys(key for key in keys if key not in store)
    if missing and is_keeping(session):
        missing |= dict.fromkeys(islice((key for key in ahead if key not in store), READ_AHEAD))
    if len(store) + len(missing) > most:
        store.clear()
        missing = dict.fromkeys((*keys, *missing))
    if missing:
        found = read(tuple(missing))
        store.update((key, found.get(key)) for key in missing)
    return {key: value for key in keys if (value := store[key]) is not None}


def kept_last(session: Session, name: str, key: Hashable, read: Callable[[], _Value]) -> _Value:
    """The same for what only neighbouring pages share (a page and its translation): the last of a name is kept."""
    store: Kept | None = session.info.get(_KEY)
    if store is None:
        return read()
    last = store.get(name)
    if last is None or last[0] != key:
        last = store[name] = (key, read())
    return cast("_Value", last[1])
