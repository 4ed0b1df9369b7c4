"""Works as MAINTNOTE: the calendar that other networks' programs read maintenance from, beside the words for people.

The properties are those of draft-gunter-calext-maintenance-notifications, as `circuit-maintenance-parser` reads them.
A work keeps its UID; SEQUENCE is the number of the newest update told. Nothing depends on the clock: the same news
give the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from icalendar import Calendar, vCalAddress, vText
from icalendar import Event as CalendarEvent

from status.domain.event import worst_impact
from status.domain.states import COMING_WORK_STATES, EventState, Impact, Publication
from status.queries.news import News
from status.queries.owned import Owned

PROGRAM: Final = "-//travaux//travaux//EN"
NEW_TIMES: Final = "new-times"
"""The action of an update that announces other times (services.works)."""

CANCELLED: Final = "CANCELLED"
TENTATIVE: Final = "TENTATIVE"
STATUS: Final[Mapping[EventState, str]] = {
    EventState.PLANNED: TENTATIVE,
    EventState.CONFIRMED: "CONFIRMED",
    EventState.IN_PROGRESS: "IN-PROCESS",
    EventState.VERIFYING: "IN-PROCESS",
    EventState.DONE: "COMPLETED",
    EventState.ROLLED_BACK: "COMPLETED",
    EventState.CANCELLED: CANCELLED,
}
IMPACT: Final[Mapping[Impact, str]] = {
    Impact.NONE: "NO-IMPACT",
    Impact.DEGRADED: "DEGRADED",
    Impact.PARTIAL: "DEGRADED",
    Impact.FULL: "OUTAGE",
    Impact.INTERRUPTION: "OUTAGE",
}
ON_ONE_PATH: Final = "REDUCED-REDUNDANCY"


@dataclass(frozen=True, slots=True)
class Parties:
    """Between whom: how other networks know the provider, the customer's account, whom to write to ("": nobody)."""

    provider: str
    account: str
    organizer: str


@dataclass(frozen=True, slots=True)
class Told:
    """A work's news with its words, and when the newest of them was published."""

    news: News
    summary: str
    description: str
    at: datetime


def write_maintnote(told: Sequence[Told], parties: Parties) -> str:
    """Write the works among these news; "" without one that has hours and touches something of the customer's."""
    calendar = Calendar()
    calendar.add("prodid", PROGRAM)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for one in told:
        hours = hours_of(one.news)
        if one.news.type.is_work and one.news.owned and hours is not None:
            calendar.add_component(_event(one, parties, hours))
    written: bytes = calendar.to_ical()
    return written.decode() if calendar.subcomponents else ""


def status_of(news: News) -> str:
    """Say where a work stands; other times are told until it moves on, to who knew the ones before."""
    if news.publication is not Publication.PUBLIC:
        return CANCELLED
    newest = news.newest
    if newest.state in COMING_WORK_STATES and all(row.k > 1 for _, row in news.updates):
        since = [row for _, row in news.updates if row.state is newest.state]
        if any(row.action == NEW_TIMES for row in since):
            return "RE-SCHEDULED"
    return STATUS[newest.state]


def hours_of(news: News) -> tuple[datetime, datetime] | None:
    """Give begin and end: the real ones where they are known, else the announced ones; None without any."""
    planned = news.planned_start_at, news.planned_end_at
    if news.newest.state is EventState.CANCELLED or news.newest.state in COMING_WORK_STATES:
        begins, ends = planned
    else:
        begins = news.started_at or news.planned_start_at
        ends = news.ended_at or news.expected_end_at or news.planned_end_at
    for start, end in ((begins, ends), planned):
        if start is not None and end is not None and start < end:
            return start, end
    return None


def _event(one: Told, parties: Parties, hours: tuple[datetime, datetime]) -> CalendarEvent:
    made = CalendarEvent()
    made.add("uid", one.news.uid)
    made.add("dtstamp", one.at)
    made.add("sequence", one.news.newest.k)
    made.add("dtstart", hours[0])
    made.add("dtend", hours[1])
    made.add("summary", one.summary)
    made.add("description", one.description)
    status = status_of(one.news)
    made.add("status", status if status in {CANCELLED, TENTATIVE} else "CONFIRMED")
    if parties.organizer:
        made.add("organizer", vCalAddress(f"mailto:{parties.organizer}"))
        made.add("x-maintnote-organizer-email", vText(parties.organizer))
    made.add("x-maintnote-provider", vText(parties.provider))
    made.add("x-maintnote-account", vText(parties.account))
    made.add("x-maintnote-maintenance-id", vText(f"FS#{one.news.n}"))
    made.add("x-maintnote-status", vText(status))
    _add_objects(made, one.news.owned)
    return made


def _add_objects(made: CalendarEvent, owned: Sequence[Owned]) -> None:
    """Add the circuits, each with its own impact where that is not the whole's; a component without any by its slug."""
    by_circuit: dict[str, list[Owned]] = {}
    for each in owned:
        for circuit in each.circuits or (each.place.slug,):
            by_circuit.setdefault(circuit, []).append(each)
    whole = _impact(owned)
    made.add("x-maintnote-impact", vText(whole))
    for circuit, some in by_circuit.items():
        named = vText(circuit)
        if (own := _impact(some)) != whole:
            named.params["X-MAINTNOTE-OBJECT-IMPACT"] = own
        made.add("x-maintnote-object-id", named)


def _impact(owned: Sequence[Owned]) -> str:
    worst = worst_impact(each.impact for each in owned)
    if worst is Impact.NONE and any(each.has_other_path for each in owned):
        return ON_ONE_PATH
    return IMPACT[worst]
