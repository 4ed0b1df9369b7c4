"""The moment something becomes public: numbers, feed identifiers, the notice and the publication counter.

All in the caller's transaction, so that a rollback burns no number and leaves no gap.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.refused import Refused
from status.domain.states import Publication, Visibility
from status.models import Component, Event, EventComponent, EventUpdate, Installation, Notice, UpdateText
from status.services.changing import change
from status.services.indexing import index_events
from status.wording.languages import LANGUAGES


def installation(session: Session) -> Installation:
    """Give this installation's row, locked until the transaction ends. Raise Refused when there is none yet."""
    session.flush()
    row = session.get(Installation, 1, with_for_update=True, populate_existing=True)
    if row is None:
        raise Refused("not_installed", "the database has no installation yet: start it once with `travaux run`")
    return row


def raise_revision(session: Session) -> None:
    """Count a change the public may see."""
    installation(session).revision += 1
    session.flush()


def publish_event(session: Session, event: Event, now: datetime) -> None:
    """Make an event public: take the next number and publish its waiting updates in the order they were written.

    One that touches only components of customers is shown to those who have them, and takes its number then. Raise
    Refused when nobody outside may know any of its components.
    """
    if event.publication not in (Publication.DRAFT, Publication.SCHEDULED):
        raise Refused("not_a_draft", f"the event is {event.publication.value}; only a draft can be published")
    if not may_be_shown(session, event):
        raise Refused("nothing_public", "the event touches only internal components; name one that others may know")
    values: dict[str, object] = {"publication": Publication.PUBLIC, "published_at": now, "internal": False}
    if event.n is None:
        place = installation(session)
        values["n"] = place.next_event_number
        place.next_event_number += 1
        session.flush()
    if event.type.is_work:
        values["announced_at"] = event.announced_at or now
    change(session, event, values)
    waiting = sa.select(EventUpdate).where(EventUpdate.event_uid == event.uid, EventUpdate.k.is_(None))
    for update in session.scalars(waiting.order_by(EventUpdate.id)).all():
        publish_update(session, event, update, now)


def publish_update(session: Session, event: Event, update: EventUpdate, now: datetime) -> None:
    """Publish one update of a public event: its `k`, its identifier in every language, one notice.

    A language without a text gets an empty row: its item shows the generated sentence and the other text.
    """
    place = installation(session)
    last = session.scalar(sa.select(sa.func.max(EventUpdate.k)).where(EventUpdate.event_uid == event.uid))
    update.k = (last or 0) + 1
    update.published_at = now
    of_update = sa.select(UpdateText).where(UpdateText.update_id == update.id)
    texts = {row.language: row for row in session.scalars(of_update)}
    for language in LANGUAGES:
        row = texts.get(language)
        if row is None:
            row = UpdateText(update_id=update.id, language=language, text="")
            session.add(row)
        row.uid = f"tag:{place.authority},{place.year}:event/{event.n}/update/{update.k}/{language}"
        row.published_at = now
    session.add(Notice(at=now, event_uid=event.uid, update_id=update.id, action=update.action, fanned_out_at=None))
    place.revision += 1
    session.flush()
    index_events(session, [event.uid])


def may_be_public(session: Session, event: Event) -> bool:
    """Whether the public may know at least one of the event's components (or it names none)."""
    seen = _visibilities(session, event)
    return not seen or Visibility.PUBLIC in seen


def may_be_shown(session: Session, event: Event) -> bool:
    """Whether anybody outside may: the public, or customers who have such a component."""
    seen = _visibilities(session, event)
    return not seen or seen != {Visibility.INTERNAL}


def _visibilities(session: Session, event: Event) -> frozenset[Visibility]:
    touched = (
        sa.select(Component.visibility)
        .join(EventComponent, EventComponent.component_id == Component.id)
        .where(EventComponent.event_uid == event.uid)
    )
    return frozenset(session.scalars(touched))
