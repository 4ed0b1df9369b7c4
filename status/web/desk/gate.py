"""Who is at the desk's door: each request is let through by its session, its role and its form's token, or not at all.

    before each request ─▶ host and address ─▶ session ─▶ the view's deed ─▶ for a POST: origin and token ─▶ view

A view without `allowed` or `for_everybody` answers nobody: forgetting one closes, never opens.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from flask import Blueprint, abort, current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response

from status.clock import utc
from status.domain.permissions import Deed, Person
from status.domain.refused import Refused
from status.models import Account
from status.models.engine import reading, writing
from status.runtime import Runtime
from status.services import sessions
from status.web.loopback import is_loopback_request
from status.web.scope import EXTENSION

View = TypeVar("View", bound=Callable[..., Any])

DEED: Final = "travaux_deed"
FORM_TOKEN: Final = "csrf"  # noqa: S105 - a field's name
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The session of this request. `ends_at` is when it runs out unless it is used again."""

    person: Person
    session_uid: str
    csrf: str
    ends_at: datetime
    cookie: str


def allowed(deed: Deed) -> Callable[[View], View]:
    """Let a view be used by those who may do this deed."""

    def mark(view: View) -> View:
        setattr(view, DEED, deed)
        return view

    return mark


def for_everybody(view: View) -> View:
    """Let a view be used without a session: signing in, links by mail. It sees to its own tokens."""
    setattr(view, DEED, None)
    return view


def signed_in() -> SignedIn:
    """Give this request's session. Only behind `allowed`."""
    found: SignedIn = g.signed_in
    return found


def person() -> Person:
    """Give who asks. Only behind `allowed`."""
    return signed_in().person


def runtime_of_app() -> Runtime:
    """Give the runtime."""
    runtime: Runtime = current_app.extensions[EXTENSION]
    return runtime


def present() -> datetime:
    """Give the present of this process's clock."""
    return utc(runtime_of_app().clock().wall)


def limits() -> sessions.Limits:
    """Give how long sessions last."""
    desk = runtime_of_app().settings.desk
    return sessions.Limits(timedelta(seconds=desk.idle_s), timedelta(seconds=desk.absolute_s))


def cookie_name() -> str:
    """Give the session cookie's name: with the `__Host-` prefix over HTTPS, which plain HTTP can't carry."""
    return "__Host-travaux" if request.is_secure else "travaux"


def person_of(account: Account) -> Person:
    """Give the person an account is at the desk."""
    return Person(account.uid, account.name, account.role, account.language, frozenset(account.areas))


def install(blueprint: Blueprint) -> None:
    """Guard every view of a blueprint."""
    blueprint.before_request(_check)
    blueprint.after_request(_private)


def _check() -> Response | None:
    view = current_app.view_functions[request.endpoint or ""]
    if not hasattr(view, DEED):
        abort(403)
    if not request.is_secure and not is_loopback_request():
        return redirect(url_for("desk.plain_http"), 303) if request.endpoint != "desk.plain_http" else None
    if request.method not in SAFE and not _same_origin():
        abort(403)
    deed: Deed | None = getattr(view, DEED)
    return None if deed is None else _with_session(deed)


def _with_session(deed: Deed) -> Response | None:
    found = _session()
    if found is None:
        return redirect(url_for("desk.sign_in", next=request.full_path.rstrip("?")), 303)
    g.signed_in = found
    if request.method not in SAFE and not hmac.compare_digest(request.form.get(FORM_TOKEN, ""), found.csrf):
        abort(403)
    try:
        found.person.require(deed)
    except Refused:
        abort(403)
    return None


def _session() -> SignedIn | None:
    cookie = request.cookies.get(cookie_name(), "")
    if not cookie:
        return None
    runtime, now = runtime_of_app(), present()
    with reading(runtime.sessions) as session:
        found = sessions.find(session, cookie, now, limits())
        if found is None or not found.live:
            return None
        due = sessions.is_due(found.row, now)
        signed = SignedIn(person_of(found.account), found.row.uid, found.row.csrf, found.ends_at, cookie)
    if due:
        with writing(runtime.sessions) as session:
            sessions.note_seen(session, cookie, now)
    return signed


def _same_origin() -> bool:
    """Whether a POST comes from a page of ours, by what browsers say; one that says nothing is judged by its token."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site != "same-origin":
        return False
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host


def _private(response: Response) -> Response:
    """Let nothing of the desk be kept, and no address of it be told elsewhere."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    return response
