"""Answers when there is no page: a trailing slash, an unknown address, a database that is gone, a bug of ours."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import quote

from flask import Flask, Response, make_response, redirect, render_template, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, InternalServerError, MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response as BaseResponse

from status.web.hosts import is_inner
from status.web.plain import unavailable_page

RETRY_AFTER_S = 30

log = logging.getLogger(__name__)


def install(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(NotFound, _not_found)
    app.register_error_handler(MethodNotAllowed, _wrong_method)
    app.register_error_handler(SQLAlchemyError, _database_gone)
    app.register_error_handler(InternalServerError, _bug)
    app.log_exception = _log_bug  # type: ignore[method-assign]

    @app.before_request
    def _drop_trailing_slash() -> BaseResponse | None:
        path = request.path
        if path == "/" or not path.endswith("/") or not isinstance(request.routing_exception, NotFound):
            return None
        if not _leads_somewhere(app, path.rstrip("/")):
            return None
        query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
        return redirect(quote(path.rstrip("/")) + query, 301)


def _leads_somewhere(app: Flask, path: str) -> bool:
    if not path.startswith("/") or path.startswith("//"):
        return False
    try:
        app.create_url_adapter(request).match(path, method="GET")  # type: ignore[union-attr]
    except RequestRedirect:
        return True
    except HTTPException:
        return False
    return True


def _not_found(_error: NotFound) -> Response:
    return make_response(render_template("public/not_found.html"), 404)


def _wrong_method(error: MethodNotAllowed) -> BaseResponse | HTTPException:
    return error if is_inner(request.path) else not_taken(error)


def failed() -> Response:
    """Answer after a bug of ours in the site's own words, which say nothing of it."""
    return make_response(render_template("public/unavailable.html"), 500)


def not_taken(error: HTTPException) -> BaseResponse | HTTPException:
    """Answer to what a page doesn't take (a method, a length, a stranger's form) in the site's own words."""
    if error.code is None or not 400 <= error.code < 500:  # noqa: PLR2004 - the client's errors; the rest goes on
        return error
    response = make_response(render_template("public/not_taken.html"), error.code)
    response.headers.extend((name, value) for name, value in error.get_headers() if name != "Content-Type")
    return response


def without_database() -> Response:
    """Answer that a page can't be shown now: the published page for that, or the same one made here."""
    published = unavailable_page(request.environ)
    response = make_response(render_template("public/unavailable.html") if published is None else published, 503)
    response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response


def _bug(_error: InternalServerError) -> Response:
    return failed()


def _log_bug(exc_info: Any) -> None:
    """Log a bug with its endpoint; Flask would name the path, in which a link's token may stand."""
    log.error("page_failed", exc_info=exc_info, extra={"endpoint": request.endpoint})


def _database_gone(error: SQLAlchemyError) -> Response:
    log.error("page_without_database", extra={"endpoint": request.endpoint, "error": type(error).__name__})
    return without_database()
