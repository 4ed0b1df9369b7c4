"""`travaux explain`: why a component is, or was, what it is; in plain English, from the rows the decider left."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import Enum
from typing import Any, Final
from zoneinfo import ZoneInfo

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.cli.check import held_words
from status.cli.posting import as_json_option, looking, nearest
from status.clock import utc
from status.domain.refused import Refused
from status.domain.written import read_time
from status.models import Check, Component
from status.queries.components import find_alias
from status.queries.explain import EventThen, Explanation, StepTaken, touched_by
from status.queries.explain import explain as read_explanation
from status.queries.looks import CheckSeen, Looked
from status.services.events import find

MOST: Final = 20
"""Components of an event that are told; the rest are counted."""

RULE_POINTS: Final = {
    "1": "each location looks at its own places of a fixed grid",
    "2": "a first failure, or no answer for 3 s, starts extra looks",
    "3": "a look counts by when it began",
    "4": "most healthy locations failed several times in a row, over long enough",
    "5": "most healthy locations succeeded several times in a row, over long enough",
    "6": "a share of the looks failed, or they were slow, for long enough",
    "7": "only one location sees it",
    "8": "our own line: a location whose self-test fails is not believed",
    "9": "what fails together, or behind the same parent, is one incident",
    "10": "what comes and goes is one incident",
    "11": "planned work: what fails inside its window is expected",
    "12": "people win: what a person wrote or holds is not changed",
    "13": "kept over a restart",
    "14": "nothing was seen for too long: unknown",
    "15": "mass failure: members of a confirmed group need fewer looks",
    "16": "a check is muted or disabled",
    "policy": "the publication policy of the component",
}
"""What each point of the rule says (docs/detection.md), and what is decided by policy alone."""


@click.command()
@click.argument("component", metavar="COMPONENT")
@click.option("--at", help="What was known then: '14:05', '2026-11-22 14:05' (the site's zone). Default: now.")
@as_json_option
@click.pass_context
def explain(ctx: click.Context, component: str, *, at: str | None, as_json: bool) -> None:
    """Tell why a component is what it is. COMPONENT: a slug, old slug or check; FS#42: all it touches."""
    with looking(ctx) as (runtime, session):
        zone = runtime.settings.site.timezone
        now = utc(runtime.clock().wall)
        then = now if at is None else read_time(at, zone, now)
        if then > now:
            raise Refused("future", f"{at!r} is still to come: nothing is known of it yet")
        ids = _components(session, component)
        found = [read_explanation(session, component_id, then) for component_id in ids[:MOST]]
    if as_json:
        click.echo(json.dumps([_plain(dataclasses.asdict(each)) for each in found], ensure_ascii=False, indent=2))
        return
    teller = _Teller(ZoneInfo(zone), past=at is not None)
    click.echo("\n\n".join("\n".join(teller.tell(each)) for each in found))
    if len(ids) > MOST:
        click.echo(f"\n… and {len(ids) - MOST} other components of {component}; name one to read of it.")


def _components(session: Session, reference: str) -> Sequence[int]:
    """Find components by a slug, one they had before, a check, or an event; raise Refused naming the nearest."""
    if re.fullmatch(r"FS#\d+", reference.strip(), re.IGNORECASE):
        return touched_by(session, find(session, reference))
    known = dict(session.execute(sa.select(Component.slug, Component.id)).all())
    checks = dict(session.execute(sa.select(Check.name, Check.component_id)).all())
    id_ = known.get(reference) or find_alias(session, reference) or checks.get(reference)
    if id_ is None:
        near = nearest(reference, {**checks, **known})
        raise Refused("no_such_component", f"there is no component, and no check, {reference!r}{near}")
    return (id_,)


class _Teller:
    """Says an explanation line by line; times in the site's zone."""

    def __init__(self, zone: ZoneInfo, *, past: bool) -> None:
        self.zone = zone
        self.past = past

    def tell(self, found: Explanation) -> Iterator[str]:
        """Say all of it."""
        yield from self._verdict(found)
        yield from self._checks(found.checks)
        if found.steps:
            yield "Steps:"
            for step in found.steps:
                yield from self._step(step)
        else:
            yield "Steps: none in the 24 hours before"
        yield from self._events("Incidents", found.events)
        yield from self._events("Works", found.works)
        yield from (f"Held: {held_words(line, self.zone)}" for line in found.holds)
        for slug, reason in found.set_aside.items():
            yield f"Location {slug} is set aside: {reason}"
        if self.past:
            yield "(Who set a field, and which locations are set aside, are told as of now: the past is not kept.)"

    def _verdict(self, found: Explanation) -> Iterator[str]:
        at = f"{found.path} at {self._time(found.at)}"
        if found.verdict is None:
            yield f"{at}: nothing had been decided yet."
            return
        yield f"{at}: {found.verdict}{f' ({found.reason})' if found.reason else ''}"
        since, decided = self._time(found.began_at), self._time(found.decided_at)
        yield f"  since {since}, decided {decided}, {_point(found.rule_point)}"

    def _checks(self, checks: Sequence[CheckSeen]) -> Iterator[str]:
        for check in checks:
            yield f"Check {check.name} ({check.kind}){'' if check.looks else ': no look is kept from before then'}"
            for location, looks in check.looks.items():
                yield f"  {location}: " + "; ".join(self._look(look) for look in looks)
        if not checks:
            yield "No check of its own."

    def _step(self, step: StepTaken) -> Iterator[str]:
        deed = f" on {step.event}" if step.event else ""
        undone = " (nothing to change)" if step.applied is False else ""
        reason = f", {step.reason}" if step.reason else ""
        yield f"  {self._time(step.at)}  {step.action}{deed}{undone}{reason}: {_point(step.rule_point)}"
        if step.numbers:
            yield "    " + ", ".join(f"{name} {value}" for name, value in step.numbers.items())
        for look in step.evidence:
            yield f"    {look.check} from {look.location}: {self._look(look)}"
        if step.unlisted:
            yield f"    and {step.unlisted} more looks"

    def _events(self, title: str, events: Sequence[EventThen]) -> Iterator[str]:
        for event in events:
            words = next(iter(event.title.values()), "")
            merged = f" into {event.merged_into}" if event.merged_into else ""
            yield f"{title}: {event.name} {words}: {event.state}, {event.impact}, {event.publication.value}{merged}"
            if event.planned_start_at is not None:
                yield f"  planned {self._time(event.planned_start_at)} to {self._time(event.planned_end_at)}"
            held = f"held by {event.taken_by}" if event.taken_by else "the robot's"
            setters = "; ".join(f"{name} by {actor}" for name, actor in event.set_by.items())
            yield f"  {held}{f'; set: {setters}' if setters else ''}"

    def _look(self, look: Looked) -> str:
        if look.outcome is None:
            return f"look {look.sequence}, no longer kept{f' ({look.detail})' if look.detail else ''}"
        said = " ".join(part for part in (look.outcome.name.lower(), look.reason) if part)
        lasted = "" if look.duration_s is None else f" after {look.duration_s:.3f} s"
        return f"{self._time(look.began_at)} {said}{lasted}{f' ({look.detail})' if look.detail else ''}"

    def _time(self, at: datetime | None) -> str:
        return "?" if at is None else f"{at.astimezone(self.zone):%Y-%m-%d %H:%M:%S}"


def _point(point: str) -> str:
    if not point:
        return "no point of the rule: nothing had been seen to decide by"
    said = RULE_POINTS.get(point, "")
    return f"rule point {point}: {said}" if point.isdigit() else said or f"rule point {point}"


def _plain(value: Any) -> Any:
    """Give plain JSON values: times as ISO 8601, closed sets by their word."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value if isinstance(value.value, str) else value.name.lower()
    return value
