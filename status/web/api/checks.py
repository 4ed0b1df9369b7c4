"""Checks: how they stand, what they saw; run now, mute, disable."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from probes.types import Outcome
from status.clock import utc
from status.domain.permissions import Deed
from status.domain.refused import Refused
from status.models import Actor, Check, Component, Hold, Location
from status.queries.traces import trace_of
from status.queries.watched import LookKey, Run, WatchedCheck, list_checks, list_runs
from status.services import holds
from status.services.running import run_now
from status.web.api.paging import cursor_of, key_after
from status.web.api.problems import of_field
from status.web.api.route import PREFIX, Call, Route, Told, View
from status.web.api.shapes.catalogue import (
    CheckAnswer,
    CheckPage,
    ChecksQuery,
    Disabling,
    HoldAnswer,
    LookAnswer,
    LookPage,
    LooksQuery,
    Muting,
    RunAnswer,
    Running,
    TraceAnswer,
)

LOOKS: Final = 10
"""So many of its last runs a check is told with."""


def _list(call: Call) -> Told:
    query = call.asked(ChecksQuery)
    after = key_after(query, int)
    which: sa.ColumnElement[bool] = Check.retired_at.is_(None)
    if after is not None:
        which &= Check.id > after[0]
    if query.name is not None:
        which &= Check.name == query.name
    if query.component is not None:
        which &= (
            Check.component_id == sa.select(Component.id).where(Component.slug == query.component).scalar_subquery()
        )
    some = sa.select(Check.id).where(which).order_by(Check.id).limit(query.limit + 1)
    found = list_checks(call.session, Check.id.in_(call.session.scalars(some).all()), call.now)
    page = found[: query.limit]
    more = cursor_of(page[-1].check.id) if len(found) > query.limit else None
    return Told(CheckPage(items=[_answer(call, seen, ()) for seen in page], next=more))


def _one(call: Call) -> Told:
    return _told(call, call.check())


def _told(call: Call, check: Check) -> Told:
    call.session.flush()
    (seen,) = list_checks(call.session, Check.id == check.id, call.now)
    return Told(_answer(call, seen, list_runs(call.session, check.id, LOOKS)))


def _answer(call: Call, seen: WatchedCheck, runs: tuple[Run, ...]) -> CheckAnswer:
    check = seen.check
    return CheckAnswer(
        id=check.id, name=check.name, component=seen.component, kind=check.kind, interval_s=check.interval_s,
        timeout_s=check.timeout_s, verdict=seen.verdict, retired_at=check.retired_at,
        holds=[_hold(call, hold) for hold in seen.holds], looks=[_look(run) for run in runs],
    )  # fmt: skip


def _hold(call: Call, hold: Hold) -> HoldAnswer:
    return HoldAnswer(
        check=hold.check_id, action=hold.action, reason=hold.reason,
        by=call.session.get_one(Actor, hold.actor_id).name, began_at=hold.began_at, until=hold.until,
        ended_at=hold.ended_at,
    )  # fmt: skip


def _look(run: Run) -> LookAnswer:
    row = run.row
    return LookAnswer(
        check=row.check_id, location=run.location, sequence=row.sequence, at=utc((row.due_ms + row.late_ms) / 1000),
        due_at=utc(row.due_ms / 1000), duration_s=row.duration_us / 1e6, outcome=Outcome(row.outcome).name.lower(),
        reason=run.reason, detail=run.detail, standing=row.standing,
    )  # fmt: skip


def _looks(call: Call) -> Told:
    query, check = call.asked(LooksQuery), call.check()
    after = key_after(query, int, int, int)
    before: LookKey | None = (int(after[0]), int(after[1]), int(after[2])) if after is not None else None
    location_id = _location(call, query.location).id if query.location is not None else None
    found = list_runs(
        call.session, check.id, query.limit + 1, since=query.since, until=query.until, location_id=location_id,
        before=before,
    )  # fmt: skip
    page = found[: query.limit]
    last = page[-1].row if page else None
    more = cursor_of(last.due_ms, last.location_id, last.sequence) if last and len(found) > query.limit else None
    return Told(LookPage(items=[_look(run) for run in page], next=more))


def _location(call: Call, slug: str) -> Location:
    found = call.session.scalar(sa.select(Location).where(Location.slug == slug, Location.retired_at.is_(None)))
    if found is None:
        known = call.session.scalars(sa.select(Location.slug).where(Location.retired_at.is_(None))).all()
        raise of_field("location", slug, f"a location in service: {', '.join(sorted(known)) or 'there is none yet'}")
    return found


def _run(call: Call) -> Told:
    body, check = call.given(Running), call.check()
    here = call.runtime.settings.monitor.location
    location = _location(call, body.location).slug if body.location is not None else here
    uid = run_now(call.session, check, location, call.by, call.now, here=here)
    told = RunAnswer(uid=uid, check=check.id, location=location, asked_at=call.now)
    return Told(told, location=f"{PREFIX}/checks/{check.id}/runs/{uid}")


def _trace(call: Call) -> Told:
    check, uid = call.check(), call.path["run"].lower()
    found = trace_of(call.session, check.id, uid)
    if found is None:
        raise Refused("no_such_run", "this check has no such run, or nothing of it came yet: ask again in a moment")
    return Told(
        TraceAnswer(
            uid=uid, check=check.id, location=found.location, sequence=found.sequence, at=found.at,
            reason=found.reason, detail=found.detail, phases_s=dict(found.phases), evidence=dict(found.evidence),
            trace=list(found.lines),
        )
    )  # fmt: skip


def _mute(call: Call) -> Told:
    body, check = call.given(Muting), call.check()
    holds.mute(call.session, check, body.until, call.by, call.now, reason=body.reason)
    return _told(call, check)


def _unmute(call: Call) -> Told:
    check = call.check()
    holds.unmute(call.session, check, call.by, call.now)
    return _told(call, check)


def _disable(call: Call) -> Told:
    body, check = call.given(Disabling), call.check()
    holds.disable(call.session, check, body.until, call.by, call.now, reason=body.reason)
    return _told(call, check)


def _enable(call: Call) -> Told:
    check = call.check()
    holds.enable(call.session, check, call.by, call.now)
    return _told(call, check)


def _step(name: str, deed: Deed, view: View, summary: str, body: type[Muting | Disabling] | None) -> Route:
    return Route("POST", f"/checks/{{check}}/{name}", f"{name}-check", deed, view, summary, CheckAnswer, body)


ROUTES: Final = (
    Route("GET", "/checks", "list-checks", Deed.READ, _list, "Checks in service", CheckPage, query=ChecksQuery),
    Route("GET", "/checks/{check}", "get-check", Deed.READ, _one, "One check with its last runs", CheckAnswer),
    Route("GET", "/checks/{check}/observations", "list-observations", Deed.READ, _looks,
          "What a check saw, the youngest run first, as far as runs are kept", LookPage, query=LooksQuery),
    Route("POST", "/checks/{check}/run", "run-check", Deed.RUN_CHECK, _run, "Run a check now", RunAnswer, Running,
          status=202),
    Route("GET", "/checks/{check}/runs/{run}", "get-run", Deed.READ, _trace,
          "What a run that was asked for saw, with its whole trace, once it has come", TraceAnswer),
    _step("mute", Deed.MUTE, _mute, "Let a check open nothing and alert nobody", Muting),
    _step("unmute", Deed.MUTE, _unmute, "End a check's mute", None),
    _step("disable", Deed.DISABLE, _disable, "Let a check that lies decide nothing", Disabling),
    _step("enable", Deed.DISABLE, _enable, "Let a check decide again", None),
)  # fmt: skip
