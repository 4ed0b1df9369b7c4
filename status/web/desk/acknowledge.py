"""`/a/{token}`: one button, without signing in, by which one person acknowledges one event.

Looking changes nothing. The link stands in the address: it is told to nobody (no Referer) and never logged here.
"""

from __future__ import annotations

import logging

from flask import Blueprint, g
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from status.domain.refused import Refused
from status.models.engine import reading, writing
from status.services import acknowledging
from status.services.acknowledging import Asked
from status.web import errors
from status.web.desk import door, gate
from status.web.desk.gate import for_everybody, present, runtime_of_app
from status.web.language import gettext as _

log = logging.getLogger(__name__)


def blueprint() -> Blueprint:
    """Make the blueprint, its one page under `/a`."""
    acknowledge = Blueprint("acknowledge", __name__, url_prefix="/a")
    gate.install(acknowledge)
    acknowledge.add_url_rule("/<token>", "show", show)
    acknowledge.add_url_rule("/<token>", "press", press, methods=["POST"])
    acknowledge.register_error_handler(HTTPException, errors.not_taken)
    acknowledge.register_error_handler(SQLAlchemyError, _database_gone)
    acknowledge.register_error_handler(Exception, _bug)
    return acknowledge


@for_everybody
def show(token: str) -> Response:
    """Show the event and the button."""
    try:
        with reading(runtime_of_app().sessions) as session:
            return _page(acknowledging.find(session, token, present()), pressed=False)
    except Refused as refused:
        return _gone(refused)


@for_everybody
def press(token: str) -> Response:
    """Acknowledge; a second press says who has. Without this browser's cookie the button is shown again."""
    try:
        if not door.has_form_token():
            with reading(runtime_of_app().sessions) as session:
                return _page(acknowledging.find(session, token, present()), pressed=False, again=True)
        with writing(runtime_of_app().sessions) as session:
            asked = acknowledging.press(session, token, present())
        return _page(asked, pressed=True)
    except Refused as refused:
        return _gone(refused)


def _page(asked: Asked, *, pressed: bool, again: bool = False) -> Response:
    if asked.account.language in runtime_of_app().settings.site.languages:
        g.language = asked.account.language
    return door.door_page(
        "desk/acknowledge.html", 403 if again else 200, again=again, pressed=pressed,
        event=asked.event, person=asked.account.display_name,
        by=asked.by.name.partition(":")[2] or asked.by.name if asked.by else "",
        mine=asked.by is not None and asked.by.account_uid == asked.account.uid,
    )  # fmt: skip


def _gone(refused: Refused) -> Response:
    reasons = {
        "link_unknown": _("This link is not known. Was it copied whole?"),
        "link_expired": _("This link has run out, an hour after it was made."),
        "forbidden": _("Your role does not allow this."),
        "not_open": _("The event is withdrawn, merged or closed: nothing can be added to it."),
        "area": _("This touches components outside your areas."),
    }
    return door.door_page("desk/acknowledge_gone.html", 404, why=reasons.get(refused.reason, refused.message))


def _database_gone(error: SQLAlchemyError) -> Response:
    """Answer without the words of the error and of the address, which are told to nobody."""
    log.error("acknowledge_without_database", extra={"error": type(error).__name__})
    return errors.without_database()


def _bug(error: Exception) -> Response:
    log.error("acknowledge_failed", exc_info=error)
    return errors.failed()
