"""Figures in the reader's language."""

from __future__ import annotations

from functools import lru_cache
from math import floor
from typing import Final

from babel.numbers import format_decimal

from status import i18n
from status.domain.availability import Availability, Total
from status.web.language import language

LOCALES: Final = i18n.LOCALES
NBSP: Final = "\u00a0"

_REMEMBERED: Final = 2_048
"""So many figures are kept as said."""


def percent(found: Availability | Total) -> str:
    """Say the ratio with two decimals, rounded down: an outage never reads 100 %."""
    if found.ratio is None:
        return "–"
    return per_cent(_figure(floor(found.ratio * 10_000), LOCALES[language()]))


def per_cent(figure: str | int) -> str:
    """Put the sign behind a figure, as the language has it."""
    return f"{figure}{NBSP}%" if language() == "fr" else f"{figure}%"


@lru_cache(_REMEMBERED)
def _figure(hundredths: int, locale: str) -> str:
    return format_decimal(hundredths / 100, "0.##", locale=locale)
