"""FlySpray's addresses, as links of a former travaux site have them: `/?do=details&id=N` and `/rss.php[?proj=N]`.

Old links lead to French, or to the default language where there is no French.
"""

from __future__ import annotations

import re
from typing import Final

import sqlalchemy as sa
from flask import Blueprint, abort, current_app, g, redirect, request
from werkzeug.wrappers import Response

from status.domain.states import Visibility
from status.models import Component
from status.queries.travaux import find_number
from status.web.scope import request_scope, settings_of_app

LANGUAGE: Final = "fr"
FEED: Final = "feed.rss"
HOMES: Final = ("/", "/index.php")

_NUMBER: Final = re.compile(r"#?0*([0-9]{1,9})(?![0-9])", re.ASCII)
_CHARACTERS: Final = 40
"""So many of what is asked for are looked at."""


def register(compat: Blueprint) -> None:
    """Add the routes, and look at what is asked of the front page before it is shown."""
    compat.add_url_rule("/index.php", "old_home", show_home)
    compat.add_url_rule("/rss.php", "old_feed", show_feed)
    compat.before_app_request(_lead_on)


def show_home() -> Response:
    """Lead to the front page: what the old one listed is there."""
    return redirect(f"/{_language()}", 301)


def show_feed() -> Response:
    """Answer with the feed of what a project has become, else of the site: a reader does not ask a second time."""
    project = _number("proj")
    slug = None if project is None else _component_of(int(project))
    g.language = _language()
    where = {"lang": g.language, "feed": FEED}
    show = current_app.view_functions["feeds.site" if slug is None else "feeds.component"]
    shown = current_app.ensure_sync(show)
    return current_app.make_response(shown(**where) if slug is None else shown(**where, slug=slug))


def _lead_on() -> Response | None:
    """Lead from an old task's address to the event of its number. Whatever follows the number is not looked at."""
    if request.path not in HOMES or request.args.get("do") != "details":
        return None
    asked = _number("id") or _number("amp;id")
    scope = request_scope()
    number = find_number(scope.session, scope.audience, asked) if asked else None
    if number is None:
        g.language = _language()
        abort(404)
    return redirect(f"/{_language()}/travaux/{number}", 301)


def _number(name: str) -> str | None:
    found = _NUMBER.match(request.args.get(name, "")[:_CHARACTERS].strip())
    return found[1] if found else None


def _component_of(project: int) -> str | None:
    statement = sa.select(Component.slug).where(
        Component.legacy_project == project, Component.visibility == Visibility.PUBLIC
    )
    return request_scope().session.scalar(statement.order_by(Component.retired_at.is_not(None), Component.id).limit(1))


def _language() -> str:
    languages = settings_of_app().site.languages
    return LANGUAGE if LANGUAGE in languages else languages[0]
