"""Locations with an agent: added, given a new token, retired; known by the token's hash, heard, listened to."""

from __future__ import annotations

import hmac
import re
import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from probes.agent_folder import boot_id
from probes.agent_messages import Post
from probes.types import Instant
from status.clock import utc
from status.domain.refused import Refused
from status.models import Actor, Inbox, Location
from status.services.instructions import instruct

LOCATIONS_CHANGED: Final = "locations_changed"
HEARD_EVERY: Final = timedelta(seconds=5)
INBOX_ROWS: Final = 2_000
"""So many batches wait for the decider; beyond that agents keep theirs."""

SLUG: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
LONGEST: Final = 80


def add(session: Session, slug: str, here: str, author: Actor, now: datetime) -> str:
    """Make a location, or bring a retired one back, and give its token, which is kept nowhere. Raise Refused."""
    if not SLUG.fullmatch(slug) or len(slug) > LONGEST:
        raise Refused(
            "slug", f"found {slug!r}, expected lower-case letters, digits and single hyphens, at most {LONGEST}"
        )
    if slug == here:
        raise Refused("location_taken", f"{slug!r} is where the monitor itself looks from ([monitor] location)")
    row = session.scalar(sa.select(Location).where(Location.slug == slug))
    if row is not None and row.token_hash is not None and row.retired_at is None:
        raise Refused(
            "location_taken", f"location {slug!r} exists; `travaux location rotate {slug}` gives it a new token"
        )
    if row is None:
        row = Location(slug=slug, created_at=now, set_aside_at=None, set_aside_reason="")
        session.add(row)
    row.retired_at, row.heard_at = None, None
    row.set_aside_at, row.set_aside_reason = None, ""
    return _new_token(session, row, author, now)


def rotate(session: Session, slug: str, author: Actor, now: datetime) -> str:
    """Give a location a new token; the old one is refused from now on. Raise Refused."""
    return _new_token(session, _agent(session, slug), author, now)


def retire(session: Session, slug: str, author: Actor, now: datetime) -> None:
    """Let a location look no more: its token is refused, its history stays. Raise Refused."""
    _agent(session, slug).retired_at = now
    instruct(session, author, LOCATIONS_CHANGED, {"location": slug}, now)


def of_token(session: Session, token: str) -> Location | None:
    """Give the location a token belongs to, a retired one too; None for an unknown token."""
    wanted = _hash(token)
    row = session.scalar(sa.select(Location).where(Location.token_hash == wanted))
    # The look-up sees only a hash of 256 random bits; comparing it again costs nothing and takes constant time.
    return row if row is not None and hmac.compare_digest(row.token_hash or "", wanted) else None


def is_due(row: Location, now: datetime) -> bool:
    """Whether it is time to note that a location was heard: every 5 s, or when the clock was set back."""
    return row.heard_at is None or abs(now - row.heard_at) >= HEARD_EVERY


def note_heard(session: Session, location_id: int, now: datetime, version: str = "") -> None:
    """Note that a location was heard now, and of which release its agent says to be."""
    heard = {"heard_at": now, "agent_version": version or None}
    session.execute(sa.update(Location).where(Location.id == location_id).values(heard))


def take_post(session: Session, location_id: int, post: Post, now: Instant) -> None:
    """Put a batch into the inbox with the moment it came, on the clock the decider shares. Raise Refused when full."""
    waiting = session.scalar(sa.select(sa.func.count()).select_from(Inbox)) or 0
    if waiting >= INBOX_ROWS:
        raise Refused("inbox_full", f"{waiting} batches wait for the monitor: it is behind, or does not run")
    data = {"steady": now.steady, "boot": boot_id(), "post": post.model_dump(mode="json")}
    session.add(Inbox(location_id=location_id, received_at=utc(now.wall), data=data))


def _agent(session: Session, slug: str) -> Location:
    row = session.scalar(sa.select(Location).where(Location.slug == slug))
    if row is None or row.token_hash is None:
        raise Refused(
            "unknown_location", f"there is no location {slug!r} with an agent; `travaux location list` has all"
        )
    if row.retired_at is not None:
        raise Refused("location_retired", f"location {slug!r} is retired; `travaux location add {slug}` brings it back")
    return row


def _new_token(session: Session, row: Location, author: Actor, now: datetime) -> str:
    token = f"trv_{secrets.token_urlsafe(32)}"
    row.token_hash = _hash(token)
    session.flush()
    instruct(session, author, LOCATIONS_CHANGED, {"location": row.slug}, now)
    return token


def _hash(token: str) -> str:
    return sha256(token.encode("utf-8", "replace")).hexdigest()
