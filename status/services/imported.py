"""An incident or work of another travaux site, as a file tells it, before it is one of ours. Also its limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from status.domain.states import EventType, Impact
from status.services.import_file import THE_FILE, Fault, Wrong

FILE_BYTES: Final = 500_000_000
TASKS: Final = 200_000
TITLE_CHARACTERS: Final = 200
TEXT_CHARACTERS: Final = 50_000
"""Longer words are cut."""

HIGHEST_NUMBER: Final = 999_999_999


@dataclass(frozen=True, slots=True)
class Said:
    """A post: when it was said there, and its words (Markdown) by language."""

    at: datetime
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Task:
    """One of theirs, which is over. `components` are slugs; `project` is the number of a project of theirs.

    `place` says where it stands in the file. Times are aware.
    """

    place: str
    number: int
    type: EventType
    title: Mapping[str, str]
    began_at: datetime
    ended_at: datetime
    impact: Impact
    posts: tuple[Said, ...]
    project: int | None = None
    components: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    exchanges: tuple[str, ...] = ()
    operators: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """A whole file. With any fault nothing of it may be used. `private` counts what is nobody else's business."""

    tasks: tuple[Task, ...] = ()
    faults: tuple[Fault, ...] = ()
    private: int = 0


def hopeless(message: str) -> Reading:
    """Give the reading of a file that is none."""
    return Reading(faults=(Fault(THE_FILE, message),))


def number_of(value: object) -> int:
    """Read a task's number. Raise Wrong."""
    text = str(value).strip().removeprefix("FS#").removeprefix("#")
    if isinstance(value, bool) or not (text.isascii() and text.isdigit()) or not 0 < int(text[:12]) <= HIGHEST_NUMBER:
        raise Wrong(f"found number {str(value)[:40]!r}, expected 1 to {HIGHEST_NUMBER}")
    return int(text)
