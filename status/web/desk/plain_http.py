"""Why nobody signs in over plain HTTP, and what to do."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from status.web.desk import door
from status.web.desk.forms import HOME
from status.web.desk.gate import for_everybody, runtime_of_app
from status.web.loopback import is_loopback_request


def install(desk: Blueprint) -> None:
    """Add the view."""
    desk.add_url_rule("/plain-http", "plain_http", show)


@for_everybody
def show() -> Response:
    """Explain it, with the address to use when the site has one over HTTPS."""
    if request.is_secure or is_loopback_request():
        return redirect(HOME, 303)
    public_url = runtime_of_app().settings.site.public_url.rstrip("/")
    secure = f"{public_url}{HOME}" if public_url.startswith("https://") else ""
    return door.door_page("desk/plain_http.html", 403, secure=secure)
