"""How our words are said outward (SPEC §2): impacts, states and times, and what is said when nothing is sure."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final

from flask import Response, g

from status.domain.states import EventState, Impact
from status.web.plain import RETRY_UNKNOWN_S
from status.web.scope import request_scope

JSON: Final = "application/json; charset=utf-8"

STATUSPAGE_COMPONENT: Final = {
    Impact.NONE: "operational",
    Impact.DEGRADED: "degraded_performance",
    Impact.PARTIAL: "partial_outage",
    Impact.FULL: "major_outage",
    Impact.INTERRUPTION: "under_maintenance",
}
STATUSPAGE_INCIDENT: Final = {
    Impact.NONE: "none",
    Impact.DEGRADED: "minor",
    Impact.PARTIAL: "major",
    Impact.FULL: "critical",
    Impact.INTERRUPTION: "maintenance",
}
STATUSPAGE_STATE: Final = {
    EventState.INVESTIGATING: "investigating",
    EventState.IDENTIFIED: "identified",
    EventState.MONITORING: "monitoring",
    EventState.RESOLVED: "resolved",
    EventState.POST_MORTEM: "postmortem",
    EventState.PLANNED: "scheduled",
    EventState.CONFIRMED: "scheduled",
    EventState.IN_PROGRESS: "in_progress",
    EventState.VERIFYING: "verifying",
    EventState.DONE: "completed",
    EventState.ROLLED_BACK: "completed",
    EventState.CANCELLED: "completed",
}
OVH_IMPACT: Final = {
    Impact.NONE: "none",
    Impact.DEGRADED: "partialUnavailability",
    Impact.PARTIAL: "partialUnavailability",
    Impact.FULL: "fullUnavailability",
    Impact.INTERRUPTION: "downtime",
}
OVH_STATUS: Final = {
    EventState.INVESTIGATING: "inProgress",
    EventState.IDENTIFIED: "inProgress",
    EventState.MONITORING: "inProgress",
    EventState.RESOLVED: "finished",
    EventState.POST_MORTEM: "finished",
    EventState.PLANNED: "planned",
    EventState.CONFIRMED: "planned",
    EventState.IN_PROGRESS: "inProgress",
    EventState.VERIFYING: "inProgress",
    EventState.DONE: "finished",
    EventState.ROLLED_BACK: "finished",
    EventState.CANCELLED: "finished",
}


def answer(document: object, status: int = 200) -> Response:
    """Answer with JSON."""
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return Response(body, status=status, content_type=JSON)


def present_answer(document: object) -> Response:
    """Answer with JSON that states a present: past its time it is refused."""
    g.states_present = True
    return answer(document)


def refusal() -> Response | None:
    """Give the answer for a present that is not known (503, `Retry-After`); None while it is known."""
    g.states_present = True
    moment = request_scope().moment
    if not moment.stale and moment.verified_at is not None:
        return None
    g.refuses_stale = True
    since = None if moment.verified_at is None else utc(moment.verified_at)
    refused = answer({"message": "state unknown: monitoring is interrupted", "verified_at": since}, 503)
    refused.headers["Retry-After"] = str(RETRY_UNKNOWN_S)
    return refused


def utc(at: datetime) -> str:
    """Give a time with its offset, to the second."""
    return at.isoformat(timespec="seconds")


def milliseconds(at: datetime | None) -> str | None:
    """Give a time as Statuspage writes it, to the millisecond, where the site is; None stays None."""
    return None if at is None else at.astimezone(request_scope().zone).isoformat(timespec="milliseconds")


Document = dict[str, Any]
