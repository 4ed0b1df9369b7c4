"""The facts authorities ask for after an incident: customers and emergency calls touched, times, cause, measures.

Cause and measures are public on the event's page; the rest is for the export alone. What an authority must be told, and
when, is not decided here.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from status.domain.refused import Refused
from status.domain.written import clean_text, in_utc
from status.models import Actor, Event
from status.services.changing import change, line_up, require_version
from status.services.events import components_of
from status.services.instructions import event_changed
from status.services.publishing import raise_revision

MOST_CUSTOMERS: Final = 2_000_000_000
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so is run by spreadsheets."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What is stated; the whole of it is written. `customers_touched` None: not known.

    `sla_excluded_reason`: why the event does not count against what was promised; empty: it counts; None: as it was.
    """

    customers_touched: int | None = None
    emergency_calls: bool | None = None
    detected_at: datetime | None = None
    cause: str = ""
    measures: str = ""
    sla_excluded_reason: str | None = None


def stated(event: Event) -> Stated:
    """Give what is stated of an event by now."""
    return Stated(event.customers_touched, event.emergency_calls, event.detected_at, event.cause, event.measures)


def state_facts(
    session: Session, event: Event, what: Stated, author: Actor, now: datetime, *, version: int | None = None
) -> None:
    """Write the facts. Raise Refused for a number below 0, for a time to come, and for what is too long."""
    line_up(session)
    require_version(event, version)
    if what.customers_touched is not None and not 0 <= what.customers_touched <= MOST_CUSTOMERS:
        raise Refused("customers", f"found {what.customers_touched} customers, expected 0 to {MOST_CUSTOMERS}")
    if what.detected_at is not None and what.detected_at > now:
        raise Refused("future", f"it cannot have been detected at {in_utc(what.detected_at)}: that is still to come")
    values: dict[str, object] = {
        "customers_touched": what.customers_touched, "emergency_calls": what.emergency_calls,
        "detected_at": what.detected_at or event.detected_at,
        "cause": clean_text(what.cause), "measures": clean_text(what.measures),
    }  # fmt: skip
    if what.sla_excluded_reason is not None:
        why = clean_text(what.sla_excluded_reason)
        values |= {"sla_excluded": bool(why), "sla_excluded_reason": why}
    changed = {name: value for name, value in values.items() if value != getattr(event, name)}
    if not changed:
        raise Refused("nothing", "these are the facts that stand there already")
    change(session, event, changed, author)
    raise_revision(session)
    event_changed(session, author, event, "facts", now)


def export(session: Session, event: Event) -> dict[str, Any]:
    """Give the facts of an event as plain values, times as ISO 8601 in UTC, spans in seconds."""
    began, ended = event.started_at or event.detected_at, event.ended_at
    return {
        "number": event.n,
        "uid": event.uid,
        "type": event.type.value,
        "title": dict(event.title),
        "state": event.state.value,
        "severity": event.severity,
        "components": [row.path for row in components_of(session, event)],
        "departments": list(event.departments),
        "began_at": _time(event.started_at),
        "detected_at": _time(event.detected_at),
        "repaired_at": _time(ended),
        "duration_s": round((ended - began).total_seconds()) if began and ended else None,
        "customers_touched": event.customers_touched,
        "emergency_calls": event.emergency_calls,
        "cause": event.cause,
        "measures": event.measures,
        "sla_excluded": event.sla_excluded,
        "sla_excluded_reason": event.sla_excluded_reason,
    }


def as_csv(facts: dict[str, Any]) -> str:
    """Give exported facts as CSV (RFC 4180): a heading and one row; a cell no spreadsheet takes for a formula."""
    flat = {name: value for name, value in facts.items() if name != "title"}
    flat |= {f"title_{language}": text for language, text in facts["title"].items()}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(flat)
    writer.writerow([_cell(value) for value in flat.values()])
    return out.getvalue()


def _cell(value: object) -> str:
    text = " ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def _time(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
