"""The page sent in the place of one that can't be shown: what is wrong now, and where to look on.

Published for that, never at an address of its own: who asks for it gets 404.
"""

from __future__ import annotations

from flask import Blueprint, abort, g, render_template, request

from status.domain.public_state import banner
from status.publication.types import UNAVAILABLE
from status.queries.tree import read_tree
from status.web.scope import ENVIRON_KEY, request_scope


def register(public: Blueprint) -> None:
    """Add the route."""
    public.add_url_rule(f"/<lang:lang>/{UNAVAILABLE}", "unavailable", show)


def show(lang: str) -> str:  # noqa: ARG001 - the language is read from the path
    """Show it to the publisher; it states the present."""
    if ENVIRON_KEY not in request.environ:
        abort(404)
    scope = request_scope()
    g.states_present = True
    tree = read_tree(scope.session, scope.audience)
    lines = banner(area.facts for area in tree.areas)
    by_id = tree.by_id
    return render_template(
        "public/unavailable_now.html",
        lines=[(state, by_id[area.id]) for state, area in lines],
        tree=tree,
        moment=scope.moment,
    )
