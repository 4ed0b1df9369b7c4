"""Updates written but not posted: kept for later, posted by a person or at their time. Nothing of them is public.

`data` of a draft holds what an `Update` does as plain JSON: texts, title, state, impact, impacts by component id,
expected_end_at, next_update_at and happened_at as ISO 8601, progress, and as `cleared` the times taken back.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.refused import Refused
from status.domain.states import EventState, Impact
from status.domain.written import FARTHEST, in_utc
from status.log import fields
from status.models import Actor, Event, EventUpdate, UpdateDraft
from status.services.auditing import record
from status.services.changing import Conflict, line_up
from status.services.identifiers import new_uid
from status.services.updating import CLEARABLE, Update, update

log = logging.getLogger(__name__)


def keep(
    session: Session, event: Event, data: Mapping[str, Any], author: Actor, now: datetime,
    *, origin: str = "desk", publish_at: datetime | None = None,
) -> UpdateDraft:  # fmt: skip
    """Keep an update for later; with `publish_at` it is posted then. Raise Refused for values no update has."""
    _require_sound(data, publish_at, now)
    row = UpdateDraft(
        uid=new_uid(now), event_uid=event.uid, author_id=author.id, origin=origin, created_at=now, changed_at=now,
        publish_at=publish_at, data=dict(data), failure="", ended_at=None, version=1,
    )  # fmt: skip
    session.add(row)
    session.flush()
    record(session, author, "draft.keep", f"draft:{row.uid}", now, after=_said(row))
    return row


def change(
    session: Session, draft: UpdateDraft, data: Mapping[str, Any], author: Actor, now: datetime,
    *, publish_at: datetime | None = None, version: int | None = None,
) -> None:  # fmt: skip
    """Write a draft anew. Raise Refused when it is ended, or was changed since `version`."""
    _require_waiting(draft)
    if version is not None and draft.version != version:
        raise Refused("conflict", "somebody else changed this draft meanwhile: look at it again, then repeat")
    _require_sound(data, publish_at, now)
    before = _said(draft)
    draft.data, draft.publish_at, draft.changed_at, draft.failure = dict(data), publish_at, now, ""
    draft.version += 1
    session.flush()
    record(session, author, "draft.change", f"draft:{draft.uid}", now, before=before, after=_said(draft))


def discard(session: Session, draft: UpdateDraft, author: Actor, now: datetime) -> None:
    """Put a draft away for good: its words are gone."""
    _require_waiting(draft)
    before = _said(draft)
    draft.ended_at, draft.data, draft.publish_at = now, {}, None
    session.flush()
    record(session, author, "draft.discard", f"draft:{draft.uid}", now, before=before)


def post_draft(session: Session, draft: UpdateDraft, author: Actor, now: datetime) -> EventUpdate:
    """Post a draft as it was written. Raise Refused when the event does not allow it any more; it then waits on."""
    _require_waiting(draft)
    event = session.get_one(Event, draft.event_uid, populate_existing=True)
    written = update(session, event, update_of(draft, now), author, now)
    draft.ended_at, draft.data, draft.publish_at = now, {}, None
    session.flush()
    return written


def post_due(session: Session, now: datetime) -> int:
    """Post the drafts whose time has come, each in its author's name; give how many.

    One that cannot be posted keeps why as its `failure` and waits for a person. The decider calls it in its turns.
    """
    due = sa.select(UpdateDraft).where(UpdateDraft.ended_at.is_(None), UpdateDraft.publish_at <= now)
    rows = session.scalars(due.order_by(UpdateDraft.publish_at, UpdateDraft.uid)).all()
    if rows:
        line_up(session)
    posted = 0
    for row in rows:
        author = session.get_one(Actor, row.author_id)
        try:
            with session.begin_nested():
                post_draft(session, row, author, now)
            posted += 1
        except (Refused, Conflict) as refused:
            session.refresh(row)
            row.failure, row.publish_at = refused.message, None
            session.flush()
            log.warning("deferred_update_not_posted", extra=fields(draft=row.uid, reason=refused.reason))
    return posted


def waiting(session: Session, event_uid: str | None = None) -> list[UpdateDraft]:
    """Give the drafts that wait, of an event or of all, the oldest first."""
    wanted = sa.select(UpdateDraft).where(UpdateDraft.ended_at.is_(None))
    if event_uid is not None:
        wanted = wanted.where(UpdateDraft.event_uid == event_uid)
    return list(session.scalars(wanted.order_by(UpdateDraft.created_at, UpdateDraft.uid)))


def update_of(draft: UpdateDraft, now: datetime) -> Update:
    """Give the update a draft holds; a promised or expected time that has passed since is left out."""
    what = _read(draft.data)
    coming = {name: at for name in ("expected_end_at", "next_update_at") if (at := getattr(what, name)) and at > now}
    return Update(
        texts=what.texts, title=what.title, state=what.state, impact=what.impact, impacts=what.impacts,
        progress=what.progress, happened_at=what.happened_at, cleared=what.cleared, **coming,
    )  # fmt: skip


def _read(data: Mapping[str, Any]) -> Update:
    def time(name: str) -> datetime | None:
        return datetime.fromisoformat(data[name]) if data.get(name) else None

    return Update(
        texts=dict(data.get("texts", {})),
        title=dict(data.get("title", {})),
        state=EventState(data["state"]) if data.get("state") else None,
        impact=Impact(data["impact"]) if data.get("impact") else None,
        impacts={int(key): Impact(value) for key, value in data.get("impacts", {}).items()},
        progress=data.get("progress"),
        expected_end_at=time("expected_end_at"),
        next_update_at=time("next_update_at"),
        happened_at=time("happened_at"),
        cleared=frozenset(data.get("cleared", ())),
    )


def _require_sound(data: Mapping[str, Any], publish_at: datetime | None, now: datetime) -> None:
    try:
        what = _read(data)
    except (ValueError, TypeError, AttributeError) as error:
        raise Refused("draft", f"this is no update: {error}") from error
    if what.cleared - CLEARABLE:
        raise Refused("draft", f"this is no update: only {', '.join(sorted(CLEARABLE))} can be taken back")
    if what == Update():
        raise Refused("nothing", "the draft says nothing: give a text, a state, an impact or a time")
    if publish_at is not None and not now < publish_at <= now + FARTHEST:
        raise Refused("past", f"it would be posted at {in_utc(publish_at)}: give a time to come, within ten years")


def _require_waiting(draft: UpdateDraft) -> None:
    if draft.ended_at is not None:
        raise Refused("not_waiting", "this draft was posted or discarded already")


def _said(row: UpdateDraft) -> dict[str, Any]:
    """Give what the audit keeps of a draft: none of its words."""
    return {
        "event": row.event_uid, "origin": row.origin, "version": row.version,
        "publish_at": row.publish_at.isoformat() if row.publish_at else None,
    }  # fmt: skip
