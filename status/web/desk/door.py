"""What the pages before the sign-in share: cookies, a form's token without session, where one goes on."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Final
from urllib.parse import unquote, urlsplit

from flask import abort, g, make_response, render_template, request
from werkzeug.wrappers import Response

from status.models import Account
from status.models.engine import writing
from status.services import accounts, sessions
from status.services.signing_in import Pace
from status.web.desk.forms import HOME
from status.web.desk.gate import cookie_name, is_token, present, runtime_of_app

TOKEN_BYTES: Final = 24
TOKEN_LENGTH: Final = 32


def form_token() -> str:
    """Give the token for a form without session: the browser's cookie must say the same (`door_page` sets it)."""
    if "form_token" not in g:
        known = request.cookies.get(_form_cookie(), "")
        g.form_token = known if len(known) == TOKEN_LENGTH else secrets.token_urlsafe(TOKEN_BYTES)
    token: str = g.form_token
    return token


def require_form_token() -> None:
    """Answer 403 unless the form carries the token of this browser's cookie (double submit; `__Host-` over HTTPS)."""
    if not has_form_token():
        abort(403)


def has_form_token() -> bool:
    """Whether the form carries the token of this browser's cookie."""
    return is_token(request.cookies.get(_form_cookie(), ""))


def door_page(template: str, status: int = 200, **values: object) -> Response:
    """Render a page for somebody without session; its forms carry `csrf`, the answer its cookie."""
    _speak()
    answer = make_response(render_template(template, csrf=form_token(), **values), status)
    _set(answer, _form_cookie(), form_token())
    return answer


def enter(account: Account, response: Response) -> Response:
    """Begin a session in this browser, under a new identifier, and end the one it had."""
    runtime, now, before = runtime_of_app(), present(), request.cookies.get(cookie_name(), "")
    with writing(runtime.sessions) as session:
        mine = accounts.of_uid(session, account.uid)
        old = sessions.row_of(session, before) if before else None
        if old is not None:
            sessions.end(old, sessions.SIGNED_OUT, now)
        agent = request.headers.get("User-Agent", "")
        cookie = sessions.begin(session, mine, now, address=request.remote_addr or "", browser=agent)
    _set(response, cookie_name(), cookie)
    return response


def leave(response: Response) -> Response:
    """Take the session's cookie from the browser."""
    response.delete_cookie(cookie_name(), path="/", secure=request.is_secure, httponly=True, samesite="Lax")
    return response


def local_path(text: str) -> str:
    """Give a path of the desk to go on to; the overview for anything else: other hosts, schemes, tricks."""
    plain = unquote(text)
    parts = urlsplit(text)
    is_desk = parts.path == HOME or parts.path.startswith(f"{HOME}/")
    tricky = "\\" in plain or "//" in plain or ".." in plain or not plain.isprintable()
    return HOME if parts.scheme or parts.netloc or tricky or not is_desk else text


def pace() -> Pace:
    """Give how fast somebody may try to sign in."""
    desk = runtime_of_app().settings.desk
    return Pace(
        desk.sign_in_tries, desk.sign_in_address_tries, timedelta(seconds=desk.sign_in_window_s),
        timedelta(seconds=desk.sign_in_wait_s), timedelta(seconds=desk.sign_in_wait_most_s),
        timedelta(days=desk.sign_in_known_days),
    )  # fmt: skip


def _form_cookie() -> str:
    return f"{cookie_name()}-form"


def _set(response: Response, name: str, value: str) -> None:
    response.set_cookie(name, value, path="/", secure=request.is_secure, httponly=True, samesite="Lax")


def _speak() -> None:
    """Speak the language of `?lang=`, where the site has it."""
    asked = request.args.get("lang", "")
    if asked in runtime_of_app().settings.site.languages:
        g.language = asked
