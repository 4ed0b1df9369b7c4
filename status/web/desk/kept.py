"""What a person posted after his session had run out: filled in again on its page, or shown on one of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from flask import Blueprint, abort, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from status.domain.permissions import Deed
from status.models.engine import reading, writing
from status.services import kept_forms
from status.web.desk.forms import SAFE
from status.web.desk.gate import allowed, asking, person, present, runtime_of_app
from status.web.desk.page import page

TAKEN: Final = frozenset({302, 303})
"""What a form that did its work answers with; one that is shown again answers otherwise."""


def install(desk: Blueprint) -> None:
    """Add the page of a form whose address has none, and have sent forms forgotten."""
    desk.add_url_rule("/kept/<uid>", "kept", show)
    desk.after_request(_sent)


def kept_form(path: str) -> Mapping[str, str] | None:
    """Give the form this person last posted to a path after his session's end, as a MultiDict; None for none.

    It is given until a form is posted there, or until `[desk] keep_form_s` is over.
    """
    with reading(runtime_of_app().sessions) as session:
        rows = kept_forms.waiting(session, person().account_uid, _since(), path=path)
    return MultiDict(rows[0].data) if rows else None


@allowed(Deed.READ)
def show(uid: str) -> str:
    """Show what was kept, with a button that sends it as it is to where it was meant for."""
    with reading(runtime_of_app().sessions) as session:
        rows = kept_forms.waiting(session, person().account_uid, _since(), uid=uid)
    if not rows:
        abort(404)
    return page("desk/kept.html", kept=rows[0])


def _since() -> datetime:
    return present() - timedelta(seconds=runtime_of_app().settings.desk.keep_form_s)


def _sent(response: Response) -> Response:
    """After a form was taken, forget what was kept of it."""
    signed = asking()
    if signed is None or request.method in SAFE or response.status_code not in TAKEN:
        return response
    uid, path = signed.person.account_uid, request.path
    with reading(runtime_of_app().sessions) as session:
        rows = kept_forms.waiting(session, uid, _since(), path=path)
    if rows:
        with writing(runtime_of_app().sessions) as session:
            kept_forms.take(session, uid, path, present())
    return response
