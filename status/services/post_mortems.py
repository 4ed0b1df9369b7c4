"""What an incident taught: written by a lead, published on a page of its own under the event's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from status.domain.refused import Refused
from status.domain.states import EventState, Publication
from status.domain.written import clean_text
from status.models import Actor, Event, EventUpdate, PostMortem
from status.services.auditing import note_change
from status.services.changing import line_up
from status.services.indexing import index_events
from status.services.instructions import event_changed
from status.services.publishing import raise_revision
from status.services.updating import Update, check_words, update
from status.wording.post_mortem import announced

LIMIT = 50_000
"""Characters of a post-mortem in one language."""


def write(
    session: Session,
    event: Event,
    texts: Mapping[str, str],
    author: Actor,
    now: datetime,
    *,
    version: int | None = None,
) -> PostMortem:
    """Write it, or write it anew; a published one changes on its page at once.

    Raise Refused for a work, without words, and when it was changed since `version`.
    """
    line_up(session)
    if event.type.is_work:
        raise Refused("not_an_incident", "a work has no post-mortem: only an incident has")
    check_words({}, texts)
    words = {language: text for language in texts if (text := clean_text(texts[language], LIMIT))}
    if not words:
        raise Refused("no_text", "the post-mortem is empty: say what happened, why, and what is done about it")
    row = session.get(PostMortem, event.uid)
    if row is not None and version is not None and row.version != version:
        raise Refused("conflict", "somebody else changed the post-mortem meanwhile: look at it again, then repeat")
    if row is None:
        row = PostMortem(
            event_uid=event.uid, text={}, author_id=author.id, created_at=now, published_at=None, version=0
        )
        session.add(row)
    note_change(session, f"event:{event.uid}", "text", row.text, words)
    row.text, row.author_id, row.changed_at = words, author.id, now
    row.version += 1
    session.flush()
    if row.published_at is not None:
        raise_revision(session)
        index_events(session, [event.uid])
    event_changed(session, author, event, "write-post-mortem", now)
    return row


def publish(session: Session, event: Event, author: Actor, now: datetime) -> EventUpdate:
    """Publish it: the resolved incident moves to post-mortem, with a post that leads to the page.

    Raise Refused when nothing is written, when the incident is not public, or not resolved.
    """
    row = session.get(PostMortem, event.uid)
    if row is None:
        raise Refused("no_text", "no post-mortem is written of this event: write it first")
    if row.published_at is not None:
        raise Refused("published", "the post-mortem is published already; writing it anew changes its page")
    if event.publication is not Publication.PUBLIC:
        raise Refused(
            "not_public", f"the event is {event.publication.value}: only a public one has a public post-mortem"
        )
    what = Update(texts=announced(), state=EventState.POST_MORTEM)
    written = update(session, event, what, author, now, action="post-mortem")
    row.published_at = now
    index_events(session, [event.uid])
    return written
