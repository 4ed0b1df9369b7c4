"""Duties out of an iCalendar file (RFC 5545): each VEVENT is a span, its person named by ATTENDEE or SUMMARY.

A person is found by the mail address of his account among the attendees, else by his sign-in name, his name or his mail
address as the whole SUMMARY. Rules that come again are those of `domain.rrule`; RDATE, EXDATE and RECURRENCE-ID are
followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from status.domain.recurrence import moment_of, occurrences
from status.domain.refused import Refused
from status.domain.rrule import read_rule
from status.models import Account

AHEAD: Final = timedelta(days=366)
MOST: Final = 5_000
LIMIT_BYTES: Final = 5_000_000
SHOWN: Final = 5
_ENTRY: Final = re.compile(rb"^BEGIN:VEVENT\r?\n.*?^END:VEVENT\r?\n", re.DOTALL | re.IGNORECASE | re.MULTILINE)
_FOLD: Final = re.compile(rb"\r?\n[ \t]")
_AGAIN: Final = re.compile(rb"^(RRULE|RDATE|RECURRENCE-ID)\b", re.IGNORECASE | re.MULTILINE)
_END: Final = re.compile(rb"^DTEND(?:;[^\r\n]*)?:([0-9]{8})", re.IGNORECASE | re.MULTILINE)
_PAST: Final = timedelta(days=2)
"""What ended so long ago by its date is over in every zone."""


@dataclass(frozen=True, slots=True)
class Span:
    """Somebody's duty, in UTC."""

    account_uid: str
    from_at: datetime
    until_at: datetime


def read_calendar(text: bytes, people: Sequence[Account], zone: str, now: datetime) -> tuple[Span, ...]:
    """Give the duties that end after now and begin within a year. Times without a zone are of `zone`.

    Raise Refused for what is no calendar, and naming the entries whose person is nobody's account: all or nothing.
    """
    if len(text) > LIMIT_BYTES:
        raise Refused("calendar", f"found {len(text)} bytes, expected at most {LIMIT_BYTES}")
    try:
        events = [each for each in Calendar.from_ical(_of_late(text, now)).walk("VEVENT") if isinstance(each, Event)]
        moved = {
            (str(each.get("UID")), _moment(_time_of(each, "RECURRENCE-ID"), zone)) for each in events if _moves(each)
        }
        spans, unknown = _read(events, moved, _names(people), zone, now)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise Refused("calendar", f"not readable as iCalendar: {error}"[:300]) from error
    if unknown:
        said = ", ".join(repr(each[:60]) for each in unknown[:SHOWN])
        raise Refused("people", f"no account for {said}: write the sign-in name, or the account's mail address")
    if len(spans) > MOST:
        raise Refused("calendar", f"found {len(spans)} duties within a year, expected at most {MOST}")
    return tuple(spans)


def _of_late(text: bytes, now: datetime) -> bytes:
    """Leave out the entries that were over long ago, unread: an old calendar has years of them, at 0.5 ms each."""
    before = f"{now - _PAST:%Y%m%d}".encode()

    def kept(entry: re.Match[bytes]) -> bytes:
        lines = _FOLD.sub(b"", entry[0])
        end = _END.search(lines)
        return b"" if end is not None and end[1] < before and _AGAIN.search(lines) is None else entry[0]

    return _ENTRY.sub(kept, text)


def _read(
    events: Sequence[Event], moved: set[tuple[str, datetime]], names: Mapping[str, str], zone: str, now: datetime
) -> tuple[list[Span], list[str]]:
    spans: list[Span] = []
    unknown: dict[str, None] = {}
    for event in events:
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            continue
        person = _person(event, names)
        length = _length(event, zone)
        for at, until_at in _times(event, moved, zone, now - length - timedelta(days=1), now + AHEAD):
            if until_at <= now:
                continue
            if person is None:
                unknown[str(event.get("SUMMARY", ""))] = None
                break
            spans.append(Span(person, at, until_at))
            if len(spans) > MOST:
                return spans, list(unknown)
    return spans, list(unknown)


def _times(
    event: Event, moved: set[tuple[str, datetime]], zone: str, after: datetime, until: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """Give from when to when an entry is, each time; one that moves one of a series stands for itself."""
    length, uid = _length(event, zone), str(event.get("UID"))
    start = _moment(_time_of(event, "DTSTART"), zone)
    if _moves(event):
        yield start, _later(start, length, event, zone)
        return
    skipped = {_moment(each.dt, zone) for each in _listed(event.get("EXDATE"))}
    ends = {at: _later(at, length, event, zone) for at in _by_rule(event, zone, after, until)}
    for each in _listed(event.get("RDATE")):
        at, until_at = _added(each.dt, length, event, zone)
        if at <= until:
            ends[at] = until_at
    for at, until_at in sorted(ends.items()):
        if at not in skipped and (uid, at) not in moved:
            yield at, until_at


def _by_rule(event: Event, zone: str, after: datetime, until: datetime) -> Sequence[datetime]:
    start = _time_of(event, "DTSTART")
    if "RRULE" not in event:
        return (_moment(start, zone),)
    local, of = _local(start, zone)
    return occurrences(read_rule(_property(event, "RRULE").to_ical().decode()), local, of, after, until)


def _added(
    value: date | datetime | tuple[datetime, datetime | timedelta], length: timedelta, event: Event, zone: str
) -> tuple[datetime, datetime]:
    """Give a time that an RDATE adds: as long as its entry, unless a PERIOD says how long (RFC 5545 §3.8.5.2)."""
    if not isinstance(value, tuple):
        at = _moment(value, zone)
        return at, _later(at, length, event, zone)
    start, end = value
    at = _moment(start, zone)
    return at, at + end if isinstance(end, timedelta) else _moment(end, zone)


def _listed(value: Any) -> Iterator[Any]:
    for each in value if isinstance(value, list) else [value] if value is not None else []:
        yield from each.dts


def _length(event: Event, zone: str) -> timedelta:
    """Give how long an entry is by the clock on the wall: a week ends at the hour it began, whatever the clock did."""
    start = _time_of(event, "DTSTART")
    length = timedelta(0) if isinstance(start, datetime) else timedelta(days=1)
    if "DTEND" in event:
        local, of = _local(start, zone)
        length = _on_the_wall(_time_of(event, "DTEND"), of) - local
    elif "DURATION" in event:
        length = _property(event, "DURATION").dt
    if length <= timedelta(0):
        raise ValueError(f"the entry {str(event.get('SUMMARY', ''))[:60]!r} has no length")
    return length


def _later(at: datetime, length: timedelta, event: Event, zone: str) -> datetime:
    _, of = _local(_time_of(event, "DTSTART"), zone)
    return moment_of(_on_the_wall(at, of) + length, of)


def _on_the_wall(at: date | datetime, zone: str) -> datetime:
    local, of = _local(at, zone)
    return moment_of(local, of).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def _property(event: Event, name: str) -> Any:
    return event[name]


def _time_of(event: Event, name: str) -> date | datetime:
    at: date | datetime = _property(event, name).dt
    return at


def _moves(event: Event) -> bool:
    return "RECURRENCE-ID" in event


def _moment(at: date | datetime, zone: str) -> datetime:
    local, of = _local(at, zone)
    return moment_of(local, of)


def _local(at: date | datetime, zone: str) -> tuple[datetime, str]:
    """Give a time without its zone, and the zone's name: a whole day begins at midnight of `zone`."""
    if not isinstance(at, datetime):
        return datetime.combine(at, time()), zone
    if at.tzinfo is None:
        return at, zone
    if isinstance(at.tzinfo, ZoneInfo) and at.tzinfo.key:
        return at.replace(tzinfo=None), at.tzinfo.key
    return at.astimezone(UTC).replace(tzinfo=None), "UTC"


def _names(people: Sequence[Account]) -> Mapping[str, str]:
    """Give who is meant by a word; a word that means two people means nobody."""
    found: dict[str, str] = {}
    for each in people:
        for name in {each.name, each.display_name.casefold(), each.email.casefold()} - {""}:
            found[name] = "" if found.get(name, each.uid) != each.uid else each.uid
    return {name: uid for name, uid in found.items() if uid}


def _person(event: Event, names: Mapping[str, str]) -> str | None:
    attendees = event.get("ATTENDEE", [])
    for each in attendees if isinstance(attendees, list) else [attendees]:
        uid = names.get(str(each).casefold().removeprefix("mailto:"))
        if uid is not None:
            return uid
    return names.get(" ".join(str(event.get("SUMMARY", "")).split()).casefold())
