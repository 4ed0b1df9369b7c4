"""An emergency message becomes an event: the publisher found it on a mirror, the monitor takes it in.

    push reads emergency.json ─▶ hand_over: an instruction ─▶ the decider's batch ─▶ take_emergencies: the event
    push asks event_of ─▶ its number ─▶ once its page is public, the message leaves the mirror

The identifiers of the messages become those of the event's updates, the first one's uuid is the event's own: neither
readers of a feed nor of another status page's API are told anything twice.
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
from status.models import Actor, Component, Event, EventComponent, EventUpdate, Instruction, UpdateText
from status.services import actors
from status.services.emergency import MARK, Emergency, EmergencyPost, as_data, is_of_emergency, read
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
    event = _event(session, emergency)
    if event is None or {post.uuid for post in emergency.posts} - _known(session, event):
        return None
    return event.n


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
    known = set() if event is None else _known(session, event)
    new = [post for post in emergency.posts if post.uuid not in known]
    for post in new:
        if event is None:
            event = _open(session, emergency, post, author, now)
        else:
            joining = dict.fromkeys(_joining(session, event, emergency), Impact.FULL)
            update(session, event, Update(texts=post.texts, impacts=joining), author, now)
        _identify(session, event, emergency, post, now)
    return bool(new)


def _open(session: Session, emergency: Emergency, post: EmergencyPost, author: Actor, now: datetime) -> Event:
    impacts = dict.fromkeys(_areas(session, emergency), Impact.FULL)
    began = min(post.at, now)
    uid = post.uuid if is_of_emergency(post.uuid) else None
    what = Opening(impacts, default_title(session, impacts), post.texts, happened_at=began, uid=uid)
    return open_incident(session, what, author, now)


def _areas(session: Session, emergency: Emergency) -> list[int]:
    """Give the ids of the areas it speaks of; of all of them when it names none that we have."""
    roots = sa.select(Component.slug, Component.id).where(Component.parent_id.is_(None), Component.retired_at.is_(None))
    known = {row.slug: row.id for row in session.execute(roots.order_by(Component.position, Component.id))}
    named = [known[slug] for slug in emergency.areas if slug in known]
    return named or [known[slug] for slug in AREAS if slug in known]


def _joining(session: Session, event: Event, emergency: Emergency) -> list[int]:
    """Give the ids of areas it speaks of by now that the event never touched."""
    touched = sa.select(EventComponent.component_id).where(EventComponent.event_uid == event.uid)
    had = set(session.scalars(touched))
    return [id_ for id_ in _areas(session, emergency) if id_ not in had]


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


def _known(session: Session, event: Event) -> set[str]:
    """Give the uuids of the messages that an event holds."""
    uids = sa.select(UpdateText.uid).join(EventUpdate, EventUpdate.id == UpdateText.update_id)
    held = session.scalars(uids.where(EventUpdate.event_uid == event.uid, UpdateText.uid.contains(MARK)))
    return {uid.partition(MARK)[2].partition("/")[0] for uid in held if uid is not None}


def _event(session: Session, emergency: Emergency) -> Event | None:
    """Give the event that any of its messages opened or joined: another mirror may have held some of them alone."""
    uids = [post.uuid for post in emergency.posts if is_of_emergency(post.uuid)]
    opened = session.scalar(sa.select(Event).where(Event.uid.in_(uids)).order_by(Event.n).limit(1))
    if opened is not None:
        return opened
    said = [emergency.identifier(post, LANGUAGES[0]) for post in emergency.posts]
    return session.scalar(
        sa.select(Event)
        .join(EventUpdate, EventUpdate.event_uid == Event.uid)
        .join(UpdateText, UpdateText.update_id == EventUpdate.id)
        .where(UpdateText.uid.in_(said))
        .order_by(Event.n)
        .limit(1)
    )
