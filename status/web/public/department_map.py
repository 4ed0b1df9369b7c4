"""The map: every department with the state of what stands there, as a table and as a drawing."""

from __future__ import annotations

from flask import Blueprint, g, render_template

from status.domain.departments import DEPARTMENTS
from status.domain.states import PlaceKind, PublicState
from status.queries.place_states import read_naming
from status.queries.tree import read_tree
from status.web.public.frame import renewal
from status.web.public.map_drawing import draw_map, key_of, shapes
from status.web.scope import request_scope


def register(public: Blueprint) -> None:
    """Add the route."""
    public.add_url_rule("/<lang:lang>/map", "department_map", show)


def show(lang: str) -> str:  # noqa: ARG001 - the language is read from the path
    """Show the map; those not on it (the collectivities overseas) stand in the table once something is there."""
    scope = request_scope()
    g.states_present = True
    naming = read_naming(scope.session, read_tree(scope.session, scope.audience))
    states = {code: naming.at(PlaceKind.DEPARTMENT, code) for code in DEPARTMENTS}
    drawn = shapes().departments
    rows = [(code, now) for code, now in states.items() if code in drawn or now.components or now.events]
    stale = scope.moment.stale or scope.moment.verified_at is None
    return render_template(
        "public/map.html",
        names=DEPARTMENTS,
        rows=rows,
        troubled=sorted((row for row in rows if row[1].is_troubled), key=lambda row: row[1].rank),
        tree=naming.tree,
        moment=scope.moment,
        renewal=renewal(scope.moment),
        drawing=draw_map({code: now.state for code, now in states.items()}, stale=stale),
        key_of=key_of,
        unwatched=PublicState.UNWATCHED,
    )
