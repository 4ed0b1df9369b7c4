"""The headers every answer carries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from flask import Flask, Response

SECURITY: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; connect-src 'self'; "
        "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}
"""Sent with every answer, by the app and by the layer of published bytes."""

CORS: Final = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "ETag"}
"""Sent with what programs read: scripts of any site may, as it is public and nobody is known by a cookie."""

OPEN: Final = frozenset({"public", "feeds", "compat"})
"""The blueprints whose answers everybody gets alike."""

PRIVATE: Final = ("/s/", "/c/")
"""What stands below is somebody's own, and his token in the address: also of a page that is not there."""


def is_open(content_type: str) -> bool:
    """Whether a public answer is one for programs: anything but a page."""
    return not content_type.startswith("text/html")


def install(app: Flask) -> None:
    """Add them after each request."""
    from flask import request

    @app.after_request
    def _add(response: Response) -> Response:
        if request.path.startswith(PRIVATE):
            response.headers.setdefault("Cache-Control", "private, no-store")
            response.headers["Referrer-Policy"] = "no-referrer"
        for name, value in SECURITY.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Cache-Control", "no-cache")
        if request.blueprint in OPEN and is_open(response.content_type or ""):
            response.headers.extend(CORS)
        return response
