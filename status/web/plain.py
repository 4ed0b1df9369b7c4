"""Answers of the layer of published bytes that are no published bytes: no app, no database, no template."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from status.web.answers import SECURITY_HEADERS

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

RETRY_STARTING_S: Final = 2
RETRY_UNAVAILABLE_S: Final = 5
RETRY_UNKNOWN_S: Final = 60
"""While monitoring is interrupted: its next verification may come any minute."""

LOOPBACK: Final = ("127.", "::1", "::ffff:127.")
HTML: Final = "text/html; charset=utf-8"
UNAVAILABLE_KEY: Final = "travaux.unavailable"
"""Where the app finds, in a request, the page to send when it has no database: a function of the language."""


@cache
def starting_page() -> bytes:
    """Give the page shown until the first publication, in both languages."""
    return (files("status.web") / "starting.html").read_bytes()


def starting(start_response: StartResponse) -> list[bytes]:
    """Answer while nothing was published yet."""
    return _send(
        start_response, "503 Service Unavailable", starting_page(), HTML, ("retry-after", str(RETRY_STARTING_S))
    )


def unavailable(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    """Answer when a page can't be made: with the published page for that, in the language of the path, if there is one.

    That one stands under the banner of now.
    """
    retry = ("retry-after", str(RETRY_UNAVAILABLE_S))
    page = unavailable_page(environ)
    if page is not None:
        return _send(start_response, "503 Service Unavailable", page, HTML, retry)
    text = b"Service momentan\xc3\xa9ment indisponible.\nTemporarily unavailable.\n"
    return _send(start_response, "503 Service Unavailable", text, "text/plain; charset=utf-8", retry)


def unavailable_page(environ: WSGIEnvironment) -> bytes | None:
    """Give the published page for what can't be shown; None where there is no publication in front."""
    published: Callable[[str], bytes | None] | None = environ.get(UNAVAILABLE_KEY)
    return published(environ.get("PATH_INFO", "")[1:].partition("/")[0]) if published else None


def not_allowed(start_response: StartResponse) -> list[bytes]:
    """Answer another method than GET and HEAD on a published path (RFC 9110 §15.5.6)."""
    return _send(start_response, "405 Method Not Allowed", b"", None, ("allow", "GET, HEAD"))


def preflight(start_response: StartResponse) -> list[bytes]:
    """Answer a browser that asks whether a script of another site may read with validators (Fetch §3.2)."""
    may = [
        ("access-control-allow-origin", "*"),
        ("access-control-allow-methods", "GET, HEAD"),
        ("access-control-allow-headers", "If-None-Match, If-Modified-Since"),
        ("access-control-max-age", "86400"),
        ("allow", "GET, HEAD, OPTIONS"),
    ]
    start_response("204 No Content", may)
    return []


def too_long(start_response: StartResponse) -> list[bytes]:
    """Answer an address longer than the configured limit."""
    return _send(start_response, "414 URI Too Long", b"", None)


def moved(start_response: StartResponse, to: str) -> list[bytes]:
    """Answer an address with a trailing slash; `to` is a path on this site."""
    return _send(start_response, "301 Moved Permanently", b"", None, ("location", to))


def alive(start_response: StartResponse) -> list[bytes]:
    """Answer the supervisor."""
    start_response("204 No Content", [("cache-control", "no-store")])
    return []


def asks_itself(environ: WSGIEnvironment) -> bool:
    """Tell whether this machine asks on its own behalf: a loopback peer that forwards for nobody."""
    forwards = "HTTP_X_FORWARDED_FOR" in environ or "HTTP_FORWARDED" in environ
    return not forwards and str(environ.get("REMOTE_ADDR", "")).startswith(LOOPBACK)


def _send(
    start_response: StartResponse, status: str, body: bytes, content_type: str | None, *more: tuple[str, str]
) -> list[bytes]:
    headers = [("content-length", str(len(body))), ("cache-control", "no-cache"), *SECURITY_HEADERS, *more]
    if content_type:
        headers.append(("content-type", content_type))
    start_response(status, headers)
    return [body]
