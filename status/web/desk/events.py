"""The list of events: open ones, drafts, scheduled works, ended ones; a number leads straight to its event."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from status.domain.permissions import Deed
from status.domain.states import AREAS, EventType
from status.models.engine import reading
from status.queries.desk_events import Shelf, Wanted, find_number, read_list
from status.web.desk.gate import allowed, runtime_of_app
from status.web.desk.showing import event_page
from status.web.language import gettext as _


def install(desk: Blueprint) -> None:
    """Add the view."""
    desk.add_url_rule("/events", "events", show)


@allowed(Deed.READ)
def show() -> Response | str:
    """Show one shelf, filtered as the address says; unknown values filter nothing."""
    wanted = _wanted()
    number = request.args.get("number", "").strip()
    with reading(runtime_of_app().sessions) as session:
        uid = find_number(session, number) if number else None
        if uid is not None:
            return redirect(url_for("desk.event", reference=uid), 303)
        found = read_list(session, wanted)
    return event_page(
        "desk/events.html", wanted=wanted, found=found, number=number, shelves=_shelves(), query=_query(wanted)
    )


def _wanted() -> Wanted:
    shelf, kind = request.args.get("shelf", ""), request.args.get("type", "")
    person, at = request.args.get("person", ""), request.args.get("page", "")
    area = request.args.get("area", "")
    return Wanted(
        shelf=Shelf(shelf) if shelf in {each.value for each in Shelf} else Shelf.OPEN,
        area=area if area in AREAS else None,
        type=EventType(kind) if kind in {each.value for each in EventType} else None,
        person=int(person) if _is_number(person) else None,
        page=max(1, int(at)) if _is_number(at) else 1,
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 7  # noqa: PLR2004 - what a database holds


def _shelves() -> dict[Shelf, str]:
    return {
        Shelf.OPEN: _("Open"), Shelf.DRAFTS: _("Drafts"), Shelf.SCHEDULED: _("Scheduled"), Shelf.ENDED: _("Ended"),
    }  # fmt: skip


def _query(wanted: Wanted) -> dict[str, str | int]:
    """Give the filter as address parts, without shelf and page."""
    given = {
        "area": wanted.area or "", "type": wanted.type.value if wanted.type else "", "person": wanted.person or "",
    }  # fmt: skip
    return {name: value for name, value in given.items() if value}
