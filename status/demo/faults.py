"""What can be wrong with a service of the demonstration, and the words for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

SLOW_BY_S: Final = 2.0
"""A slow service answers after this many seconds unless told otherwise."""


class Mode(Enum):
    """How a service behaves.

    `BREAK` stops listening: connections are refused. `HANG` accepts and never answers. `SLOW` answers late. `WRONG`
    answers at once and wrongly; what that is stands with each service.
    """

    WELL = "well"
    BREAK = "break"
    HANG = "hang"
    SLOW = "slow"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Fault:
    """A mode; `seconds` says how late a slow service answers and means nothing otherwise."""

    mode: Mode
    seconds: float = SLOW_BY_S


WELL: Final = Fault(Mode.WELL)
