"""Rows as the API tells them."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from status.models import Event, EventUpdate
from status.queries.records import EventRecord, UpdateRecord, actor_names, list_updates, records
from status.web.api.route import PREFIX, Told
from status.web.api.shapes.events import EventAnswer, TouchedAnswer
from status.web.api.shapes.posts import OlderTextAnswer, UpdateAnswer, WordsAnswer

AS_IT_IS = (
    "uid", "n", "type", "title", "advice", "state", "impact", "severity", "publication", "departments", "exchanges",
    "operators", "resources", "planned_start_at", "planned_end_at", "planned_history", "announced_at", "started_at",
    "detected_at", "expected_end_at", "ended_at", "next_update_at", "publish_at", "published_at", "progress", "reason",
    "cause", "measures", "customers_touched", "emergency_calls", "sla_excluded", "sla_excluded_reason", "series_uid",
    "occurrence_at", "unstable", "internal", "origin", "acknowledged_at", "withdrawn_reason", "merged_into",
    "split_from", "work_uid", "created_at", "version",
)  # fmt: skip
"""What an answer takes from the event's row unchanged."""

PEOPLE = ("opened_by", "taken_by", "acknowledged_by", "assigned_to")


def event_told(session: Session, event: Event, *, made: bool = False) -> Told:
    """Answer with an event as it now stands; `made`: its address goes along."""
    session.flush()
    session.refresh(event)
    (record,) = records(session, [event])
    shape = event_answer(record, actor_names(session))
    return Told(shape, version=event.version, location=f"{PREFIX}/events/{event.uid}" if made else None)


def event_answer(record: EventRecord, names: Mapping[int, str]) -> EventAnswer:
    """Tell an event."""
    event = record.event
    people = {field: getattr(event, field) for field in PEOPLE}
    touched = [
        TouchedAnswer(
            component=slug, name=row.name, path=row.path, impact=row.impact, set_by=names[row.set_by],
            joined_at=row.joined_at, left_at=row.left_at,
        )
        for row, slug in record.touched
    ]  # fmt: skip
    return EventAnswer.model_validate({
        **{field: getattr(event, field) for field in AS_IT_IS},
        **{field: names[id_] if id_ is not None else None for field, id_ in people.items()},
        "components": touched,
        "links": list(record.links),
    })  # fmt: skip


def update_told(session: Session, update: EventUpdate) -> Told:
    """Answer with an update; the ETag is its event's."""
    session.flush()
    session.expire_all()
    (record,) = list_updates(session, EventUpdate.id == update.id, 1)
    event = session.get_one(Event, update.event_uid)
    return Told(update_answer(record, actor_names(session)), version=event.version)


def update_answer(record: UpdateRecord, names: Mapping[int, str]) -> UpdateAnswer:
    """Tell an update."""
    update = record.update
    return UpdateAnswer(
        id=update.id, event=update.event_uid, k=update.k, author=names[update.author_id], action=update.action,
        written_at=update.written_at, published_at=update.published_at, happened_at=update.happened_at,
        state=update.state, impact=update.impact, impacts={slug: row.impact for row, slug in record.impacts},
        expected_end_at=update.expected_end_at, next_update_at=update.next_update_at, progress=update.progress,
        texts={
            row.language: WordsAnswer(
                text=row.text, uid=row.uid, published_at=row.published_at, modified_at=row.modified_at,
                redacted_at=row.redacted_at,
            )
            for row in record.texts
        },
        older=[
            OlderTextAnswer(
                language=row.language, text=row.text, replaced_at=row.replaced_at, replaced_by=names[row.replaced_by]
            )
            for row in record.older
        ],
    )  # fmt: skip
