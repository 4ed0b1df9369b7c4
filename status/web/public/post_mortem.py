"""What an incident taught: what happened, why, and what is done about it."""

from __future__ import annotations

from flask import Blueprint, abort, render_template

from status.queries.post_mortem import read_post_mortem
from status.web.scope import request_scope


def register(public: Blueprint) -> None:
    """Add the route."""
    public.add_url_rule("/<lang:lang>/travaux/<number:n>/post-mortem", "post_mortem", show)


def show(lang: str, n: int) -> str:  # noqa: ARG001 - the language is read from the path
    """Show a published post-mortem; one that is not published answers like one that never was."""
    scope = request_scope()
    found = read_post_mortem(scope.session, scope.audience, n)
    if found is None:
        abort(404)
    return render_template("public/post_mortem.html", found=found, card=found.card)
