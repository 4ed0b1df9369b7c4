"""What is on its way to subscribers: what waits by channel, what was given up, who is paused, by what relays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import Blueprint, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from status.domain.permissions import Deed
from status.models.engine import reading
from status.notifiers.registry import channels
from status.queries import deliveries
from status.queries.relays import not_operational
from status.services import auditing, reviving, subscribing
from status.web.desk.deeds import deed
from status.web.desk.filled import Filled
from status.web.desk.gate import allowed, present, runtime_of_app
from status.web.desk.showing import event_page
from status.web.scope import settings_of_app

DONE: Final = ("retried", "dropped", "resumed")


@dataclass(frozen=True, slots=True)
class Way:
    """A relay, the component it rides on ("" none), and whether that is well."""

    name: str
    host: str
    component: str
    is_well: bool


def install(desk: Blueprint) -> None:
    """Add the views."""
    desk.add_url_rule("/deliveries", "deliveries", show)
    desk.add_url_rule("/deliveries/retry", "retry_deliveries", retry, methods=["POST"])
    desk.add_url_rule("/deliveries/drop", "drop_deliveries", drop, methods=["POST"])
    desk.add_url_rule("/deliveries/<uid>/resume", "resume_subscriber", resume, methods=["POST"])


@allowed(Deed.READ)
def show() -> str:
    """Show all of it; addresses in full to those who may."""
    now, done = present(), next((name for name in DONE if name in request.args), "")
    counted = request.args.get(done, "")
    with reading(runtime_of_app().sessions) as session:
        paused, total = deliveries.paused(session)
        return event_page(
            "desk/deliveries.html", now=now, queues=deliveries.queues(session, tuple(channels()), now),
            dead=deliveries.dead(session), paused=paused, total=total, ways=_ways(session), late=deliveries.LATE,
            done=done, count=int(counted) if counted.isascii() and counted.isdigit() and len(counted) < 9 else 0,  # noqa: PLR2004
        )  # fmt: skip


@allowed(Deed.DELIVER)
def retry() -> Response:
    """Let what was given up for one reason wait again."""
    form = Filled.from_request()
    with deed() as doing:
        channel = form.get("channel")
        count = reviving.try_again(doing.session, channel, form.get("why"), doing.now)
        if count:
            said = {"count": count}
            auditing.record(doing.session, doing.author, "delivery.retry", f"channel:{channel}", doing.now, after=said)
    return redirect(url_for("desk.deliveries", retried=count), 303)


@allowed(Deed.SUBSCRIBERS)
def drop() -> Response:
    """Drop what was given up for one reason, for good."""
    form = Filled.from_request()
    with deed() as doing:
        channel = form.get("channel")
        count = reviving.drop(doing.session, channel, form.get("why"))
        if count:
            said = {"count": count}
            auditing.record(doing.session, doing.author, "delivery.drop", f"channel:{channel}", doing.now, after=said)
    return redirect(url_for("desk.deliveries", dropped=count), 303)


@allowed(Deed.DELIVER)
def resume(uid: str) -> Response:
    """Write to a paused address again."""
    with deed() as doing:
        row = subscribing.by_uid(doing.session, uid)
        resumed = row is not None and subscribing.resume(row, doing.now)
        if resumed:
            auditing.record(doing.session, doing.author, "subscriber.resume", f"subscriber:{uid}", doing.now)
    return redirect(url_for("desk.deliveries", resumed=int(resumed)), 303)


def _ways(session: Session) -> list[Way]:
    relays = settings_of_app().relay
    ill = not_operational(session, {relay.component for relay in relays if relay.component})
    return [Way(relay.name, relay.host, relay.component, relay.component not in ill) for relay in relays]
