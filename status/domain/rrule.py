"""A rule of what comes again, as RFC 5545 §3.3.10 writes it: read, checked, and kept as a value.

Taken is the part people use for works: FREQ=DAILY|WEEKLY|MONTHLY|YEARLY, INTERVAL, COUNT, UNTIL, BYDAY, BYMONTHDAY,
BYMONTH, BYSETPOS, WKST. Hours are the first start's own; what is not listed is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Final

from status.domain.refused import Refused

DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
PARTS: Final = ("FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST")
MOST_INTERVAL: Final = 1_000
MOST_COUNT: Final = 1_000
LONGEST: Final = 500
_DAY: Final = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")


class Frequency(Enum):
    """How long a period of the rule is."""

    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    YEARLY = "YEARLY"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule, valid. `by_day` pairs an ordinal (0: every one) with a weekday (0 is Monday).

    `until` is the last moment: a date (that whole local day), a naive local time, or a time in UTC.
    """

    text: str
    frequency: Frequency
    interval: int = 1
    count: int | None = None
    until: date | datetime | None = None
    by_day: tuple[tuple[int, int], ...] = ()
    by_month_day: tuple[int, ...] = ()
    by_month: tuple[int, ...] = ()
    by_position: tuple[int, ...] = ()
    week_start: int = 0


def read_rule(text: str) -> Rule:
    """Read a rule, `RRULE:` before it or not. Raise Refused, saying what was found and what is expected."""
    parts = _parts(text)
    frequency = _frequency(parts)
    rule = Rule(
        text=";".join(f"{name}={value}" for name, value in parts.items()),
        frequency=frequency,
        interval=_numbers(parts, "INTERVAL", 1, MOST_INTERVAL, _one)[0] if "INTERVAL" in parts else 1,
        count=_numbers(parts, "COUNT", 1, MOST_COUNT, _one)[0] if "COUNT" in parts else None,
        until=_until(parts["UNTIL"]) if "UNTIL" in parts else None,
        by_day=_days(parts, frequency),
        by_month_day=_numbers(parts, "BYMONTHDAY", 1, 31, _signed),
        by_month=_numbers(parts, "BYMONTH", 1, 12, _plain),
        by_position=_numbers(parts, "BYSETPOS", 1, 366, _signed),
        week_start=_weekday(parts.get("WKST", "MO")),
    )
    _check_together(rule)
    return rule


def _parts(text: str) -> Mapping[str, str]:
    plain = re.sub(r"^RRULE:", "", text.strip().upper())
    if len(plain) > LONGEST:
        raise _refused(f"a rule of {len(plain)} characters, expected at most {LONGEST}")
    parts: dict[str, str] = {}
    for piece in plain.split(";"):
        name, mark, value = piece.partition("=")
        if not mark or not value:
            raise _refused(f"{piece!r}, expected NAME=VALUE, like FREQ=WEEKLY;BYDAY=TU")
        if name not in PARTS:
            raise _refused(f"{name}, expected one of {', '.join(PARTS)}")
        if name in parts:
            raise _refused(f"{name} twice, expected it once")
        parts[name] = value
    return parts


def _frequency(parts: Mapping[str, str]) -> Frequency:
    known = ", ".join(each.value for each in Frequency)
    if "FREQ" not in parts:
        raise _refused(f"no FREQ, expected one of {known}")
    if parts["FREQ"] not in Frequency.__members__:
        raise _refused(f"FREQ={parts['FREQ']}, expected one of {known}")
    return Frequency(parts["FREQ"])


def _one(text: str) -> re.Match[str] | None:
    return re.fullmatch(r"\d{1,4}", text)


def _plain(text: str) -> re.Match[str] | None:
    return re.fullmatch(r"\d{1,2}", text)


def _signed(text: str) -> re.Match[str] | None:
    return re.fullmatch(r"[+-]?\d{1,3}", text)


def _numbers(
    parts: Mapping[str, str], name: str, least: int, most: int, reads: Callable[[str], re.Match[str] | None]
) -> tuple[int, ...]:
    """Read numbers with commas between (`_one`: a single one), their size from `least` to `most`."""
    if name not in parts:
        return ()
    pieces = [parts[name]] if reads is _one else parts[name].split(",")
    if not all(reads(piece) and least <= abs(int(piece)) <= most for piece in pieces):
        signed = f", or -{most} to -{least} counted from the end" if reads is _signed else ""
        raise _refused(f"{name}={parts[name]}, expected {least} to {most}{signed}")
    return tuple(dict.fromkeys(int(piece) for piece in pieces))


def _days(parts: Mapping[str, str], frequency: Frequency) -> tuple[tuple[int, int], ...]:
    found = []
    for piece in parts["BYDAY"].split(",") if "BYDAY" in parts else ():
        match = _DAY.fullmatch(piece)
        if match is None or (match[1] and not 1 <= abs(int(match[1])) <= 53):  # noqa: PLR2004 - RFC 5545: weeks
            raise _refused(f"BYDAY={parts['BYDAY']}, expected days ({', '.join(DAYS)}), a number before one or none")
        if match[1] and frequency not in (Frequency.MONTHLY, Frequency.YEARLY):
            raise _refused(f"BYDAY={piece} with FREQ={frequency.value}, expected no number: it counts within a month")
        found.append((int(match[1] or 0), DAYS.index(match[2])))
    return tuple(dict.fromkeys(found))


def _weekday(text: str) -> int:
    if text not in DAYS:
        raise _refused(f"WKST={text}, expected one of {', '.join(DAYS)}")
    return DAYS.index(text)


def _until(text: str) -> date | datetime:
    try:
        if re.fullmatch(r"\d{8}", text):
            return datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC).date()
        if re.fullmatch(r"\d{8}T\d{6}Z", text):
            return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        if re.fullmatch(r"\d{8}T\d{6}", text):
            return datetime.strptime(text, "%Y%m%dT%H%M%S")  # noqa: DTZ007 - a local time of the series' zone
    except ValueError:
        pass
    raise _refused(f"UNTIL={text}, expected 20271231, 20271231T023000 (local) or 20271231T013000Z")


def _check_together(rule: Rule) -> None:
    if rule.count is not None and rule.until is not None:
        raise _refused("COUNT and UNTIL, expected one of them or none")
    if rule.by_month_day and rule.frequency is Frequency.WEEKLY:
        raise _refused("BYMONTHDAY with FREQ=WEEKLY, expected FREQ=MONTHLY, YEARLY or DAILY")
    if rule.by_position and not (rule.by_day or rule.by_month_day or rule.by_month):
        raise _refused("BYSETPOS alone, expected BYDAY, BYMONTHDAY or BYMONTH beside it")


def _refused(found: str) -> Refused:
    return Refused("rule", f"the rule cannot be used: found {found}")
