"""When what comes again comes: the days of a rule, each at the same local hour, as moments in UTC.

    rule, first start (local) ─▶ days, period by period ─▶ the hour in the zone, both clock changes ─▶ UTC

Bounded whatever the rule: periods after the last wanted day are never looked at, so that a rule without any day
(30 February) ends at once.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from status.domain.rrule import Frequency, Rule

DAY = timedelta(days=1)
WEEK = 7
YEAR = 12


def occurrences(rule: Rule, starts: datetime, zone: str, after: datetime, until: datetime) -> tuple[datetime, ...]:
    """Give the starts with `after` < start ≤ `until`, in UTC, ascending. `starts` is naive, local in `zone`.

    The first one is the first day of the rule that is not before `starts`; COUNT counts from there. A local hour that
    does not exist is as much later as the clock skips (02:30 becomes 03:30); one that comes twice is its first pass.
    Where a clock skips a whole day, what fell on it is one with the next day's.
    """
    if until <= after:
        return ()
    local = ZoneInfo(zone)
    first = after.astimezone(local).date() - 2 * DAY if rule.count is None else starts.date()
    last = until.astimezone(local).date() + 2 * DAY
    found: dict[datetime, None] = {}
    for day in _counted(rule, starts.date(), max(first, starts.date()), last):
        at = datetime.combine(day, starts.time())
        moment = moment_of(at, zone)
        if _is_over(rule, at, moment) or moment > until:
            break
        if moment > after:
            found[moment] = None
    return tuple(found)


def moment_of(at: datetime, zone: str) -> datetime:
    """Give a naive local time as UTC: later by the gap where it does not exist, its first pass where it comes twice."""
    return at.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)


def _is_over(rule: Rule, at: datetime, moment: datetime) -> bool:
    if rule.until is None:
        return False
    if not isinstance(rule.until, datetime):
        return at.date() > rule.until
    return (at if rule.until.tzinfo is None else moment) > rule.until


def _counted(rule: Rule, start: date, first: date, last: date) -> Iterator[date]:
    """Give the rule's days from `first` to `last`; of a rule with COUNT (then `first` is `start`) no more than that."""
    number = 0
    for days in _periods(rule, start, first, last):
        for day in days:
            if day < first or (rule.count is not None and number >= rule.count):
                continue
            if day > last:
                return
            number += 1
            yield day
        if rule.count is not None and number >= rule.count:
            return


def _periods(rule: Rule, start: date, first: date, last: date) -> Iterator[list[date]]:
    """Give the days of each period that may hold days from `first` to `last`, ascending."""
    number = _whole_periods(rule, start, first) // rule.interval
    while (begin := _period(rule, start, number * rule.interval)) is not None and begin <= last:
        days = sorted(_days(rule, start, begin))
        yield _positioned(days, rule.by_position) if rule.by_position else days
        number += 1


def _whole_periods(rule: Rule, start: date, first: date) -> int:
    """Say how many periods lie between the one of `start` and the one of `first`."""
    if rule.frequency is Frequency.DAILY:
        return (first - start).days
    if rule.frequency is Frequency.WEEKLY:
        return (_week_of(first, rule) - _week_of(start, rule)).days // WEEK
    if rule.frequency is Frequency.MONTHLY:
        return (first.year - start.year) * YEAR + first.month - start.month
    return first.year - start.year


def _period(rule: Rule, start: date, number: int) -> date | None:
    """Give the first day of the period so many after the one of `start`; None past the calendar's end."""
    try:
        if rule.frequency is Frequency.DAILY:
            return start + number * DAY
        if rule.frequency is Frequency.WEEKLY:
            return _week_of(start, rule) + number * WEEK * DAY
        if rule.frequency is Frequency.MONTHLY:
            years, month = divmod(start.month - 1 + number, YEAR)
            return date(start.year + years, month + 1, 1)
        return date(start.year + number, 1, 1)
    except (ValueError, OverflowError):
        return None


def _week_of(day: date, rule: Rule) -> date:
    return day - ((day.weekday() - rule.week_start) % WEEK) * DAY


def _days(rule: Rule, start: date, begin: date) -> set[date]:
    """Give the days of the period that begins then, after RFC 5545's table of what each BY… widens or narrows."""
    if rule.frequency is Frequency.DAILY:
        wanted = {begin}
        if rule.by_month_day:
            wanted &= _month_days(rule, begin.year, begin.month)
        return {day for day in wanted if _may(rule, day) and _is_named_weekday(rule, day)}
    if rule.frequency is Frequency.WEEKLY:
        weekdays = {weekday for _, weekday in rule.by_day} or {start.weekday()}
        week = (begin + number * DAY for number in range(WEEK))
        return {day for day in week if day.weekday() in weekdays and _may(rule, day)}
    if rule.frequency is Frequency.MONTHLY:
        return _of_month(rule, begin.year, begin.month, start.day) if _may(rule, begin) else set()
    if rule.by_day and not rule.by_month:
        return _of_year(rule, begin.year)
    months = rule.by_month or (tuple(range(1, YEAR + 1)) if rule.by_month_day else (start.month,))
    return {day for month in months for day in _of_month(rule, begin.year, month, start.day)}


def _of_month(rule: Rule, year: int, month: int, day: int) -> set[date]:
    found = [_month_days(rule, year, month)] if rule.by_month_day else []
    if rule.by_day:
        found.append(_named_weekdays(rule, date(year, month, 1), calendar.monthrange(year, month)[1]))
    if not found:
        return {date(year, month, day)} if day <= calendar.monthrange(year, month)[1] else set()
    return set.intersection(*found)


def _of_year(rule: Rule, year: int) -> set[date]:
    days = _named_weekdays(rule, date(year, 1, 1), 366 if calendar.isleap(year) else 365)
    if rule.by_month_day:
        days &= {day for month in range(1, YEAR + 1) for day in _month_days(rule, year, month)}
    return days


def _month_days(rule: Rule, year: int, month: int) -> set[date]:
    length = calendar.monthrange(year, month)[1]
    numbers = (number if number > 0 else length + 1 + number for number in rule.by_month_day)
    return {date(year, month, number) for number in numbers if 1 <= number <= length}


def _named_weekdays(rule: Rule, begin: date, length: int) -> set[date]:
    """Give the weekdays named within `length` days from `begin` on: all of them, the nth, or the nth from the end."""
    found: set[date] = set()
    for nth, weekday in rule.by_day:
        offset = (weekday - begin.weekday()) % WEEK
        all_ = [begin + number * DAY for number in range(offset, length, WEEK)]
        if nth == 0:
            found.update(all_)
        elif abs(nth) <= len(all_):
            found.add(all_[nth - 1 if nth > 0 else nth])
    return found


def _may(rule: Rule, day: date) -> bool:
    return not rule.by_month or day.month in rule.by_month


def _is_named_weekday(rule: Rule, day: date) -> bool:
    return not rule.by_day or day.weekday() in {weekday for _, weekday in rule.by_day}


def _positioned(days: list[date], positions: tuple[int, ...]) -> list[date]:
    kept = {days[nth - 1 if nth > 0 else nth] for nth in positions if abs(nth) <= len(days)}
    return sorted(kept)
