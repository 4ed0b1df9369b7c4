"""One department, exchange or resource: what is there, what concerns it now, later and before."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response, g, make_response, redirect, render_template
from werkzeug.wrappers import Response as BaseResponse

from status.domain.states import PlaceKind
from status.queries.place import find_place, read_place
from status.services.places import slug_of
from status.web.public.frame import renewal
from status.web.scope import request_scope


def register(public: Blueprint) -> None:
    """Add the routes."""
    for kind in PlaceKind:
        rule = f"/<lang:lang>/{kind.value}/<slug>"
        public.add_url_rule(rule, kind.name.lower(), partial(show, kind))


def show(kind: PlaceKind, lang: str, slug: str) -> str | BaseResponse:
    """Show a place; 301 to its address from the code as people write it, a search where there is no such place."""
    scope = request_scope()
    found = read_place(scope.session, scope.audience, kind, slug)
    if found is None:
        folded = slug_of(kind, slug)
        if folded != slug and find_place(scope.session, kind, folded) is not None:
            return redirect(f"/{lang}/{kind.value}/{folded}", 301)
        return _unknown(kind, slug)
    g.states_present = True
    return render_template("public/place.html", found=found, kind=kind.value, moment=scope.moment, renewal=renewal())


def _unknown(kind: PlaceKind, slug: str) -> Response:
    asked = slug if slug.isprintable() else ""
    return make_response(render_template("public/no_place.html", kind=kind.value, asked=asked[:120]), 404)
