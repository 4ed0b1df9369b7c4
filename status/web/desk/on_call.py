"""Who is on duty now and next, duties taken over, alerts under way with their tries, and a test of one's own ways."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from flask import Blueprint, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from status.alerting.testing import test_ways
from status.config.model import Settings
from status.domain.permissions import RANK, Deed, Role
from status.domain.refused import Refused
from status.domain.rota import Shift
from status.log import fields
from status.models.engine import reading
from status.queries import alerting, on_call
from status.queries.on_call import Roster
from status.services import accounts, duties
from status.services.contacting import ENOUGH
from status.web.desk.account_words import say
from status.web.desk.deeds import deed
from status.web.desk.filled import Filled, Wrong
from status.web.desk.gate import allowed, person, present, runtime_of_app
from status.web.desk.page import page

log = logging.getLogger(__name__)

AHEAD: Final = timedelta(days=14)
ALERTS_OF: Final = timedelta(days=7)
TESTS_OF: Final = timedelta(hours=1)
MOST_ALERTS: Final = 50
MOST_SHIFTS: Final = 30


def install(desk: Blueprint) -> None:
    """Add the views."""
    desk.add_url_rule("/on-call", "on_call", show)
    desk.add_url_rule("/on-call/duties", "take_duty", take_duty, methods=["POST"])
    desk.add_url_rule("/on-call/duties/<int:number>/end", "end_duty", end_duty, methods=["POST"])
    desk.add_url_rule("/on-call/test", "test_alert", test_alert, methods=["POST"])


@allowed(Deed.READ)
def show() -> tuple[str, int]:
    """Show the page."""
    return _render(Filled.from_values({"account": person().name}))


@allowed(Deed.ACKNOWLEDGE)
def take_duty() -> Response | tuple[str, int]:
    """Put somebody on duty for a span."""
    form = Filled.from_request()
    try:
        from_at, until_at = form.time("from"), form.coming("until")
        form.require()
        with deed() as doing:
            rota = _known_rota(runtime_of_app().settings, form.get("rota"))
            account = accounts.named(doing.session, form.get("account"))
            span = (from_at or doing.now, until_at or doing.now)
            duties.take_over(doing.session, rota, account, span, doing.author, now=doing.now, note=form.get("note"))
    except Refused as refused:
        _note(form, refused)
        return _render(form)
    return redirect(url_for("desk.on_call"), 303)


@allowed(Deed.ACKNOWLEDGE)
def end_duty(number: int) -> Response | tuple[str, int]:
    """Take a duty that was taken over back."""
    form = Filled.from_values({})
    try:
        with deed() as doing:
            duties.end(doing.session, number, doing.author, doing.now)
    except Refused as refused:
        _note(form, refused)
        return _render(form)
    return redirect(url_for("desk.on_call"), 303)


@allowed(Deed.READ)
def test_alert() -> Response | tuple[str, int]:
    """Send a test to the person himself, by each of his ways."""
    form = Filled.from_values({})
    try:
        with deed() as doing:
            account = accounts.of_uid(doing.session, person().account_uid)
            test_ways(doing.session, runtime_of_app(), account, doing.now)
    except Refused as refused:
        _note(form, refused)
        return _render(form)
    log.info("alert_test", extra=fields(account=person().name))
    return redirect(url_for("desk.on_call") + "#test", 303)


def _note(form: Filled, refused: Refused) -> None:
    if refused.reason == "form":
        return  # each fault stands beside its field already
    where = {"no_such_account": "account", "disabled": "account"}
    field = refused.reason if refused.reason in {"rota", "until"} else where.get(refused.reason, "")
    form.errors.append(Wrong(field, say(refused)))


def _known_rota(settings: Settings, name: str) -> str:
    if name not in {entry.name for entry in settings.rota}:
        raise Refused("rota", "there is no such rota")
    return name


def _render(form: Filled) -> tuple[str, int]:
    runtime, now = runtime_of_app(), present()
    with reading(runtime.sessions) as session:
        rosters = on_call.rosters(session, runtime.settings, now)
        answer = page(
            "desk/on_call.html", form=form, now=now, rosters=[_shown(each, now) for each in rosters],
            taken=on_call.taken_over(session, now), people=_people(session),
            few=_few(session, runtime.settings, rosters),
            alerts=alerting.latest(session, now - ALERTS_OF, MOST_ALERTS), rules=runtime.settings.alert,
            tests=alerting.tests_of(session, person().account_uid, now - TESTS_OF),
        )  # fmt: skip
    return answer, 422 if form.errors else 200


def _shown(each: Roster, now: datetime) -> tuple[Roster, Sequence[Shift]]:
    return each, each.shifts(now, now + AHEAD)[:MOST_SHIFTS]


def _people(session: Session) -> Sequence[tuple[str, str]]:
    """Give who may be put on duty: everybody who may acknowledge."""
    rows = accounts.listed(session)
    may = [row for row in rows if row.disabled_at is None and RANK[row.role] >= RANK[Role.RESPONDER]]
    return [(row.name, row.display_name) for row in may]


def _few(session: Session, settings: Settings, rosters: Sequence[Roster]) -> Mapping[str, int]:
    """Give the people of rotas and rules who have too few contact ways, and how many they have."""
    ways = on_call.ways_of_all(session)
    names = {name for each in rosters for name in each.rota.people if name not in each.missing}
    names |= {name for rule in settings.alert for name in rule.accounts}
    return {name: len(ways.get(name, ())) for name in sorted(names) if len(ways.get(name, ())) < ENOUGH}
