"""HTTPS asked for on every answer to a request that used it (RFC 6797): published bytes, plain answers, the app's.

    request ─▶ OnlyHTTPS ─▶ PublishedBytes ─▶ app

Whether HTTPS was used is what the proxies say that are trusted, exactly as many as configured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HSTS: Final = "max-age=31536000"
"""A year; not for subdomains, which are not ours to speak for."""

NAME: Final = "strict-transport-security"


class OnlyHTTPS:
    """A WSGI application around another one. `proxies`: so many in front of it are believed."""

    def __init__(self, app: WSGIApplication, proxies: int) -> None:
        self._app = app
        self._proxies = proxies

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Let the other one answer; over plain HTTP nothing is added (RFC 6797 §7.2)."""
        if not is_https(environ, self._proxies):
            return self._app(environ, start_response)

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Callable[[bytes], object]:
            asked = any(name.lower() == NAME for name, _value in headers)
            return start_response(status, headers if asked else [*headers, (NAME, HSTS)], *error)

        return self._app(environ, start)


def is_https(environ: WSGIEnvironment, proxies: int) -> bool:
    """Whether the browser's request was HTTPS, by the connection or by what the farthest trusted proxy says."""
    if environ["wsgi.url_scheme"] == "https":
        return True
    if not proxies:
        return False
    hops = [hop.strip().lower() for hop in environ.get("HTTP_X_FORWARDED_PROTO", "").split(",")]
    return len(hops) >= proxies and hops[-proxies] == "https"
