"""OVH's public shapes: `/1.0/status/task`, `/1.0/xdsl/incidents[/{id}]`, `/1.0/auth/time` (its API console, v1.0).

Exact field names and enumerations. Nobody signs in: signatures are not looked at, and only public things are told.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import sqlalchemy as sa
from flask import Blueprint, Response, request

from status.domain.states import OPEN_STATES, EventType, PublicState
from status.models import Event
from status.queries.cards import known
from status.queries.components import Places, read_places
from status.queries.timelines import Timeline, read_timelines
from status.queries.tree import Tree, read_tree
from status.web.compat.outward import OVH_IMPACT, OVH_STATUS, Document, answer, present_answer, refusal, utc
from status.web.language import language
from status.web.scope import Scope, request_scope
from status.wording import labels
from status.wording.languages import join_names, pick
from status.wording.posts import said

DAYS: Final = 90
"""What ended longer ago (days) is not listed; by its number an incident is found for ever."""

MOST: Final = 1_000
"""So many tasks or incidents are listed, the newest."""

AREA: Final = "xdsl"
UNKNOWN: Final = "unknown"
ENUMS: Final[Mapping[str, tuple[str, ...]]] = {
    "impact": ("partialUnavailability", "fullUnavailability", "downtime", "none", UNKNOWN),
    "status": ("planned", "inProgress", "finished"),
    "type": tuple(kind.value for kind in EventType),
}
PERIOD: Final = ("creationDate", "endDate")
OPERATORS: Final = ("collect", "kosc", "ovh")
OTHER_NETWORK: Final = "collect"
"""OVH's word for a line that another operator's network collects."""

_NUMBER: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
_SIGN_LOST: Final = re.compile(r"(T[0-9:.]+) ([0-9]{2}:?[0-9]{2})$", re.ASCII)


class _BadParameter(ValueError):
    """A filter that is none; its message is the answer's."""


def register(compat: Blueprint) -> None:
    """Add the routes."""
    compat.add_url_rule("/1.0/status/task", "ovh_tasks", show_tasks)
    compat.add_url_rule("/1.0/xdsl/incidents", "ovh_incidents", show_incidents)
    compat.add_url_rule("/1.0/xdsl/incidents/<incident_id>", "ovh_incident", show_incident)
    compat.add_url_rule("/1.0/auth/time", "ovh_time", show_time)


def show_time() -> Response:
    """Give our clock in Unix seconds: clients sign with it."""
    told = answer(int(time.time()))
    told.headers["Cache-Control"] = "no-store"
    return told


def show_tasks() -> Response:
    """Give what goes on, what comes and what ended lately; `impact`, `status` and `type` filter."""
    refused = refusal()
    if refused is not None:
        return refused
    try:
        wanted = {name: value for name in ENUMS if (value := _enum(name)) is not None}
    except _BadParameter as error:
        return answer({"message": str(error)}, 400)
    scope = request_scope()
    tree = read_tree(scope.session, scope.audience)
    timelines = read_timelines(scope.session, tree.places, _lately(tree.places, scope.at))
    tasks = [_task(timeline, tree) for timeline in timelines]
    return present_answer([task for task in tasks if all(task[name] == value for name, value in wanted.items())])


def show_incidents() -> Response:
    """Give the numbers of incidents of access lines; `creationDate` (after) and `endDate` (before) filter."""
    refused = refusal()
    if refused is not None:
        return refused
    try:
        after, before = (_time(name) for name in PERIOD)
    except _BadParameter as error:
        return answer({"message": str(error)}, 400)
    scope = request_scope()
    places = read_places(scope.session, scope.audience)
    numbers = []
    for timeline in _incidents(scope, places, _lately(places, scope.at)):
        began, ends = timeline.card.began_at, _end(timeline)
        if (after is None or (began is not None and began > after)) and (
            before is None or (ends is not None and ends < before)
        ):
            numbers.append(timeline.card.n)
    return present_answer(sorted(numbers))


def show_incident(incident_id: str) -> Response:
    """Give one incident of access lines."""
    refused = refusal()
    if refused is not None:
        return refused
    scope = request_scope()
    places = read_places(scope.session, scope.audience)
    number = int(incident_id) if _NUMBER.fullmatch(incident_id) else 0
    timelines = _incidents(scope, places, sa.select(Event).where(Event.n == number))
    if not timelines:
        return answer({"message": f"The requested object (id = {incident_id[:40]}) does not exist"}, 404)
    return present_answer(_incident(timelines[0]))


def _lately(places: Places, at: datetime) -> sa.Select[Event]:
    recent = Event.state.in_(OPEN_STATES) | (Event.ended_at >= at - timedelta(days=DAYS))
    return sa.select(Event).where(known(places), recent).order_by(Event.n.desc()).limit(MOST)


def _incidents(scope: Scope, places: Places, events: sa.Select[Event]) -> tuple[Timeline, ...]:
    found = read_timelines(scope.session, places, events.where(Event.type == EventType.INCIDENT))
    return tuple(timeline for timeline in found if AREA in timeline.card.areas)


def _task(timeline: Timeline, tree: Tree) -> Document:
    card, lang = timeline.card, language()
    services = [pick(touched.name, lang)[0] for touched in card.touched]
    return {
        "uuid": card.uid, "reference": f"FS#{card.n}", "title": pick(card.title, lang)[0],
        "project": ", ".join(labels.area(area, lang) for area in card.areas),
        "category": services[0] if services else labels.event_type(card.type, lang), "type": card.type.value,
        "status": "finished" if timeline.has_ended else OVH_STATUS[card.state], "impact": _impact(timeline, tree),
        "impactedService": join_names(services, lang), "progress": card.progress,
        "startDate": _utc(card.began_at), "endDate": _utc(_end(timeline)), "replies": _replies(timeline),
    }  # fmt: skip


def _incident(timeline: Timeline) -> Document:
    card = timeline.card
    names = [name.casefold() for name in timeline.operators]
    operators = dict.fromkeys(name if name in OPERATORS else OTHER_NETWORK for name in names)
    return {
        "id": card.n, "creationDate": _utc(card.began_at), "endDate": _utc(_end(timeline)),
        "departments": list(timeline.departments),
        "nra": list(timeline.exchanges), "operators": list(operators), "comment": _last_words(timeline),
        "taskId": card.n, "taskReference": f"FS#{card.n}",
    }  # fmt: skip


def _impact(timeline: Timeline, tree: Tree) -> str:
    """Give the worst that was announced or felt; unknown while all that an open incident touches is unknown."""
    states = {tree.by_id[one.component_id].state for one in timeline.card.touched if one.component_id in tree.by_id}
    if not timeline.has_ended and not timeline.card.type.is_work and states == {PublicState.UNKNOWN}:
        return UNKNOWN
    return OVH_IMPACT[timeline.worst_impact]


def _utc(at: datetime | None) -> str | None:
    return None if at is None else utc(at)


def _end(timeline: Timeline) -> datetime | None:
    """Give the real end, else the expected or planned one."""
    card = timeline.card
    return card.ended_at or card.expected_end_at or card.planned_end_at


def _replies(timeline: Timeline) -> list[Document]:
    zone = request_scope().settings.site.timezone
    return [
        {
            "date": utc(post.published_at),
            "comment": said(
                post.generated, post.texts, language(), zone,
                by_robot=post.by_robot, happened_at=post.happened_at, redacted_at=post.redacted_at,
            ).in_plain(),
        }
        for post in timeline.posts
    ]  # fmt: skip


def _last_words(timeline: Timeline) -> str:
    replies = _replies(timeline)
    return str(replies[-1]["comment"]) if replies else pick(timeline.card.title, language())[0]


def _enum(name: str) -> str | None:
    value = request.args.get(name)
    if not value:
        return None
    if value not in ENUMS[name]:
        raise _BadParameter(f"[{name}] found {value[:40]!r}, expected one of {', '.join(ENUMS[name])}")
    return value


def _time(name: str) -> datetime | None:
    """Read a time with its offset (UTC where it has none). A `+` that was sent bare arrives as a space."""
    value = request.args.get(name)
    if not value:
        return None
    try:
        found = datetime.fromisoformat(_SIGN_LOST.sub(r"\1+\2", value))
        return (found if found.tzinfo is not None else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        message = f"[{name}] found {value[:40]!r}, expected a time such as 2026-11-22T14:32:07+01:00"
        raise _BadParameter(message) from None
