"""The public word of every closed set: states, impacts, types, areas, verdicts, severities. Lower case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from status.domain.states import EventState, EventType, Impact, PublicState, Verdict
from status.wording.languages import msg, say

EVENT_STATES: Final[Mapping[EventState, str]] = {
    EventState.INVESTIGATING: msg("investigating"),
    EventState.IDENTIFIED: msg("cause identified"),
    EventState.MONITORING: msg("monitoring"),
    EventState.RESOLVED: msg("resolved"),
    EventState.POST_MORTEM: msg("post-mortem"),
    EventState.PLANNED: msg("planned"),
    EventState.CONFIRMED: msg("confirmed"),
    EventState.IN_PROGRESS: msg("in progress"),
    EventState.VERIFYING: msg("verifying"),
    EventState.DONE: msg("completed"),
    EventState.ROLLED_BACK: msg("rolled back"),
    EventState.CANCELLED: msg("cancelled"),
}
IMPACTS: Final[Mapping[Impact, str]] = {
    Impact.NONE: msg("no impact"),
    Impact.DEGRADED: msg("degraded service"),
    Impact.PARTIAL: msg("partial outage"),
    Impact.FULL: msg("full outage"),
    Impact.INTERRUPTION: msg("interruption"),
}
EVENT_TYPES: Final[Mapping[EventType, str]] = {
    EventType.INCIDENT: msg("incident"),
    EventType.MAINTENANCE: msg("maintenance"),
    EventType.UPGRADE: msg("upgrade"),
}
AREA_NAMES: Final[Mapping[str, str]] = {
    "hosting": msg("Hosting"),
    "email": msg("E-mail"),
    "telephony": msg("Telephony"),
    "xdsl": msg("xDSL"),
}
PUBLIC_STATES: Final[Mapping[PublicState, str]] = {
    PublicState.OPERATIONAL: msg("operational"),
    PublicState.DEGRADED: msg("degraded"),
    PublicState.DOWN: msg("outage"),
    PublicState.MAINTENANCE: msg("works"),
    PublicState.UNKNOWN: msg("state unknown"),
    PublicState.UNWATCHED: msg("not monitored"),
}
VERDICTS: Final[Mapping[Verdict, str]] = {
    Verdict.OPERATIONAL: msg("operational"),
    Verdict.DEGRADED: msg("degraded"),
    Verdict.DOWN: msg("outage"),
    Verdict.MAINTENANCE: msg("works"),
    Verdict.UNKNOWN: msg("state unknown"),
    Verdict.LOCAL: msg("seen from one location only"),
    Verdict.UNREACHABLE: msg("unreachable"),
}
SEVERITIES: Final[Mapping[int, str]] = {
    1: msg("very low"),
    2: msg("low"),
    3: msg("medium"),
    4: msg("high"),
    5: msg("critical"),
}
WITHDRAWN: Final = msg("withdrawn: false alarm")
MERGED: Final = msg("merged with another incident")


def event_state(state: EventState, language: str) -> str:
    """Give the word for where an event stands."""
    return say(language, EVENT_STATES[state])


def impact(value: Impact, language: str) -> str:
    """Give the words for what customers feel."""
    return say(language, IMPACTS[value])


def event_type(value: EventType, language: str) -> str:
    """Give the word for a type of event."""
    return say(language, EVENT_TYPES[value])


def area(slug: str, language: str) -> str:
    """Give an area's name; its slug when it is none of the four."""
    return say(language, AREA_NAMES[slug]) if slug in AREA_NAMES else slug


def public_state(state: PublicState, language: str) -> str:
    """Give the word for a component's public state."""
    return say(language, PUBLIC_STATES[state])


def verdict(value: Verdict, language: str) -> str:
    """Give the desk's word for a verdict."""
    return say(language, VERDICTS[value])


def severity(value: int, language: str) -> str:
    """Give the word for a severity (1-5)."""
    return say(language, SEVERITIES[value])


def withdrawn(language: str) -> str:
    """Give the mark of a withdrawn event."""
    return say(language, WITHDRAWN)


def merged(language: str) -> str:
    """Give the mark of an event that became part of another."""
    return say(language, MERGED)
