"""What the regulator asks of an event: stated here, exported as JSON and CSV."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, redirect, url_for
from werkzeug.wrappers import Response as Redirect

from status.domain.permissions import Deed
from status.domain.refused import Refused
from status.models.engine import reading
from status.queries.desk_event import name_of
from status.services import facts
from status.web.desk.deeds import deed
from status.web.desk.filled import Filled, Wrong, local
from status.web.desk.finding import find_for, find_or_404
from status.web.desk.gate import allowed, runtime_of_app
from status.web.desk.showing import event_page
from status.web.language import gettext as _

ANSWERS = {"yes": True, "no": False}
COUNTS, EXCLUDED = "counts", "excluded"


def install(desk: Blueprint) -> None:
    """Add the views."""
    desk.add_url_rule("/events/<reference>/facts", "facts", show)
    desk.add_url_rule("/events/<reference>/facts", "send_facts", send, methods=["POST"])
    desk.add_url_rule("/events/<reference>/facts.json", "facts_export", export_json)
    desk.add_url_rule("/events/<reference>/facts.csv", "facts_export_csv", export_csv)


@allowed(Deed.POST)
def show(reference: str) -> tuple[str, int]:
    """Show the facts as they are stated."""
    with reading(runtime_of_app().sessions) as session:
        event = find_for(session, reference, Deed.POST)
        calls = {None: "", True: "yes", False: "no"}[event.emergency_calls]
        touched = "" if event.customers_touched is None else str(event.customers_touched)
        detected = local(event.detected_at)
        form = Filled.from_values({
            "customers_touched": touched, "emergency_calls": calls, "detected_at": detected,
            "was_detected_at": detected, "cause": event.cause, "measures": event.measures,
            "sla": EXCLUDED if event.sla_excluded else COUNTS, "sla_reason": event.sla_excluded_reason,
            "version": str(event.version),
        })  # fmt: skip
    return _page(reference, form)


@allowed(Deed.POST)
def send(reference: str) -> Redirect | tuple[str, int]:
    """State them."""
    form = Filled.from_request()
    try:
        with deed() as doing:
            event = doing.event(reference, Deed.POST)
            stated = facts.Stated(
                customers_touched=form.number("customers_touched"),
                emergency_calls=ANSWERS.get(form.get("emergency_calls")),
                detected_at=form.time("detected_at") if form.is_changed("detected_at") else None,
                cause=form.get("cause"),
                measures=form.get("measures"),
                sla_excluded_reason=_excluded_because(form),
            )
            form.require()
            facts.state_facts(doing.session, event, stated, doing.author, doing.now, version=form.number("version"))
    except Refused as refused:
        form.refuse(refused, future="detected_at", too_long="cause", nothing="cause", customers="customers_touched")
        return _page(reference, form)
    return redirect(url_for("desk.event", reference=reference, _anchor="facts"), 303)


@allowed(Deed.READ)
def export_json(reference: str) -> Response:
    """Give them as JSON."""
    stated = _stated(reference)
    return _file(stated, json.dumps(stated, ensure_ascii=False, indent=2), "json", "application/json")


@allowed(Deed.READ)
def export_csv(reference: str) -> Response:
    """Give them as a table of one row."""
    stated = _stated(reference)
    return _file(stated, facts.as_csv(stated), "csv", "text/csv; charset=utf-8")


def _excluded_because(form: Filled) -> str | None:
    """Give why it does not count against what was promised; '' where it counts, None where the form says nothing."""
    reason, chosen = form.get("sla_reason").strip(), form.get("sla")
    if chosen == EXCLUDED and not reason:
        form.errors.append(Wrong("sla_reason", _("Give the reason why it is left out.")))
    if chosen == COUNTS and reason and reason != form.get("was_sla_reason").strip():
        form.errors.append(Wrong("sla", _("A reason is given: choose that it is left out, or take the reason away.")))
    return {EXCLUDED: reason, COUNTS: ""}.get(chosen)


def _stated(reference: str) -> dict[str, Any]:
    with reading(runtime_of_app().sessions) as session:
        return facts.export(session, find_or_404(session, reference))


def _file(stated: Mapping[str, Any], body: str, ending: str, content_type: str) -> Response:
    answer = Response(body, content_type=content_type)
    name = stated["number"] or stated["uid"]
    answer.headers["Content-Disposition"] = f'attachment; filename="facts-{name}.{ending}"'
    return answer


def _page(reference: str, form: Filled) -> tuple[str, int]:
    with reading(runtime_of_app().sessions) as session:
        event = find_for(session, reference, Deed.POST)
        form.values["version"] = str(event.version)
        form.values["was_sla_reason"] = event.sla_excluded_reason
        calls = [("", _("not stated")), ("yes", _("yes")), ("no", _("no"))]
        sla = [(COUNTS, _("it counts")), (EXCLUDED, _("it is left out"))]
        answer = event_page("desk/facts.html", event=event, name=name_of(event), form=form, calls=calls, sla=sla)
    return answer, 422 if form.errors else 200
