"""Signing in: name and password, then the second factor on a page of its own; signing out.

sign_in ─ password right ─▶ a sealed pass for 5 minutes in the form ─▶ code ─ right ─▶ session, next page
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final

from flask import Blueprint, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from status.domain.permissions import Deed
from status.domain.refused import Refused
from status.log import fields
from status.models import Account
from status.models.engine import reading, writing
from status.services import accounts, actors, passwords, sealing, second_factor, sessions, signing_in
from status.services.sessions import hash_of
from status.services.signing_in import TooFast
from status.web.desk import door
from status.web.desk.account_words import say
from status.web.desk.gate import allowed, for_everybody, never_kept, present, runtime_of_app, signed_in
from status.web.language import gettext as _

log = logging.getLogger(__name__)

PASS_LASTS: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Pass:
    """What one shows who has given the right password: for that account with that password, in this browser."""

    account_uid: str
    password: str
    browser: str
    next: str

    @classmethod
    def of(cls, account: Account) -> Pass:
        """Make the pass of an account whose password was right just now."""
        next_ = door.local_path(request.values.get("next", ""))
        return cls(account.uid, hash_of(account.password_hash)[:32], hash_of(door.form_token())[:32], next_)


def install(desk: Blueprint) -> None:
    """Add the views."""
    desk.add_url_rule("/sign-in", "sign_in", show)
    desk.add_url_rule("/sign-in", "sign_in_password", take_password, methods=["POST"])
    desk.add_url_rule("/sign-in/code", "sign_in_code", take_code, methods=["POST"])
    desk.add_url_rule("/sign-out", "sign_out", sign_out, methods=["POST"])


@for_everybody
def show() -> Response:
    """Show the form."""
    return _password_page("", 200)


@never_kept
@for_everybody
def take_password() -> Response:
    """Check name and password; the same answer, after the same time, for an unknown name and a wrong password."""
    door.require_form_token()
    runtime, name, typed = runtime_of_app(), request.form.get("name", ""), request.form.get("password", "")
    try:
        number, account = _begin(name)
    except TooFast as slow:
        return _slow(slow, _password_page)
    stored = account.password_hash if account is not None and account.disabled_at is None else ""
    if not passwords.is_right(stored, typed) or account is None:
        _log_failure("password", account)
        return _password_page(_("The name or the password is wrong."), 403)
    fresh = passwords.again(typed) if passwords.is_outdated(stored) else stored
    with writing(runtime.sessions) as session:
        signing_in.forget_try(session, number)
        account = accounts.of_uid(session, account.uid)
        account.password_hash = fresh
    if account.totp_confirmed_at is None:
        unfinished = _("This account has no second factor yet: finish with your link, or ask an admin for a new one.")
        return _password_page(unfinished, 403)
    return _code_page(sealing.seal(runtime.places.data, json.dumps(asdict(Pass.of(account))), present()))


@never_kept
@for_everybody
def take_code() -> Response:
    """Check the second factor and let the person in."""
    door.require_form_token()
    sealed = request.form.get("pass", "")
    try:
        account, shown = _of_pass(sealed)
        number, _same = _begin(account.name)
    except TooFast as slow:
        return _slow(slow, lambda why, status: _code_page(sealed, why, status))
    except Refused:
        return _password_page(_("That took too long: type your name and password again."), 403)
    if not _is_right_code(account, request.form.get("code", "")):
        _log_failure("code", account)
        why = _("This code does not fit. Type the one your phone shows now; each works once.")
        return _code_page(sealed, why, 403)
    with writing(runtime_of_app().sessions) as session:
        signing_in.succeeded(session, number)
    log.info("signed_in", extra=fields(account=account.name, address=request.remote_addr))
    return door.enter(account, redirect(door.local_path(shown.next), 303))


@never_kept
@allowed(Deed.READ)
def sign_out() -> Response:
    """End the session, on the server too."""
    with writing(runtime_of_app().sessions) as session:
        sessions.sign_out(session, signed_in().session_uid, present())
    log.info("signed_out", extra=fields(account=signed_in().person.name))
    return door.leave(redirect(url_for("desk.sign_in", out=1), 303))


def _begin(name: str) -> tuple[int, Account | None]:
    """Count the try and find the account. Raise TooFast."""
    with writing(runtime_of_app().sessions) as session:
        number = signing_in.begin(session, name, request.remote_addr or "", present(), door.pace())
        return number, accounts.by_name(session, name)


def _of_pass(sealed: str) -> tuple[Account, Pass]:
    """Give whose pass this is. Raise Refused when it ran out, is another browser's, or the password changed since."""
    runtime = runtime_of_app()
    shown = Pass(**json.loads(sealing.opened(runtime.places.data, sealed, present(), PASS_LASTS)))
    with reading(runtime.sessions) as session:
        account = accounts.of_uid(session, shown.account_uid)
    same = (hash_of(account.password_hash)[:32], hash_of(door.form_token())[:32]) == (shown.password, shown.browser)
    if account.disabled_at is not None or not same:
        raise Refused("pass", "the pass is another browser's, or the account changed")
    return account, shown


def _is_right_code(account: Account, code: str) -> bool:
    runtime, now = runtime_of_app(), present()
    if not second_factor.looks_like_recovery_code(code):
        with writing(runtime.sessions) as session:
            mine = accounts.of_uid(session, account.uid)
            return _use_code(session, mine, code, now)
    wanted = second_factor.recovery_hash(account.uid, code)
    with writing(runtime.sessions) as session:
        mine = accounts.of_uid(session, account.uid)
        author = actors.of_account(session, mine.uid, mine.name)
        return second_factor.use_recovery_code(session, mine, wanted, author, now)


def _use_code(session: Session, account: Account, code: str, now: datetime) -> bool:
    try:
        return second_factor.use_code(session, account, code, runtime_of_app().places.data, now)
    except Refused as refused:
        log.error("second_factor_unreadable", extra=fields(account=account.name, why=refused.message))  # noqa: TRY400
        return False


def _log_failure(what: str, account: Account | None) -> None:
    known = account.name if account is not None else ""
    log.warning("sign_in_failed", extra=fields(step=what, account=known, address=request.remote_addr))


def _slow(slow: TooFast, page: Callable[[str, int], Response]) -> Response:
    log.warning("sign_in_slowed", extra=fields(address=request.remote_addr, wait_s=slow.wait_s))
    answer = page(say(slow), 429)
    answer.headers["Retry-After"] = str(slow.wait_s)
    return answer


def _password_page(why: str, status: int) -> Response:
    next_ = door.local_path(request.values.get("next", ""))
    name = request.form.get("name", "")
    return door.door_page("desk/sign_in.html", status, why=why, next=next_, name=name, out="out" in request.args)


def _code_page(sealed: str, why: str = "", status: int = 200) -> Response:
    return door.door_page("desk/sign_in_code.html", status, why=why, sealed=sealed)
