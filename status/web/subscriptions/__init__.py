"""Where people ask to be told, say yes, change what they are told, and stop (docs/subscriptions.md).

    /{lang}/subscribe ─▶ a mail with a link ─▶ /s/{token}/confirm ─▶ /s/{token}: change it all ─▶ /s/{token}/stop

Looking changes nothing, so that a program that follows links of mails says neither yes nor stop. The token stands in
the address: it is told to nobody (no Referer), and never logged.
"""

from __future__ import annotations

import logging

from flask import Blueprint, Response
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from status.web import errors

log = logging.getLogger(__name__)

FORM_BYTES = 100_000


def blueprint() -> Blueprint:
    """Make the blueprint."""
    from status.web.subscriptions import asking, own
    from status.web.subscriptions.followed import followed

    subscriptions = Blueprint("subscriptions", __name__)
    asking.register(subscriptions)
    own.register(subscriptions)
    subscriptions.register_error_handler(HTTPException, errors.not_taken)
    subscriptions.register_error_handler(SQLAlchemyError, _database_gone)
    subscriptions.register_error_handler(Exception, _bug)
    subscriptions.context_processor(lambda: {"followed": followed})
    subscriptions.after_request(_private)
    return subscriptions


def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _database_gone(error: SQLAlchemyError) -> Response:
    """Answer without the words of the error and of the address, which are told to nobody."""
    log.error("subscriptions_without_database", extra={"error": type(error).__name__})
    return errors.without_database()


def _bug(error: Exception) -> Response:
    log.error("subscription_failed", exc_info=error)
    return errors.failed()
