"""One component: since when it is what it is, its children, its 90 days, its incidents and works."""

from __future__ import annotations

from flask import Blueprint, abort, g, redirect, render_template
from werkzeug.wrappers import Response

from status.domain.states import PublicState
from status.queries.component import read_component
from status.queries.components import find_alias, read_places
from status.web.public.bars import sample, summary
from status.web.public.frame import renewal
from status.web.scope import request_scope


def register(public: Blueprint) -> None:
    """Add the route."""
    public.add_url_rule("/<lang:lang>/components/<slug>", "component", show)


def show(lang: str, slug: str) -> str | Response:
    """Show a component; 301 from a slug it had before.

    An area's page is renewed each minute, the others are not; both say a present state, so both have a stale twin.
    """
    scope = request_scope()
    found = read_component(scope.session, scope.audience, slug, scope.at, scope.zone)
    if found is None:
        return _moved(lang, slug)
    is_area = found.place.parent_id is None
    g.states_present = True
    own = found.bars[found.place.id]
    quiet = (PublicState.OPERATIONAL, None)
    return render_template(
        "public/component.html",
        found=found,
        is_area=is_area,
        moment=scope.moment,
        renewal=renewal(scope.moment if is_area else None),
        own=own,
        summary=summary(own),
        told=[day for day in reversed(own.days) if day.worst not in quiet],
        sample=sample,
    )


def _moved(lang: str, slug: str) -> Response:
    scope = request_scope()
    place_id = find_alias(scope.session, slug)
    place = None if place_id is None else read_places(scope.session, scope.audience).by_id.get(place_id)
    if place is None:
        abort(404)
    return redirect(f"/{lang}/components/{place.slug}", 301)
