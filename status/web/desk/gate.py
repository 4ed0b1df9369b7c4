"""Who is at the desk's door: each request is let through by its session, its role and its form's token, or not at all.

    before each request ─▶ host and address ─▶ session ─▶ the view's deed ─▶ for a POST: origin and token ─▶ view

A view without `allowed` or `for_everybody` answers nobody: forgetting one closes, never opens.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NoReturn, TypeVar
from urllib.parse import urlsplit

from flask import Blueprint, abort, current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response

from status.clock import utc
from status.domain.permissions import Deed, Person
from status.domain.refused import Refused
from status.log import fields
from status.models import Account
from status.models.engine import reading, writing
from status.runtime import Runtime
from status.services import sessions
from status.web.desk.forms import FORM_TOKEN, NUL, SAFE, UNKEPT, here, keep_late
from status.web.loopback import is_loopback_request
from status.web.scope import EXTENSION

log = logging.getLogger(__name__)

View = TypeVar("View", bound=Callable[..., Any])

DEED: Final = "travaux_deed"
POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""The desk has one script of its own: the warning before the session's end."""


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


def never_kept(view: View) -> View:
    """Never keep a form of this view that comes after the session's end: it carries passwords or codes."""
    setattr(view, UNKEPT, True)
    return view


def signed_in() -> SignedIn:
    """Give this request's session. Only behind `allowed`."""
    found: SignedIn = g.signed_in
    return found


def asking() -> SignedIn | None:
    """Give this request's session; None where nobody is signed in."""
    found: SignedIn | None = g.get("signed_in")
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
    blueprint.context_processor(_in_templates)
    blueprint.after_request(_private)


def _in_templates() -> dict[str, object]:
    """Give the desk's templates the form's token and the session's end."""
    found = asking()
    if found is None:
        return {}
    return {
        FORM_TOKEN: found.csrf, "me": found.person, "session_ends_at": found.ends_at,
        "warn_s": runtime_of_app().settings.desk.warn_s,
    }  # fmt: skip


def _check() -> Response | None:
    if NUL in request.path or any(NUL in value for values in request.args.listvalues() for value in values):
        abort(404)  # no name of ours has one, and PostgreSQL takes none
    view = current_app.view_functions[request.endpoint or ""]
    if not hasattr(view, DEED):
        _refuse("no_deed")
    if not request.is_secure and not is_loopback_request():
        return redirect(url_for("desk.plain_http"), 303) if request.endpoint != "desk.plain_http" else None
    if request.method not in SAFE and not _same_origin():
        _refuse("foreign_origin")
    deed: Deed | None = getattr(view, DEED)
    return None if deed is None else _with_session(deed)


def _with_session(deed: Deed) -> Response | None:
    found = _session()
    if found is None or not found.live:
        return redirect(url_for("desk.sign_in", next=_kept(found) or here()), 303)
    g.signed_in = signed = _signed_in(found)
    _speak(signed.person.language)
    if request.method not in SAFE and not is_token(signed.csrf):
        _refuse("form_token", signed.person)
    try:
        signed.person.require(deed)
    except Refused as refused:
        _refuse(refused.reason, signed.person)
    return None


def is_token(expected: str) -> bool:
    """Whether the form carries this token."""
    given = request.form.get(FORM_TOKEN, "")
    return bool(expected) and hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())


def _refuse(why: str, who: Person | None = None) -> NoReturn:
    log.warning(
        "desk_refused",
        extra=fields(why=why, account=who.name if who else "", endpoint=request.endpoint, address=request.remote_addr),
    )
    abort(403)


def _session() -> sessions.Found | None:
    """Find the session of the request's cookie, live or not; a live one is noted as seen."""
    cookie = request.cookies.get(cookie_name(), "")
    if not cookie:
        return None
    runtime, now = runtime_of_app(), present()
    with reading(runtime.sessions) as session:
        found = sessions.find(session, cookie, now, limits())
    if found is not None and found.live and sessions.is_due(found.row, now):
        with writing(runtime.sessions) as session:
            sessions.note_seen(session, cookie, now)
            return sessions.find(session, cookie, now, limits())
    return found


def _signed_in(found: sessions.Found) -> SignedIn:
    row = found.row
    return SignedIn(person_of(found.account), row.uid, row.csrf, found.ends_at, request.cookies[cookie_name()])


def _speak(language: str) -> None:
    """Speak the person's language where the site has it."""
    if language in runtime_of_app().settings.site.languages:
        g.language = language


def _kept(found: sessions.Found | None) -> str:
    runtime, now = runtime_of_app(), present()
    return keep_late(runtime.sessions, found, now, timedelta(seconds=runtime.settings.desk.keep_form_s))


def _same_origin() -> bool:
    """Whether a POST comes from a page of ours, by what browsers say; one that says nothing is judged by its token."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"  # a page that tells no referrer posts with the origin "null"
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host


def _private(response: Response) -> Response:
    """Let nothing of the desk be kept, and no address of it be told elsewhere; let its own script run."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    return response
