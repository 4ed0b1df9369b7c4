"""Badges: a component's state as a small picture, and as the JSON that shields.io makes pictures of.

A picture is read by those who can't see it (`role="img"` and a title), and says its state in words.
"""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, abort, g, redirect, render_template
from werkzeug.wrappers import Response as BaseResponse

from status.domain.states import PublicState
from status.queries.components import Place, find_alias
from status.queries.tree import read_tree
from status.web.compat.outward import answer
from status.web.language import language
from status.web.scope import request_scope
from status.wording import labels
from status.wording.languages import pick

COLOURS: Final = {
    PublicState.OPERATIONAL: "#1a6d3a",
    PublicState.DEGRADED: "#8a5200",
    PublicState.DOWN: "#a61b1b",
    PublicState.MAINTENANCE: "#1d5a96",
    PublicState.UNKNOWN: "#555a64",
    PublicState.UNWATCHED: "#555a64",
}
"""White words on each of them stand out by at least 4.5 to 1."""

CHARACTER: Final = 6.6
"""How wide a character of 11 px Verdana is, about (px); each text is fitted to its place."""

PADDING: Final = 10
SHOWN_NAME: Final = 40


def register(compat: Blueprint) -> None:
    """Add the routes."""
    compat.add_url_rule("/badges/<slug>.svg", "badge_svg", show_svg)
    compat.add_url_rule("/badges/<slug>.json", "badge_json", show_json)


def show_svg(slug: str) -> BaseResponse:
    """Draw a component's state."""
    place, state = _found(slug)
    if place.slug != slug:
        return redirect(f"/badges/{place.slug}.svg", 301)
    name, words = _name(place), labels.public_state(state, language())
    left, right = _width(name), _width(words)
    picture = render_template(
        "compat/badge.svg", name=name, words=words, left=left, right=right, colour=COLOURS[state], lang=language()
    )
    return Response(picture, content_type="image/svg+xml; charset=utf-8")


def show_json(slug: str) -> BaseResponse:
    """Give what shields.io's endpoint badge reads."""
    place, state = _found(slug)
    if place.slug != slug:
        return redirect(f"/badges/{place.slug}.json", 301)
    words = labels.public_state(state, language())
    return answer({"schemaVersion": 1, "label": _name(place), "message": words, "color": COLOURS[state].lstrip("#")})


def _found(slug: str) -> tuple[Place, PublicState]:
    """Give a component in service and its state; unknown when monitoring is interrupted. Abort with 404."""
    scope = request_scope()
    g.states_present = True
    tree = read_tree(scope.session, scope.audience)
    place = tree.places.by_slug(slug)
    if place is None:
        former = find_alias(scope.session, slug)
        place = tree.places.by_id.get(former) if former is not None else None
    if place is None or place.id not in tree.by_id:
        abort(404)
    state = tree.by_id[place.id].state
    is_unsure = scope.moment.stale or scope.moment.verified_at is None
    return place, PublicState.UNKNOWN if is_unsure and state is not PublicState.UNWATCHED else state


def _name(place: Place) -> str:
    name = pick(place.name, language())[0]
    return name if len(name) <= SHOWN_NAME else name[: SHOWN_NAME - 1] + "…"


def _width(words: str) -> int:
    return round(len(words) * CHARACTER) + PADDING
