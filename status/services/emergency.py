"""A voice without the house: what `emergency.json` on a mirror says, and who may still read it. No database here.

`travaux emergency` writes it, every push reads it first, the monitor takes it in as an event (`emergency_taking`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from status.services.identifiers import new_uid

FILE: Final = "emergency.json"
FORMAT: Final = 1
MOST_BYTES: Final = 262_144
"""A longer document is none of ours."""

MOST_POSTS: Final = 20
TEXT_LIMIT: Final = 2_000

MARK: Final = ":emergency/"
"""What tells the identifier of a message from that of an event's own update."""

VERSION: Final = 8
"""A message's uuid has the layout of those of events (7) under the number for own uses (RFC 9562 §5.8)."""

_AUTHORITY: Final = re.compile(r"[A-Za-z0-9.:@_-]{1,150}")


@dataclass(frozen=True, slots=True)
class EmergencyPost:
    """One message: its uuid, when it was published (UTC), its text by language."""

    uuid: str
    at: datetime
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Emergency:
    """The messages of one emergency, oldest first; at least one.

    `areas` are slugs, none means all of them; `until` is when it stops by itself. `authority` and `year` make its
    identifiers, as those of feeds (RFC 4151).
    """

    authority: str
    year: int
    timezone: str
    posts: tuple[EmergencyPost, ...]
    areas: tuple[str, ...] = ()
    until: datetime | None = None

    def is_over(self, now: datetime) -> bool:
        """Whether its end has passed."""
        return self.until is not None and now >= self.until

    def identifier(self, post: EmergencyPost, language: str) -> str:
        """Give a message's identifier in a language: the one its update has later, so that nobody is told twice."""
        return f"tag:{self.authority},{self.year}{MARK}{post.uuid}/{language}"

    def joined_by(self, post: EmergencyPost) -> Emergency:
        """Give it with one message more; the oldest but the first leave when there are too many."""
        return replace(self, posts=(self.posts[0], *(*self.posts[1:], post)[-(MOST_POSTS - 1) :]))


def is_of_emergency(uid: str) -> bool:
    """Whether a uuid is a message's, or of the event that it opened."""
    try:
        return UUID(uid).version == VERSION
    except ValueError:
        return False


def new_message_uid(now: datetime) -> str:
    """Give a message's uuid: one that sorts by time among those of events, and is told from them by its version."""
    uid = new_uid(now)
    return f"{uid[:14]}{VERSION}{uid[15:]}"


def parse(text: bytes | None) -> Emergency | None:
    """Read `emergency.json`; None when there is no emergency. Raise ValueError when it is damaged."""
    if text is None or len(text) > MOST_BYTES:
        if text is None:
            return None
        raise ValueError(f"{FILE}: {len(text)} bytes, expected at most {MOST_BYTES}")
    try:
        return read(json.loads(text))
    except (LookupError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"{FILE}: damaged ({error!r})") from error


def read(document: Mapping[str, Any]) -> Emergency | None:
    """Read its plain values. Raise ValueError, KeyError or TypeError when they are none of ours."""
    if document["format"] != FORMAT:
        raise ValueError(f"{FILE}: found format {document['format']!r}, expected {FORMAT}")
    posts = tuple(_post(each) for each in document["posts"][:MOST_POSTS])
    if not posts:
        return None
    if not _AUTHORITY.fullmatch(document["authority"]):
        raise ValueError(f"{FILE}: found no host as its authority")
    return Emergency(
        authority=document["authority"],
        year=int(document["year"]),
        timezone=ZoneInfo(document["timezone"]).key,
        posts=posts,
        areas=tuple(str(area) for area in document["areas"]),
        until=_time(document["until"]) if document["until"] else None,
    )


def as_data(emergency: Emergency | None) -> dict[str, Any]:
    """Give its plain values, as `read` takes them."""
    if emergency is None:
        return {"format": FORMAT, "posts": []}
    return {
        "format": FORMAT,
        "authority": emergency.authority,
        "year": emergency.year,
        "timezone": emergency.timezone,
        "areas": list(emergency.areas),
        "until": iso(emergency.until),
        "posts": [
            {"uuid": post.uuid, "at": iso(post.at), "texts": dict(sorted(post.texts.items()))}
            for post in emergency.posts
        ],
    }


def iso(at: datetime | None) -> str | None:
    """Write a time as ISO 8601 in UTC, to the second."""
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _post(record: Mapping[str, Any]) -> EmergencyPost:
    texts = {str(language): str(text)[:TEXT_LIMIT] for language, text in record["texts"].items()}
    return EmergencyPost(str(UUID(record["uuid"])), _time(record["at"]), texts)


def _time(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{FILE}: found a time without zone")
    return at.astimezone(UTC)
