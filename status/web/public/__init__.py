"""The public pages: one file per page. Complete without JavaScript; none of them sets a cookie."""

from __future__ import annotations

from flask import Blueprint


def blueprint() -> Blueprint:
    """Make the blueprint with every public page's route and the words its templates use."""
    from status.web.public import (
        availability,
        calendar,
        component,
        department_map,
        event,
        front,
        helping,
        history,
        measures,
        page,
        place,
        post_mortem,
        statements,
        status_json,
        travaux,
        unavailable,
        webmanifest,
    )

    public = Blueprint("public", __name__)
    page.install(public)
    for module in (
        front,
        travaux,
        event,
        post_mortem,
        component,
        status_json,
        unavailable,
        measures,
        department_map,
        place,
        helping,
        statements,
        webmanifest,
        history,
        calendar,
        availability,
    ):
        module.register(public)
    return public
