"""Figures in the reader's language."""

from __future__ import annotations

from math import floor
from typing import Final

from babel.numbers import format_decimal

from status import i18n
from status.domain.availability import Availability, Total
from status.web.language import language

LOCALES: Final = i18n.LOCALES
NBSP: Final = "\u00a0"


def percent(found: Availability | Total) -> str:
    """Say the ratio with two decimals, rounded down: an outage never reads 100 %."""
    if found.ratio is None:
        return "–"
    figure = format_decimal(floor(found.ratio * 10_000) / 100, "0.##", locale=LOCALES[language()])
    return per_cent(figure)


def per_cent(figure: str | int) -> str:
    """Put the sign behind a figure, as the language has it."""
    return f"{figure}{NBSP}%" if language() == "fr" else f"{figure}%"
