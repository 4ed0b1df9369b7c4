"""What `travaux doctor` looks at of alerts: whether whoever is on duty could be reached, and by what."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import sqlalchemy as sa

from status.cli.doctor import Finding, Grade
from status.clock import utc
from status.models.engine import reading
from status.queries.on_call import leads, rosters, ways_of_all, working
from status.runtime import Runtime
from status.services.contacting import ENOUGH

AHEAD: Final = timedelta(days=14)


def examine_alerts(runtime: Runtime) -> Iterator[Finding]:
    """Tell who could not be reached. Nothing without `[[alert]]`, or while the database is away."""
    settings, now = runtime.settings, utc(runtime.clock().wall)
    if not settings.alert:
        return
    try:
        with reading(runtime.sessions) as session:
            found, ways = rosters(session, settings, now), ways_of_all(session)
            reached = [lead.name for lead in leads(working(session), ()) if ways.get(lead.name)]
    except sa.exc.DBAPIError:
        return  # told of by the examination of the database
    people = {name for roster in found for name in roster.rota.people}
    people |= {name for rule in settings.alert for name in rule.accounts}
    yield from (_examine_person(name, ways.get(name)) for name in sorted(people))
    if not reached:
        advice = (
            "`travaux account contact set NAME CHANNEL ADDRESS` for a lead: they are called when nobody else is there"
        )
        yield Finding("alerts", Grade.FAULT, "no lead has a contact way", advice)
    for roster in found:
        gaps = [shift for shift in roster.shifts(now, now + AHEAD) if not shift.person]
        if gaps:
            said = f"rota {roster.rota.name}: nobody is on duty from {gaps[0].from_at:%Y-%m-%d %H:%M} UTC"
            yield Finding(
                "alerts", Grade.WARNING, said, "all leads are alerted then; `travaux oncall override` names one"
            )
    yield from _examine_mail(runtime, [*ways.values()])


def _examine_person(name: str, ways: tuple[str, ...] | None) -> Finding:
    advice = f"`travaux account contact set {name} CHANNEL ADDRESS`, or his own page at the desk"
    if ways is None:
        return Finding(
            "alerts", Grade.FAULT, f"there is no account {name!r} that works", f"`travaux account add {name}`"
        )
    if not ways:
        return Finding("alerts", Grade.FAULT, f"{name} has no contact way", advice)
    if len(ways) < ENOUGH:
        return Finding("alerts", Grade.WARNING, f"{name} is reached by {ways[0]} alone", advice)
    return Finding("alerts", Grade.WELL, f"{name} is reached by {', then '.join(ways)}")


def _examine_mail(runtime: Runtime, ways: list[tuple[str, ...]]) -> Iterator[Finding]:
    if any("email" in each for each in ways) and not (runtime.settings.mail.address and runtime.settings.relay):
        advice = "set [mail] address and a [[relay]], or give other contact ways"
        yield Finding("alerts", Grade.FAULT, "mail is a contact way, and no mail can be sent", advice)
