"""For which hosts this server answers where it matters, and whom it believes in front of it.

Public pages answer under any name (they take nothing from it); desk, API and acknowledge links only under ours: the
host of `public_url`, `[server] hosts`, and this machine's own names for requests from the machine itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from flask import Flask, Response, abort, request
from werkzeug.middleware.proxy_fix import ProxyFix

from status.config.model import Settings
from status.web.loopback import is_loopback_request
from status.web.secure import HSTS

GUARDED: Final = ("/desk", "/api/v1", "/a")
INNER: Final = (*GUARDED, "/agent")
"""Where nobody is answered who was not let in: engineers, programs with a token, agents."""


def install(app: Flask, settings: Settings) -> None:
    """Refuse unknown hosts, believe as many proxies as configured, and ask for HTTPS where it was used."""
    known = known_hosts(settings)
    hops = settings.server.trusted_proxies
    if hops:
        # Host is not taken from a header: proxies pass it on.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0, x_port=0, x_prefix=0)  # type: ignore[method-assign]

    @app.before_request
    def _known_host() -> None:
        if is_guarded(request.path) and _host() not in known and not is_loopback_request():
            abort(400)

    @app.after_request
    def _only_https(response: Response) -> Response:
        if request.is_secure:
            response.headers.setdefault("Strict-Transport-Security", HSTS)
        return response


def is_guarded(path: str) -> bool:
    """Whether a path answers under our own names alone."""
    return _is_below(path, GUARDED)


def is_inner(path: str) -> bool:
    """Whether a path is for those alone who were let in."""
    return _is_below(path, INNER)


def _is_below(path: str, starts: Sequence[str]) -> bool:
    return any(path == start or path.startswith(f"{start}/") for start in starts)


def known_hosts(settings: Settings) -> frozenset[str]:
    """Give the names, without ports, that we answer for."""
    public = urlsplit(settings.site.public_url).hostname or ""
    return frozenset({public.casefold(), *settings.server.hosts})


def _host() -> str:
    try:
        return (urlsplit(f"//{request.host}").hostname or "").casefold()
    except ValueError:
        return ""
