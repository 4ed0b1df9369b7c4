"""A one-time link's pages: choose a password, then set up the second factor, then keep the recovery codes.

    link ─▶ password (and, for the first account, a name) ─▶ QR code, confirmed by a code ─▶ recovery codes, shown once

Looking at a link changes nothing; it is used up by its last step. In a demonstration it signs its lead in.
"""

from __future__ import annotations

import logging
from typing import Final

import segno
from flask import Blueprint, redirect, request, url_for
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from status.domain.permissions import Role
from status.domain.refused import Refused
from status.log import fields
from status.models import Account, OneTimeLink
from status.models.engine import reading, writing
from status.services import accounts, actors, one_time_links, passwords, sealing, second_factor, sessions
from status.services.one_time_links import DEMONSTRATION, SET_UP
from status.web.desk import door
from status.web.desk.account_words import say
from status.web.desk.forms import HOME
from status.web.desk.gate import for_everybody, never_kept, present, runtime_of_app
from status.web.language import language
from status.web.loopback import is_loopback_request

log = logging.getLogger(__name__)

QR_QUIET: Final = 2
"""Modules of white around the code; the box around it is white too (ISO/IEC 18004 asks for 4 in all)."""


def install(desk: Blueprint) -> None:
    """Add the views."""
    desk.add_url_rule("/link/<token>", "link", show)
    desk.add_url_rule("/link/<token>", "link_step", take, methods=["POST"])


@for_everybody
def show(token: str) -> Response:
    """Show the step this link has come to."""
    return _step_page(token, "", 200)


@never_kept
@for_everybody
def take(token: str) -> Response:
    """Take the step this link has come to."""
    door.require_form_token()
    try:
        link, account = _found(token)
        if link.purpose == DEMONSTRATION:
            return _enter_demonstration(link, account)
        if _wants_password(link, account):
            return _take_password(token, link, account)
        return _take_code(token, link, account)
    except Refused as refused:
        return _step_page(token, say(refused), 422)


def _found(token: str) -> tuple[OneTimeLink, Account | None]:
    """Find a link that can be used here, and its account. Raise Refused."""
    runtime = runtime_of_app()
    with reading(runtime.sessions) as session:
        link = one_time_links.find(session, token, present())
        account = accounts.of_uid(session, link.account_uid) if link.account_uid else None
    if account is not None and account.disabled_at is not None:
        raise Refused("link_unknown", "the account of this link is disabled")
    if link.purpose == DEMONSTRATION and not (runtime.settings.demo is not None and is_loopback_request()):
        raise Refused("link_unknown", "this link works in a demonstration, on the machine itself, alone")
    return link, account


def _step_page(token: str, why: str, status: int) -> Response:
    try:
        link, account = _found(token)
    except Refused as refused:
        return door.door_page("desk/link_gone.html", 404, why=say(refused))
    if link.purpose == DEMONSTRATION:
        return door.door_page("desk/link_demonstration.html", status, why=why)
    name = account.name if account else request.form.get("name", "")
    if account is None or _wants_password(link, account):
        shortest = passwords.SHORTEST
        return door.door_page(
            "desk/link_password.html", status, why=why, name=name, first=account is None, shortest=shortest
        )
    return _code_page(account, why, status)


def _code_page(account: Account, why: str, status: int) -> Response:
    """Show the secret, a new one at the first look; on a wrong code the same again."""
    data, now = runtime_of_app().places.data, present()
    sealed = request.form.get("secret", "")
    try:
        secret = sealing.opened(data, sealed, now, one_time_links.LASTS[SET_UP])
    except Refused:
        secret = second_factor.new_secret()
        sealed = sealing.seal(data, secret, now)
    address = second_factor.address_of(secret, account.name, runtime_of_app().settings.site.name)
    picture = segno.make(address, error="m").svg_inline(border=QR_QUIET, omitsize=True, svgclass="qr", lineclass=None)
    return door.door_page(
        "desk/link_code.html", status, why=why, name=account.name, sealed=sealed, address=address,
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        picture=Markup(picture),  # noqa: S704 - segno's own drawing of squares
    )  # fmt: skip


def _wants_password(link: OneTimeLink, account: Account | None) -> bool:
    return account is None or account.password_set_at is None or account.password_set_at < link.created_at


def _take_password(token: str, link: OneTimeLink, account: Account | None) -> Response:
    runtime, now, typed = runtime_of_app(), present(), request.form.get("password", "")
    name = account.name if account else accounts.fold(request.form.get("name", ""))
    if typed != request.form.get("again", ""):
        raise Refused("again", "the two passwords differ: type the same one twice")
    stored = passwords.hashed(typed, (name, runtime.settings.site.name, "travaux"))
    with writing(runtime.sessions) as session:
        row = one_time_links.find(session, token, now)
        mine = accounts.of_uid(session, row.account_uid) if row.account_uid else _first(session, row, name)
        accounts.set_password(session, mine, stored, actors.of_account(session, mine.uid, mine.name), now)
    log.info("password_set", extra=fields(account=name, by=link.purpose))
    return redirect(url_for("desk.link", token=token), 303)


def _first(session: Session, link: OneTimeLink, name: str) -> Account:
    """Make the first account: an admin; the link is his from now on. Raise Refused when there is one by now."""
    if accounts.is_any(session):
        raise Refused("link_used", "this link has done its work: ask for another one")
    author = actors.cli_user(session, "set-up")
    account = accounts.create(session, name, accounts.Details(Role.ADMIN, language()), author, present())
    link.account_uid = account.uid
    return account


def _take_code(token: str, link: OneTimeLink, account: Account | None) -> Response:
    assert account is not None, "a link without an account wants a password first"
    runtime, now = runtime_of_app(), present()
    secret = sealing.opened(runtime.places.data, request.form.get("secret", ""), now, one_time_links.LASTS[SET_UP])
    if second_factor.step_of(secret, request.form.get("code", ""), now) is None:
        raise Refused("code", "this code does not fit: type the one the app shows now")
    codes, hashes = second_factor.make_recovery_codes(account.uid)
    with writing(runtime.sessions) as session:
        one_time_links.take(session, one_time_links.find(session, token, now), now)
        mine = accounts.of_uid(session, account.uid)
        author = actors.of_account(session, mine.uid, mine.name)
        second_factor.confirm(session, mine, secret, request.form.get("code", ""), runtime.places.data, author, now)
        second_factor.keep_recovery_codes(session, mine, hashes, author, now)
        sessions.end_all(session, mine.uid, now)
    log.info("second_factor_set", extra=fields(account=account.name, by=link.purpose))
    return door.door_page("desk/link_done.html", codes=codes, name=account.name)


def _enter_demonstration(link: OneTimeLink, account: Account | None) -> Response:
    if account is None or not account.demonstration:
        raise Refused("link_unknown", "this link has nobody to sign in")
    with writing(runtime_of_app().sessions) as session:
        one_time_links.take(session, link, present())
    log.info("signed_in", extra=fields(account=account.name, address=request.remote_addr, demonstration=True))
    return door.enter(account, redirect(HOME, 303))
