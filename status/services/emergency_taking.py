"""An emergency message becomes an event: the publisher found it on a mirror, the monitor takes it in.

    push reads emergency.json ─▶ hand_over: an instruction ─▶ the decider's batch ─▶ take_emergencies: the event
    push asks event_of ─▶ its number ─▶ once its page is public, the message leaves the mirror

The identifiers of the messages become those of the event's updates: a feed's readers are told nothing twice.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.refused import Refused
from status.domain.states import AREAS, Impact
from status.log import fields
from status.models import Actor, Component, Event, EventUpdate, Instruction, UpdateText
from status.services import actors
from status.services.emergency import Emergency, EmergencyPost, as_data, read
from status.services.events import default_title
from status.services.incidents import Opening, open_incident
from status.services.instructions import instruct
from status.services.updating import Update, update
from status.wording.languages import LANGUAGES

log = logging.getLogger(__name__)

ACTION: Final = "emergency"
AUTHOR: Final = "emergency"


def hand_over(session: Session, emergency: Emergency, now: datetime) -> None:
    """Leave an emergency for the decider, once."""
    data = as_data(emergency)
    left = sa.select(Instruction.data).where(Instruction.action == ACTION)
    if data not in session.scalars(left).all():
        instruct(session, None, ACTION, data, now)


def event_of(session: Session, emergency: Emergency) -> int | None:
    """Give the number of the public event that holds every message of an emergency; None while there is none."""
    wanted = {emergency.identifier(post, language) for post in emergency.posts for language in LANGUAGES}
    known = session.scalars(sa.select(UpdateText.uid).where(UpdateText.uid.in_(wanted))).all()
    if wanted - set(known):
        return None
    event = _event(session, emergency)
    return event.n if event is not None else None


def take_emergencies(session: Session, instructions: Iterable[Instruction], now: datetime) -> bool:
    """Take in what was handed over; tell whether events changed. One that can't be taken is logged, once."""
    taken = False
    for instruction in instructions:
        if instruction.action != ACTION:
            continue
        try:
            with session.begin_nested():
                taken = _take(session, instruction.data, now) or taken
        except (Refused, ValueError, KeyError, TypeError) as error:
            log.exception("emergency_not_taken", extra=fields(why=str(error)))
    return taken


def _take(session: Session, data: dict[str, object], now: datetime) -> bool:
    emergency = read(data)
    if emergency is None or emergency.is_over(now):
        return False
    author = actors.cli_user(session, AUTHOR)
    event = _event(session, emergency)
    new = [post for post in emergency.posts if not _is_known(session, emergency, post)]
    for post in new:
        if event is None:
            event = _open(session, emergency, post, author, now)
        else:
            update(session, event, Update(texts=post.texts), author, now)
        _identify(session, event, emergency, post, now)
    return bool(new)


def _open(session: Session, emergency: Emergency, post: EmergencyPost, author: Actor, now: datetime) -> Event:
    impacts = dict.fromkeys(_areas(session, emergency), Impact.FULL)
    began = min(post.at, now)
    what = Opening(impacts, default_title(session, impacts), post.texts, happened_at=began)
    return open_incident(session, what, author, now)


def _areas(session: Session, emergency: Emergency) -> list[int]:
    """Give the ids of the areas it speaks of; of all of them when it names none that we have."""
    roots = sa.select(Component.slug, Component.id).where(Component.parent_id.is_(None), Component.retired_at.is_(None))
    known = {row.slug: row.id for row in session.execute(roots.order_by(Component.position, Component.id))}
    named = [known[slug] for slug in emergency.areas if slug in known]
    return named or [known[slug] for slug in AREAS if slug in known]


def _identify(session: Session, event: Event, emergency: Emergency, post: EmergencyPost, now: datetime) -> None:
    """Give the event's last update the identifiers and the hour under which the message was read."""
    last = sa.select(EventUpdate).where(EventUpdate.event_uid == event.uid).order_by(EventUpdate.id.desc()).limit(1)
    written = session.scalars(last).one()
    written.published_at = min(post.at, now)
    texts = session.scalars(sa.select(UpdateText).where(UpdateText.update_id == written.id)).all()
    for text in texts:
        text.uid = emergency.identifier(post, text.language)
        text.published_at = written.published_at
    session.flush()


def _is_known(session: Session, emergency: Emergency, post: EmergencyPost) -> bool:
    identifier = emergency.identifier(post, LANGUAGES[0])
    return session.scalar(sa.select(UpdateText.update_id).where(UpdateText.uid == identifier)) is not None


def _event(session: Session, emergency: Emergency) -> Event | None:
    """Give the event that its first message opened."""
    first = emergency.identifier(emergency.posts[0], LANGUAGES[0])
    return session.scalar(
        sa.select(Event)
        .join(EventUpdate, EventUpdate.event_uid == Event.uid)
        .join(UpdateText, UpdateText.update_id == EventUpdate.id)
        .where(UpdateText.uid == first)
    )
