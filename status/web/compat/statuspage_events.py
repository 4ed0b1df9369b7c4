"""An event as Statuspage tells an incident or, with its planned times, a scheduled maintenance."""

from __future__ import annotations

from collections.abc import Mapping

from status.domain.identifiers import short_id
from status.domain.states import (
    ENDED_STATES,
    RUNNING_WORK_STATES,
    EventState,
    EventType,
    Impact,
    Publication,
)
from status.queries.cards import Post
from status.queries.timelines import Timeline
from status.web.compat.outward import (
    STATUSPAGE_COMPONENT,
    STATUSPAGE_INCIDENT,
    STATUSPAGE_STATE,
    Document,
    milliseconds,
)
from status.web.language import language
from status.web.scope import Scope
from status.wording.languages import pick
from status.wording.posts import said


def as_incident(timeline: Timeline, page_id: str, known: Mapping[int, Document], scope: Scope) -> Document:
    """Tell an event; `known` are the components as they are told, by id."""
    card = timeline.card
    event_id = short_id("event", card.uid)
    impact = "maintenance" if card.type.is_work else STATUSPAGE_INCIDENT[timeline.worst_impact]
    is_over = timeline.has_ended
    document: Document = {
        "id": event_id, "name": pick(card.title, language())[0], "status": _status(timeline),
        "created_at": milliseconds(timeline.published_at), "updated_at": milliseconds(timeline.changed_at),
        "monitoring_at": milliseconds(timeline.said_first((EventState.MONITORING, *ENDED_STATES))),
        "resolved_at": milliseconds(card.ended_at or timeline.changed_at) if is_over else None,
        "impact": impact, "shortlink": f"{scope.settings.site.public_url.rstrip('/')}/{language()}/travaux/{card.n}",
        "started_at": milliseconds(card.began_at or timeline.published_at), "page_id": page_id,
        "incident_updates": _updates(timeline, event_id, scope),
        "components": [known[touched.component_id] for touched in card.touched if touched.component_id in known],
    }  # fmt: skip
    if card.type.is_work:
        document["scheduled_for"] = milliseconds(card.planned_start_at or card.began_at)
        document["scheduled_until"] = milliseconds(card.planned_end_at or card.expected_end_at)
    return document


def _status(timeline: Timeline) -> str:
    card = timeline.card
    if card.publication is Publication.PUBLIC:
        return STATUSPAGE_STATE[card.state]
    return "completed" if card.type.is_work else "resolved"


def _updates(timeline: Timeline, event_id: str, scope: Scope) -> list[Document]:
    """Tell the posts, newest first, each with what it changed of its components."""
    names = {touched.component_id: pick(touched.name, language())[0] for touched in timeline.card.touched}
    slugs = {touched.component_id: touched.slug for touched in timeline.card.touched}
    before: dict[int, str] = {}
    told: list[Document] = []
    for post in timeline.posts:
        now = {
            id_: _component_status(timeline.card.type, post, impact)
            for id_, impact in timeline.stated.get(post.k, {}).items()
            if id_ in names
        }
        affected = [
            {
                "code": short_id("component", slugs[id_]), "name": names[id_],
                "old_status": before.get(id_, "operational"), "new_status": status,
            }
            for id_, status in now.items()
        ]  # fmt: skip
        before.update(now)
        told.append(_update(timeline, post, event_id, affected, scope))
    return told[::-1]


def _update(timeline: Timeline, post: Post, event_id: str, affected: list[dict[str, str]], scope: Scope) -> Document:
    is_last = post is timeline.posts[-1]
    words = said(
        post.generated, post.texts, language(), scope.settings.site.timezone,
        by_robot=post.by_robot, happened_at=post.happened_at, redacted_at=post.redacted_at,
    )  # fmt: skip
    return {
        "id": short_id("update", f"{timeline.card.uid}/{post.k}"),
        "status": _status(timeline) if is_last else STATUSPAGE_STATE[post.state], "body": words.in_plain(),
        "incident_id": event_id, "created_at": milliseconds(post.published_at),
        "updated_at": milliseconds(post.modified_at or post.published_at),
        "display_at": milliseconds(post.happened_at or post.published_at), "affected_components": affected or None,
        "deliver_notifications": True, "custom_tweet": None, "tweet_id": None,
    }  # fmt: skip


def _component_status(type_: EventType, post: Post, impact: Impact) -> str:
    if type_.is_work:
        return "under_maintenance" if post.state in RUNNING_WORK_STATES else "operational"
    return "operational" if post.state in ENDED_STATES else STATUSPAGE_COMPONENT[impact]
