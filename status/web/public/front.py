"""The front page: what is wrong now, the four areas, what is coming."""

from __future__ import annotations

from flask import Blueprint, g, render_template

from status.domain.public_state import banner
from status.domain.states import PublicState
from status.queries.front import read_front
from status.web.public.bars import sample
from status.web.public.frame import renewal
from status.web.scope import request_scope


def register(public: Blueprint) -> None:
    """Add the routes."""
    public.add_url_rule("/", "front", show)
    public.add_url_rule("/<lang:lang>", "front_of_language", show)
    public.add_url_rule("/<lang:lang>/live", "live", show_live)


def show(lang: str | None = None) -> str:  # noqa: ARG001 - the language is read from the path
    """Show the front page; `/` is the default language's."""
    return _shown(live=False)


def show_live(lang: str) -> str:  # noqa: ARG001 - the language is read from the path
    """Show the same, renewed every minute by the browser itself: the only page that does so without its script."""
    return _shown(live=True)


def _shown(*, live: bool) -> str:
    scope = request_scope()
    g.states_present = True
    front = read_front(scope.session, scope.audience, scope.at, scope.zone)
    lines = banner(view.node.facts for view in front.areas)
    by_id = front.tree.by_id
    stale = scope.moment.stale or scope.moment.verified_at is None
    return render_template(
        "public/front.html",
        front=front,
        lines=[(state, by_id[area.id]) for state, area in lines],
        alone=front.alone,
        moment=scope.moment,
        renewal=renewal(scope.moment),
        sample=sample,
        live=live,
        icon_state=PublicState.UNKNOWN if stale else next((state for state, _ in lines), None),
    )
