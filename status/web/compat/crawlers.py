"""`/robots.txt` (RFC 9309) and `/sitemap.xml` (sitemaps.org 0.9): what search engines may read, and what there is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from flask import Blueprint, Response, current_app
from markupsafe import escape

from status.domain.states import SYMPTOMS
from status.models import Event, EventUpdate
from status.queries.cards import known
from status.queries.components import Places, read_places
from status.web.scope import Scope, request_scope, settings_of_app

MOST_EVENTS: Final = 15_000
"""So many events are named, the newest: a sitemap holds 50,000 addresses, two languages each."""

CLOSED: Final = ("/desk", "/agent/", "/a/", "/s/", "/c/", "/api/v1/")
PAGES: Final = ("", "/travaux", "/calendar", "/history", "/availability", "/map", "/about", "/legal", "/accessibility")


def register(compat: Blueprint) -> None:
    """Add the routes."""
    compat.add_url_rule("/robots.txt", "robots", show_robots)
    compat.add_url_rule("/sitemap.xml", "sitemap", show_sitemap)


def show_robots() -> Response:
    """Say what is nobody's business. A demonstration wants no reader at all."""
    settings = settings_of_app()
    closed = ("/",) if settings.demo is not None else CLOSED
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed)]
    if settings.demo is None:
        lines += ["", f"Sitemap: {settings.site.public_url.rstrip('/')}/sitemap.xml"]
    return Response("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


def show_sitemap() -> Response:
    """Name every public page, in each language, with when its words last changed where that is known."""
    scope = request_scope()
    base = scope.settings.site.public_url.rstrip("/")
    lines = [_entry(base, path, at) for path, at in _pages(scope)]
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    return Response("\n".join([head, *lines, "</urlset>\n"]), content_type="application/xml; charset=utf-8")


def _entry(base: str, path: str, at: datetime | None) -> str:
    changed = f"<lastmod>{at.isoformat(timespec='seconds')}</lastmod>" if at is not None else ""
    return f"<url><loc>{escape(base + path)}</loc>{changed}</url>"


def _pages(scope: Scope) -> Iterator[tuple[str, datetime | None]]:
    languages = scope.settings.site.languages
    routes = {rule.rule for rule in current_app.url_map.iter_rules()}
    for page in PAGES:
        if f"/<lang:lang>{page}" in routes:
            yield from ((f"/{language}{page}", None) for language in languages)
    for symptom in SYMPTOMS:
        yield from ((f"/{language}/help/{symptom}", None) for language in languages)
    places = read_places(scope.session, scope.audience)
    for place in places.by_id.values():
        if place.retired_at is None:
            yield from ((f"/{language}/components/{place.slug}", None) for language in languages)
    for n, at in _events(scope, places):
        yield from ((f"/{language}/travaux/{n}", at) for language in languages)


def _events(scope: Scope, places: Places) -> list[tuple[int, datetime | None]]:
    """Give the events a reader may know, the newest number first, and when each was last written on."""
    newest = sa.select(Event.uid, Event.n).where(known(places)).order_by(Event.n.desc()).limit(MOST_EVENTS).subquery()
    statement = (
        sa.select(newest.c.n, sa.func.max(EventUpdate.published_at))
        .outerjoin(EventUpdate, EventUpdate.event_uid == newest.c.uid)
        .group_by(newest.c.n)
        .order_by(newest.c.n.desc())
    )
    return [(n, at) for n, at in scope.session.execute(statement)]
