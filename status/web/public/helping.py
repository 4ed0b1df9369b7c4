"""The six doors: what is known of a symptom, then what a customer can try first, then whom to ask."""

from __future__ import annotations

from flask import Blueprint, abort, g, render_template

from status.domain.states import PublicState
from status.queries.help import Help, read_help
from status.web.public.frame import renewal
from status.web.scope import request_scope
from status.wording.helping import guides

QUIET = (PublicState.OPERATIONAL, PublicState.UNWATCHED)


def register(public: Blueprint) -> None:
    """Add the route."""
    public.add_url_rule("/<lang:lang>/help/<symptom>", "help", show)


def show(lang: str, symptom: str) -> str:  # noqa: ARG001 - the language is read from the path
    """Show what stands behind a door; a symptom that is none of the six is not found."""
    scope = request_scope()
    guide = guides().get(symptom)
    if guide is None:
        abort(404)
    g.states_present = True
    found = read_help(scope.session, scope.audience, symptom, guide.area, scope.at)
    stale = scope.moment.stale or scope.moment.verified_at is None
    state = _answer(found)
    return render_template(
        "public/help.html",
        guide=guide,
        numbers={step.id: number for number, step in enumerate(guide.steps, 1)},
        found=found,
        state=PublicState.UNKNOWN if stale else state,
        moment=scope.moment,
        renewal=renewal(scope.moment),
        icon_state=PublicState.UNKNOWN if stale else None if state in QUIET else state,
    )


def _answer(found: Help) -> PublicState:
    """Say what the page answers: an incident that customers feel counts where every component reads well too."""
    felt = [card for card in found.incidents if card.impact.value != "none"]
    if felt and found.state not in (PublicState.DOWN, PublicState.DEGRADED):
        return PublicState.DEGRADED
    if found.works and found.state in QUIET:
        return PublicState.MAINTENANCE
    return found.state
