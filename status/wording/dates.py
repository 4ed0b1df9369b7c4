"""Dates in a language's own way: Babel's, with what its patterns can't say."""

from __future__ import annotations

import re
from datetime import date
from functools import cache, lru_cache
from typing import Final

from babel import Locale
from babel.dates import format_date as format_plainly

_FIRST: Final = re.compile(r"(?<!\d)1(?=\s)")

_REMEMBERED: Final = 4_096
"""So many dates are kept as said: neighbouring pages name the same days."""


@cache
def _locale(name: str) -> Locale:
    return Locale.parse(name)


@lru_cache(_REMEMBERED)
def format_date(on: date, pattern: str, *, locale: str) -> str:
    """Write a date by a pattern of CLDR. French counts a month's first day: `1er novembre`, but `2 novembre`."""
    said = format_plainly(on, pattern, locale=_locale(locale))
    return _FIRST.sub("1er", said, count=1) if on.day == 1 and locale.startswith("fr") and "d" in pattern else said
