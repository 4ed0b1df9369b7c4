"""An emergency message put into the files of Statuspage's read API (`/api/v2/`): all of them say the same.

Identifiers are those that the event has once the monitor has taken the message in (SPEC §2).
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final

from status.domain.identifiers import short_id
from status.domain.states import AREAS
from status.services.emergency import Emergency
from status.wording import copies
from status.wording.languages import LANGUAGES, pick

SUMMARY: Final = "api/v2/summary.json"
_WITH_LEVEL: Final = (SUMMARY, "api/v2/status.json")
_WITH_INCIDENTS: Final = (SUMMARY, "api/v2/incidents.json", "api/v2/incidents/unresolved.json")
STATUSPAGE: Final = tuple(dict.fromkeys((*_WITH_LEVEL, *_WITH_INCIDENTS, "api/v2/components.json")))
"""The files that a message touches; works are what they were."""

OUT: Final = "major_outage"
UNSURE: Final = "degraded_performance"
"""Statuspage has no word for unknown."""

LEAST: Final = "minor"
"""The level of the whole while something is unknown."""

_LEVELS: Final = ("critical", "major", "minor", "maintenance", "none")
_LEVEL_OF: Final = {OUT: "major", "partial_outage": "major", UNSURE: LEAST}

Document = dict[str, Any]


def put_in(file: str, document: Document, emergency: Emergency, language: str, link: str) -> None:
    """Put it into a document: an incident of the worst impact, its areas out, what was well below them unsure."""
    head = copies.emergency_head(language, emergency.areas)
    if file in _WITH_INCIDENTS:
        incident = _incident(emergency, language, link, str(document.get("page", {}).get("id", "")))
        known = [each for each in document.get("incidents", ()) if each.get("id") != incident["id"]]
        document["incidents"] = [incident, *known]
    if file in _WITH_LEVEL:
        document["status"] = {"indicator": "critical", "description": head}
    areas = _ids(emergency)
    for component in document.get("components", ()):
        if component["id"] in areas:
            component |= {"status": OUT, "updated_at": _milliseconds(emergency.posts[0].at)}
        elif component.get("group_id") in areas and component["status"] == "operational":
            component["status"] = UNSURE
    if "page" in document:
        document["page"]["updated_at"] = _milliseconds(emergency.posts[-1].at)


def take_out(file: str, document: Document, emergency: Emergency, level: str) -> None:
    """Take it from a document; what was said of its areas is unsure then. `level` is that of the whole."""
    if "incidents" in document:
        document["incidents"] = _others(document, emergency)
    for component in document.get("components", ()):
        if component["id"] in _ids(emergency) and component["status"] == OUT:
            component["status"] = UNSURE
    if file in _WITH_LEVEL:
        document["status"] = {"indicator": level, "description": copies.since_renewed(LANGUAGES[0])}


def level_left(summary: bytes | None, emergency: Emergency) -> str:
    """Give the level of the whole without it, as `summary.json` tells it; at least that of something unknown."""
    try:
        document = json.loads(summary or b"{}")
        levels = {LEAST, *(each["impact"] for each in _others(document, emergency))}
        areas = _ids(emergency)
        rest = (each["status"] for each in document.get("components", ()) if each["id"] not in areas)
        return min(levels | {_LEVEL_OF.get(status, "none") for status in rest}, key=_LEVELS.index)
    except (ValueError, LookupError, TypeError, AttributeError):
        return LEAST


def _ids(emergency: Emergency) -> frozenset[str]:
    return frozenset(short_id("component", area) for area in emergency.areas or AREAS)


def _others(document: Document, emergency: Emergency) -> list[Document]:
    own = short_id("event", emergency.posts[0].uuid)
    return [each for each in document.get("incidents", ()) if each.get("id") != own]


def _incident(emergency: Emergency, language: str, link: str, page_id: str) -> Document:
    first, last = emergency.posts[0], emergency.posts[-1]
    event_id = short_id("event", first.uuid)
    updates = [
        {
            "id": short_id("update", f"{first.uuid}/{k}"), "status": "investigating",
            "body": pick(post.texts, language)[0], "incident_id": event_id, "created_at": _milliseconds(post.at),
            "updated_at": _milliseconds(post.at), "display_at": _milliseconds(post.at), "affected_components": None,
            "deliver_notifications": True, "custom_tweet": None, "tweet_id": None,
        }
        for k, post in enumerate(emergency.posts, start=1)
    ]  # fmt: skip
    return {
        "id": event_id, "name": copies.emergency_head(language, emergency.areas), "status": "investigating",
        "created_at": _milliseconds(first.at), "updated_at": _milliseconds(last.at), "monitoring_at": None,
        "resolved_at": None, "impact": "critical", "shortlink": link, "started_at": _milliseconds(first.at),
        "page_id": page_id, "incident_updates": updates[::-1], "components": [],
    }  # fmt: skip


def _milliseconds(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")
