"""Times and durations as people say them: `14:32`, `hier 14:32`, `12 nov. 14:32`, `27 min`, `3 h 20`.

Spaces inside are non-breaking (U+00A0).
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from status.i18n import LOCALES
from status.wording.dates import format_date
from status.wording.languages import say

NBSP: Final = "\u00a0"
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_REMEMBERED: Final = 4_096
"""So many times are kept as said: a page names the same ones as its translation, its stale twin and its neighbours."""


def clock_time(at: datetime, now: datetime, language: str, zone: str) -> str:
    """Give a time as seen from `now`: `14:32` today, with "yesterday" or "tomorrow", else with the day (and year)."""
    local, today = at.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone)).date()
    clock, days = f"{local:%H:%M}", (local.date() - today).days
    if days == 0:
        return clock
    if days == -1:
        return _tied(say(language, "yesterday {time}", time=clock))
    if days == 1:
        return _tied(say(language, "tomorrow {time}", time=clock))
    return time_of_day(at, now, language, zone)


def time_of_day(at: datetime, reference: datetime, language: str, zone: str) -> str:
    """Give a time that stays true when read later: `14:32` on the day of `reference`, else with the day (and year)."""
    local, same = at.astimezone(ZoneInfo(zone)), reference.astimezone(ZoneInfo(zone))
    if local.date() == same.date():
        return f"{local:%H:%M}"
    pattern = "d MMM" if local.year == same.year else "d MMM y"
    return _tied(f"{format_date(local.date(), pattern, locale=LOCALES[language])} {local:%H:%M}")


@lru_cache(_REMEMBERED)
def date_and_time(at: datetime, language: str, zone: str) -> str:
    """Give a time in full, with its zone: `22 novembre 2026 à 14:32 (CET)`."""
    local = at.astimezone(ZoneInfo(zone))
    date = _tied(format_date(local.date(), "d MMMM y", locale=LOCALES[language]))
    return say(language, "{date} at {time} ({zone})", date=date, time=f"{local:%H:%M}", zone=local.tzname())


def duration(seconds: float, language: str) -> str:
    """Give a span in the two largest units that matter: `45 s`, `27 min`, `3 h 20`, `2 j 4 h`. Below 0 is 0."""
    whole = max(0, int(seconds))
    if whole < _MINUTE:
        return f"{whole}{NBSP}s"
    minutes = whole // 60
    if whole < _HOUR:
        return f"{minutes}{NBSP}min"
    hours, minutes = divmod(minutes, 60)
    if whole < _DAY:
        return _hours(hours, minutes, language)
    days, hours = divmod(hours, 24)
    unit = say(language, "d")
    return f"{days}{NBSP}{unit}{NBSP}{hours}{NBSP}h" if hours else f"{days}{NBSP}{unit}"


def _hours(hours: int, minutes: int, language: str) -> str:
    if not minutes:
        return f"{hours}{NBSP}h"
    return _tied(say(language, "{hours} h {minutes} min", hours=hours, minutes=f"{minutes:02d}"))


def _tied(text: str) -> str:
    return text.replace(" ", NBSP).replace("\u202f", NBSP)
