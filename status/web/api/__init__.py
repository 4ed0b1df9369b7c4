"""`/api/v1`: what the desk does, for programs. Every route stands in `table.ROUTES`; rules are made from it alone."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

from flask import Blueprint, Flask, Response, current_app, request
from flask.blueprints import BlueprintSetupState
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule

from status.config.model import Api
from status.runtime import Runtime
from status.web.api.answering import answer
from status.web.api.limiting import Limiter
from status.web.api.problems import Problem
from status.web.api.route import PREFIX, Route
from status.web.api.table import by_rule
from status.web.scope import EXTENSION

log = logging.getLogger(__name__)

RETRY_S: Final = 5


def blueprint(settings: Api) -> Blueprint:
    """Make the blueprint of one worker, with its rate limits."""
    api = Blueprint("api", __name__)
    limiter = Limiter(settings.address_minute, settings.token_minute)
    api.record(lambda state: _add_rules(state, limiter))
    api.after_request(_private)
    api.register_error_handler(HTTPException, _unreadable)
    api.register_error_handler(SQLAlchemyError, _database_gone)
    api.register_error_handler(Exception, _bug)
    return api


def _add_rules(state: BlueprintSetupState, limiter: Limiter) -> None:
    """Give each path one rule for every method: which are answered stands in the table, the others get 405."""
    rules: dict[str, tuple[Route, ...]] = {**by_rule(), PREFIX: (), f"{PREFIX}/<path:rest>": ()}
    assert isinstance(state.app, Flask)
    for number, (rule, routes) in enumerate(rules.items()):
        _add_rule(state.app, f"api.path{number}", rule, routes, limiter)


def _add_rule(app: Flask, endpoint: str, rule: str, routes: Sequence[Route], limiter: Limiter) -> None:
    def view(**path: str) -> Response:
        runtime: Runtime = current_app.extensions[EXTENSION]
        return answer(runtime, limiter, routes, path)

    app.url_map.add(Rule(rule, endpoint=endpoint, methods=None, merge_slashes=False))
    app.view_functions[endpoint] = view


def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


def _unreadable(error: HTTPException) -> Response:
    return Problem(error.code or 500, "request", error.description or "this request can't be read").response()


def _database_gone(error: SQLAlchemyError) -> Response:
    log.error("api_without_database", extra={"route": _route(), "error": type(error).__name__})
    detail = "the database does not answer: try again, with the same Idempotency-Key"
    return Problem(503, "unavailable", detail, headers={"Retry-After": str(RETRY_S)}).response()


def _route() -> str:
    """Give the rule of this request; its path is the caller's own words, in which a secret may stand."""
    return request.url_rule.rule if request.url_rule is not None else ""


def _bug(error: Exception) -> Response:
    log.error("api_failed", exc_info=error, extra={"route": _route()})
    return Problem(500, "failed", "this is a fault of ours; it is in the log").response()
