"""Whether our own mail would carry the news of its own outage. Sans-IO.

A relay rides on a component: while that is not well, the next relay is used (docs/subscriptions.md). That helps only
where there is a next one, which rides on something else.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import Enum


class Snare(Enum):
    """What is amiss with the ways out: all are watched here, all ride on one component, or nobody said on which."""

    ALL_WATCHED = "all-watched"
    ALL_ON_ONE = "all-on-one"
    UNTOLD = "untold"


def snare_of(rides_on: Sequence[str], watched: Collection[str], *, mail_is_watched: bool) -> Snare | None:
    """Tell what is amiss; None when nothing is, or there is no relay.

    `rides_on` gives the component of each relay, "" for none; `watched` the components that are, themselves or below.
    """
    if not rides_on:
        return None
    if not any(rides_on):
        return Snare.UNTOLD if mail_is_watched else None
    if not all(rides_on) or not all(component in watched for component in rides_on):
        return None
    return Snare.ALL_ON_ONE if len(set(rides_on)) == 1 else Snare.ALL_WATCHED
