"""A customer's private page, events and feeds: read by whoever holds the token in the address, kept by nobody.

    /c/{token} ─▶ customer ─▶ Audience ─▶ the same queries and feeds as the public's

The token is told to nobody (no Referer), and never logged. One that is not known, was revoked, or is of a customer who
left answers as an address that never was.
"""

from __future__ import annotations

import logging

from flask import Blueprint, Response
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from status.web import errors

log = logging.getLogger(__name__)


def blueprint() -> Blueprint:
    """Make the blueprint. The feeds' and the public pages' stand before it: it uses their converters."""
    from status.web.customers import own

    customers = Blueprint("customers", __name__, url_prefix="/c")
    own.register(customers)
    customers.register_error_handler(HTTPException, errors.not_taken)
    customers.register_error_handler(SQLAlchemyError, _database_gone)
    customers.register_error_handler(Exception, _bug)
    customers.after_request(_private)
    return customers


def _private(response: Response) -> Response:
    response.headers.setdefault("Cache-Control", "private, no-store")
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _database_gone(error: SQLAlchemyError) -> Response:
    """Answer without the words of the error and of the address, which are told to nobody."""
    log.error("customer_page_without_database", extra={"error": type(error).__name__})
    return errors.without_database()


def _bug(error: Exception) -> Response:
    log.error("customer_page_failed", exc_info=error)
    return errors.failed()
