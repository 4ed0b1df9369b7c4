"""What every form of the desk has, and what becomes of one that comes after its session's end."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from flask import current_app, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from status.models.engine import Sessions, writing
from status.services import kept_forms, sessions

FORM_TOKEN: Final = "csrf"  # noqa: S105 - a field's name
UNKEPT: Final = "travaux_unkept"
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
HOME: Final = "/desk"
NUL: Final = "\x00"


def keep_late(made: Sessions, found: sessions.Found | None, now: datetime, keep_for: timedelta) -> str:
    """Keep the form of a session that ran out; give where it is filled in again, '' when nothing was kept."""
    given = request.form.get(FORM_TOKEN, "") if request.method not in SAFE else ""
    if found is None or not kept_forms.may_keep(found, given, now, keep_for):
        return ""
    with writing(made) as session:
        if request.endpoint == "desk.sign_out":
            sessions.sign_out(session, found.row.uid, now)
            return HOME
        if hasattr(current_app.view_functions[request.endpoint or ""], UNKEPT):
            return ""
        kept = kept_forms.keep(session, found.account.uid, request.path, _values(), now)
    return request.path if _is_page(request.path) else url_for("desk.kept", uid=kept.uid)


def here() -> str:
    """Give where to go on after signing in: this page; for a form without a page, the overview."""
    return request.full_path.rstrip("?") if request.method in SAFE or _is_page(request.path) else HOME


def _values() -> dict[str, list[str]]:
    given = ((name, each) for name, each in request.form.lists() if name != FORM_TOKEN and NUL not in name)
    return {name: [value.replace(NUL, "") for value in each] for name, each in given}


def _is_page(path: str) -> bool:
    try:
        current_app.create_url_adapter(request).match(path, method="GET")  # type: ignore[union-attr]
    except (HTTPException, RequestRedirect):
        return False
    return True
