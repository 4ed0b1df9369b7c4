"""The works as a calendar that programs subscribe to (RFC 5545, RFC 7986): the same works as the feed's.

A work keeps its UID for ever; SEQUENCE counts its posts, so a new time replaces the old one. What was called off,
withdrawn or merged stays as cancelled while the feed's window holds it. Times are local with their zone's rules; an
hour that comes twice in a night is given in UTC, as a local time could only mean its first coming (RFC 5545 §3.3.5).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache, partial
from typing import Any, Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from icalendar import Alarm, Calendar, Component, Timezone, vText
from icalendar import Event as CalendarEvent
from sqlalchemy.orm import Session

from status.domain.states import EventState, Publication
from status.models import Event
from status.queries.feed import FeedItem
from status.queries.snapshot import kept, kept_each
from status.web.feeds.about import Subject
from status.web.feeds.by_event import by_event
from status.web.feeds.words import Entry, clean, entries_of, items_of, title_of
from status.web.scope import request_scope

COME_AGAIN: Final = timedelta(minutes=15)
REMIND_BEFORE: Final = timedelta(hours=1)
WORKS_KEPT: Final = 4_000
PROGRAM: Final = "-//travaux//travaux//EN"


@dataclass(frozen=True, slots=True)
class _Hours:
    """When a work is, as known now; `uid` is the event's."""

    uid: str
    begins_at: datetime
    ends_at: datetime | None
    is_off: bool


def write_calendar(subject: Subject, name: str) -> bytes:
    """Write the works of a feed as a calendar."""
    scope = request_scope()
    works = [items[0] for items in by_event(items_of(subject)) if items[0].type.is_work]
    hours = _hours_of(scope.session, [newest.n for newest in works])
    zone = scope.zone
    begin, end, rest = _bytes(_head(subject, name, zone)).rpartition(b"END:VCALENDAR")
    rules = _rules(zone.key, *_years(hours.values(), zone)) if hours else b""
    told = (_written(newest, hours[newest.n], subject, zone) for newest in works if newest.n in hours)
    return b"".join((begin, rules, *told, end, rest))


def _head(subject: Subject, name: str, zone: ZoneInfo) -> Calendar:
    public_url = request_scope().settings.site.public_url.rstrip("/")
    calendar = Calendar()
    title = vText(clean(title_of(subject)))  # icalendar takes what it has no type for as it stands
    for key, value in (
        ("prodid", PROGRAM), ("version", "2.0"), ("method", "PUBLISH"), ("name", title), ("x-wr-calname", title),
        ("x-wr-timezone", zone.key),
    ):  # fmt: skip
        calendar.add(key, value)
    calendar.add("source", f"{public_url}{subject.root}{subject.below}/{name}", parameters={"VALUE": "URI"})
    calendar.add("refresh-interval", COME_AGAIN, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT15M")
    return calendar


@lru_cache(maxsize=32)
def _rules(zone: str, first: int, last: int) -> bytes:
    """Give a zone's rules for some years: no more than the works need, so that a calendar stays small.

    icalendar says when a skipped hour ends; the standard wants when it begins (RFC 5545 §3.6.5).
    """
    rules = Timezone.from_tzid(zone, first_date=date(first, 1, 1), last_date=date(last + 1, 1, 1))
    components: Sequence[Any] = rules.subcomponents
    for each in components:
        skipped = each["TZOFFSETTO"].td - each["TZOFFSETFROM"].td
        if skipped > timedelta():
            each["DTSTART"].dt -= skipped
            for more in each["RDATE"].dts if "RDATE" in each else ():
                more.dt -= skipped
    return _bytes(rules)


def _years(hours: Collection[_Hours], zone: ZoneInfo) -> tuple[int, int]:
    """Give the first and last year that works touch."""
    known = [at.astimezone(zone).year for each in hours for at in (each.begins_at, each.ends_at) if at is not None]
    return min(known), max(known)


def _written(newest: FeedItem, hours: _Hours, subject: Subject, zone: ZoneInfo) -> bytes:
    """Write a work by its newest update, once for all calendars of a snapshot that hold it."""
    store: dict[str, bytes] = kept(request_scope().session, "works of calendars", dict)
    if newest.uid not in store:
        if len(store) >= WORKS_KEPT:
            store.clear()
        store[newest.uid] = _bytes(_work(newest, hours, entries_of(subject, [newest])[0], zone))
    return store[newest.uid]


def _bytes(component: Component) -> bytes:
    written: bytes = component.to_ical()
    return written


def _work(newest: FeedItem, hours: _Hours, entry: Entry, zone: ZoneInfo) -> CalendarEvent:
    made = CalendarEvent()
    made.add("uid", hours.uid)
    made.add("dtstamp", entry.updated_at)
    made.add("last-modified", entry.updated_at)
    made.add("sequence", newest.k)
    made.add("dtstart", _local(hours.begins_at, zone))
    if hours.ends_at is not None and hours.ends_at > hours.begins_at:
        made.add("dtend", _local(hours.ends_at, zone))
    made.add("summary", entry.title)
    made.add("description", entry.summary)
    made.add("url", entry.link.partition("#")[0])
    made.add("categories", [label for _term, label in entry.categories])
    made.add("transp", "TRANSPARENT")
    status = "CANCELLED" if hours.is_off else "TENTATIVE" if newest.state is EventState.PLANNED else "CONFIRMED"
    made.add("status", status)
    if newest.state in {EventState.PLANNED, EventState.CONFIRMED} and not hours.is_off:
        made.add_component(_alarm(entry.title))
    return made


def _alarm(title: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", title)
    alarm.add("trigger", -REMIND_BEFORE)
    return alarm


def _local(at: datetime, zone: ZoneInfo) -> datetime:
    local = at.astimezone(zone)
    return at if local.fold else local


def _hours_of(session: Session, numbers: Sequence[int]) -> Mapping[int, _Hours]:
    """Give the hours of works that have any, read once for all calendars of a snapshot."""
    return kept_each(session, "hours of works", WORKS_KEPT, numbers, partial(_read_hours, session))


def _read_hours(session: Session, numbers: Sequence[int]) -> Mapping[int, _Hours]:
    """Read the hours of works: the real ones where they are known; of one that was called off those announced.

    One that never had any is left out.
    """
    rows: Sequence[Any] = session.execute(
        sa.select(
            Event.n, Event.uid, Event.state, Event.publication, Event.started_at, Event.planned_start_at,
            Event.ended_at, Event.expected_end_at, Event.planned_end_at,
        ).where(Event.n.in_(numbers))
    ).all()  # fmt: skip
    return {
        row.n: _Hours(
            uid=row.uid,
            begins_at=row.started_at or row.planned_start_at,
            ends_at=row.planned_end_at
            if row.state is EventState.CANCELLED
            else row.ended_at or row.expected_end_at or row.planned_end_at,
            is_off=row.state is EventState.CANCELLED or row.publication is not Publication.PUBLIC,
        )
        for row in rows
        if row.started_at or row.planned_start_at
    }
