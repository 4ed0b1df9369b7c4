"""What can't be known from where travaux looks: a line that nothing tests, one location alone, a silent agent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from status.cli.doctor import Finding, Grade
from status.clock import utc
from status.config.model import Settings
from status.models.engine import reading
from status.queries.locations import Place, places
from status.runtime import Runtime, database_url

REFERENCES_ADVISED: Final = 3


def lacking_references(settings: Settings) -> Iterator[Finding]:
    """Warn when no reference, or too few, shows whether our own line is well (rule, point 8)."""
    number = len(settings.self_test.reference)
    advice = f"name {REFERENCES_ADVISED} well-kept servers outside your network in [[self_test.reference]]"
    if number == 0:
        found = "[self_test] has none: our own line is not tested, and an outage of it looks like everybody's"
        yield Finding("references", Grade.WARNING, found, advice)
    elif number < REFERENCES_ADVISED:
        found = f"{number} of the {REFERENCES_ADVISED} advised self-test references are configured"
        yield Finding("references", Grade.WARNING, found, advice)


def lone_location(settings: Settings, seen: Sequence[Place]) -> Iterator[Finding]:
    """Warn when one location looks alone (rule, point 1). A demonstration watches its own machine: none is missing."""
    if settings.demo is not None or any(place.is_agent and place.retired_at is None for place in seen):
        return
    found = f"{settings.monitor.location} looks alone: trouble on its way to a target looks like the target's"
    yield Finding("locations", Grade.WARNING, found, "`travaux location add NAME` makes a second one, run by an agent")


def examine_locations(runtime: Runtime) -> Iterator[Finding]:
    """Look from how many places checks run, and whether every agent is heard."""
    seen = locations_seen(runtime)
    if seen is None:
        return
    looking = [place for place in seen if place.retired_at is None]
    yield from lone_location(runtime.settings, seen)
    for place in looking:
        if place.silent:
            heard = f"since {place.heard_at:%Y-%m-%d %H:%M:%S} UTC" if place.heard_at else "ever"
            advice = f"look whether `travaux agent --location {place.slug}` runs and reaches this server"
            yield Finding("locations", Grade.WARNING, f"nothing heard of {place.slug} {heard}: it is left out", advice)
        elif place.set_aside_reason:
            found = f"{place.slug} is set aside since {place.set_aside_at:%Y-%m-%d %H:%M:%S} UTC: its own line is bad"
            yield Finding("locations", Grade.WARNING, found, "look at that machine's line, clock and load")
        elif place.is_agent:
            yield Finding("locations", Grade.WELL, f"{place.slug} looks too")


def locations_seen(runtime: Runtime) -> Sequence[Place] | None:
    """Give every location of the database; none where there is no database yet, None where it can't be read."""
    url = database_url(runtime.settings, runtime.places)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        return ()
    settings = runtime.settings
    try:
        with reading(runtime.sessions) as session:
            now = utc(runtime.clock().wall)
            return places(session, settings.monitor.location, now, settings.self_test.silent_after_s)
    except sa.exc.DBAPIError:
        return None
