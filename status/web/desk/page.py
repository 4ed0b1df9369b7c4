"""How the desk's pages are rendered: the template with the words every page of the desk has.

The desk's pages are never kept, so they say times as of now: `14:15`, `hier 14:15`, `12 nov. 14:15`.
"""

from __future__ import annotations

from datetime import datetime

from flask import render_template
from markupsafe import Markup

from status.web.desk.gate import present
from status.web.language import language
from status.web.scope import request_scope, settings_of_app
from status.wording.times import clock_time, date_and_time


def page(template: str, **context: object) -> str:
    """Render a page of the desk. Only behind `gate.allowed`."""
    times: dict[str, object] = {"stamp": stamp, "until": until, "from_to": from_to}
    return render_template(template, **{**times, **context})


def stamp(at: datetime) -> Markup:
    """Write a time as of now."""
    zone = settings_of_app().site.timezone
    return _time(at, clock_time(at, present(), language(), zone))


def until(at: datetime, began: datetime | None) -> Markup:
    """Write an end beside its beginning: the time alone when both are on one day."""
    zone = request_scope().zone
    if began is not None and began.astimezone(zone).date() == at.astimezone(zone).date():
        return _time(at, f"{at.astimezone(zone):%H:%M}")
    return stamp(at)


def from_to(began: datetime, ended: datetime) -> Markup:
    """Write a span."""
    return Markup("{} – {}").format(stamp(began), until(ended, began))


def _time(at: datetime, text: str) -> Markup:
    local = at.astimezone(request_scope().zone)
    title = date_and_time(at, language(), settings_of_app().site.timezone)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(local.isoformat(timespec="seconds"), title, text)
