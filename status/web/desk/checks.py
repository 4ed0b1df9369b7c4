"""A check: its last looks with their traces, a run at once, and holding it back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from flask import Blueprint, abort, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from probes.types import Outcome
from status.clock import utc
from status.domain.permissions import Deed
from status.domain.refused import Refused
from status.domain.states import HoldAction
from status.domain.written import read_time
from status.models import Check, Component
from status.models.engine import reading
from status.queries.holds import held_at
from status.queries.locations import grid
from status.queries.looks import Looked
from status.queries.traces import last_traces, trace_of
from status.queries.watched import list_runs
from status.services import holds
from status.services.running import run_now
from status.web.desk import watching
from status.web.desk.deeds import Doing, deed
from status.web.desk.filled import Filled
from status.web.desk.gate import allowed, present, runtime_of_app
from status.web.desk.showing import event_page

LOOKS: Final = 50
TRACES: Final = 20
GIVEN_UP_AFTER: Final = timedelta(minutes=2)
"""A run nobody could make by then is not waited for any more."""


def install(desk: Blueprint) -> None:
    """Add the views."""
    desk.add_url_rule("/checks/<path:name>/run", "run_check", run, methods=["POST"])
    desk.add_url_rule("/checks/<path:name>/mute", "mute_check", mute, methods=["POST"])
    desk.add_url_rule("/checks/<path:name>/unmute", "unmute_check", unmute, methods=["POST"])
    desk.add_url_rule("/checks/<path:name>/disable", "disable_check", disable, methods=["POST"])
    desk.add_url_rule("/checks/<path:name>/enable", "enable_check", enable, methods=["POST"])
    desk.add_url_rule("/checks/<path:name>", "check", show)


@allowed(Deed.READ)
def show(name: str) -> tuple[str, int]:
    """Show a check; with `?run=` the run that was asked for, once it is there."""
    return _page(name, Filled.from_values({}))


@allowed(Deed.RUN_CHECK)
def run(name: str) -> Response | tuple[str, int]:
    """Run it now, from the location that was chosen."""
    form = Filled.from_request()
    try:
        with deed() as doing:
            check = _of(doing, name, Deed.RUN_CHECK)
            here = runtime_of_app().settings.monitor.location
            uid = run_now(doing.session, check, form.get("location"), doing.author, doing.now, here=here)
    except Refused as refused:
        form.refuse(refused, no_such_location="location", area="")
        return _page(name, form)
    return redirect(url_for("desk.check", name=name, run=uid), 303)


@allowed(Deed.MUTE)
def mute(name: str) -> Response | tuple[str, int]:
    """Let it open nothing until then."""
    return _hold(name, Deed.MUTE)


@allowed(Deed.MUTE)
def unmute(name: str) -> Response | tuple[str, int]:
    """End its mute."""
    return _end(name, Deed.MUTE)


@allowed(Deed.DISABLE)
def disable(name: str) -> Response | tuple[str, int]:
    """Let it decide nothing."""
    return _hold(name, Deed.DISABLE)


@allowed(Deed.DISABLE)
def enable(name: str) -> Response | tuple[str, int]:
    """Let it decide again."""
    return _end(name, Deed.DISABLE)


def _hold(name: str, what: Deed) -> Response | tuple[str, int]:
    form = Filled.from_request()
    zone = runtime_of_app().settings.site.timezone
    try:
        with deed() as doing:
            check = _of(doing, name, what)
            typed, reason = form.get("until").strip(), form.get("reason")
            until = read_time(typed, zone, doing.now) if typed else None
            if what is Deed.DISABLE:
                holds.disable(doing.session, check, until, doing.author, doing.now, reason=reason)
            elif until is None:
                raise Refused("not_a_time", "a mute needs its end: a time, or a span like +2h")  # noqa: TRY301
            else:
                holds.mute(doing.session, check, until, doing.author, doing.now, reason=reason)
    except Refused as refused:
        until_id, reason_id = f"{what.value}-until", f"{what.value}-reason"
        form.refuse(
            refused, not_a_time=until_id, no_such_hour=until_id, past=until_id, no_reason=reason_id, area=""
        )  # fmt: skip
        return _page(name, form, tried=what)
    return redirect(url_for("desk.check", name=name), 303)


def _end(name: str, what: Deed) -> Response | tuple[str, int]:
    form = Filled.from_request()
    try:
        with deed() as doing:
            check = _of(doing, name, what)
            (holds.enable if what is Deed.DISABLE else holds.unmute)(doing.session, check, doing.author, doing.now)
    except Refused as refused:
        form.refuse(refused, area="")
        return _page(name, form)
    return redirect(url_for("desk.check", name=name), 303)


def _of(doing: Doing, name: str, what: Deed) -> Check:
    check = _find(doing.session, name)
    doing.may_touch(check, what)
    return check


def _find(session: Session, name: str) -> Check:
    check = session.scalar(sa.select(Check).where(Check.name == name))
    if check is None:
        abort(404)
    return check


def _page(name: str, form: Filled, tried: Deed | None = None) -> tuple[str, int]:
    """Show the check; `tried` is the deed whose form was refused: that one keeps what was typed."""
    runtime, now = runtime_of_app(), present()
    asked = _uid_of(request.args.get("run", ""))
    with reading(runtime.sessions) as session:
        check = _find(session, name)
        answered = trace_of(session, check.id, asked) if asked else None
        waits = answered is None and _is_fresh(asked, now)
        held = held_at(session, now, (check.id,))
        answer = event_page(
            "desk/check.html", check=check, component=session.get_one(Component, check.component_id), form=form,
            looks=_looks(session, check), traces=last_traces(session, check.id, TRACES), answered=answered,
            waits=waits, asked=asked,
            places=grid(session, runtime.settings.monitor.location), held=held,
            is_muted=any(hold.action is HoldAction.MUTE for hold in held),
            is_disabled=any(hold.action is HoldAction.DISABLE for hold in held), **watching.context(),
            tried=tried.value if tried else "",
        )  # fmt: skip
    return answer, form.refused_status if form.errors else 200


def _uid_of(typed: str) -> str:
    """Give the uid that an address names; '' for anything that is none: not all text may reach a database."""
    try:
        return str(UUID(typed))
    except ValueError:
        return ""


def _is_fresh(request_uid: str, now: datetime) -> bool:
    """Whether a request (a UUIDv7, which begins with its millisecond) was made a moment ago; False for ''."""
    if not request_uid:
        return False
    made_s = (UUID(request_uid).int >> 80) / 1000
    return abs(now.timestamp() - made_s) < GIVEN_UP_AFTER.total_seconds()


def _looks(session: Session, check: Check) -> list[Looked]:
    return [
        Looked(
            check.name, each.location, each.row.sequence, utc((each.row.due_ms + each.row.late_ms) / 1000),
            each.row.duration_us / 1e6, Outcome(each.row.outcome), each.reason, each.detail,
        )
        for each in list_runs(session, check.id, LOOKS)
    ]  # fmt: skip
