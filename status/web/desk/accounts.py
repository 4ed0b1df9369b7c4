"""Accounts, for admins: the list, a new one with its invitation, and one person's role, areas, sessions and links."""

from __future__ import annotations

import logging

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from status.domain.permissions import Deed, Role
from status.domain.refused import Refused
from status.domain.states import AREAS
from status.log import fields
from status.models import Account
from status.models.engine import reading
from status.services import accounts, one_time_links, sessions
from status.services.accounts import Details
from status.web.desk import gate
from status.web.desk.account_words import say
from status.web.desk.deeds import Doing, deed
from status.web.desk.filled import Filled, Wrong
from status.web.desk.gate import allowed, person, present, runtime_of_app
from status.web.desk.kept import kept_form
from status.web.desk.page import page

log = logging.getLogger(__name__)


def install(desk: Blueprint) -> None:
    """Add the views."""
    desk.add_url_rule("/accounts", "accounts", show)
    desk.add_url_rule("/accounts", "add_account", add, methods=["POST"])
    desk.add_url_rule("/accounts/<uid>", "account", show_one)
    desk.add_url_rule("/accounts/<uid>", "change_account", change, methods=["POST"])


@allowed(Deed.ADMINISTER)
def show() -> tuple[str, int]:
    """List the accounts, with the form for a new one."""
    return _render_all(Filled.from_values(kept_form(request.path) or {"role": Role.RESPONDER.value}))


@allowed(Deed.ADMINISTER)
def add() -> tuple[str, int]:
    """Make an account and show its invitation, this once."""
    form = Filled.from_request()
    try:
        with deed() as doing:
            account = accounts.create(doing.session, form.get("name"), _details(form), doing.author, doing.now)
            token = one_time_links.make(doing.session, one_time_links.INVITE, account, doing.author, doing.now)
    except Refused as refused:
        form.errors.append(Wrong(refused.reason.removesuffix("_taken"), say(refused)))
        return _render_all(form)
    log.info("account_created", extra=fields(account=account.name, by=person().name))
    return _render_one(account.uid, Filled.from_values({}), token)


@allowed(Deed.ADMINISTER)
def show_one(uid: str) -> tuple[str, int] | Response:
    """Show one account."""
    return _render_one(uid, Filled.from_values(kept_form(request.path) or {}))


@allowed(Deed.ADMINISTER)
def change(uid: str) -> tuple[str, int] | Response:
    """Do one thing to an account: change, disable, enable, end its sessions, or make a link to begin anew."""
    form, token = Filled.from_request(), ""
    try:
        with deed() as doing:
            token = _do(doing, accounts.of_uid(doing.session, uid), form)
    except Refused as refused:
        form.errors.append(Wrong(refused.reason, say(refused)))
        return _render_one(uid, form)
    log.info("account_changed", extra=fields(account=uid, did=form.get("do")[:20], by=person().name))
    return _render_one(uid, Filled.from_values({}), token) if token else redirect(url_for("desk.account", uid=uid), 303)


def _do(doing: Doing, account: Account, form: Filled) -> str:
    """Do what the pressed button says; give the token of the link made, '' where none is."""
    match form.get("do"):
        case "change":
            details, version = _details(form), form.number("version")
            accounts.change(doing.session, account, details, doing.author, doing.now, version=version)
        case "disable":
            accounts.disable(doing.session, account, doing.author, doing.now)
        case "enable":
            accounts.enable(doing.session, account, doing.author, doing.now)
        case "sessions":
            accounts.end_sessions(doing.session, account, doing.author, doing.now)
        case "link":
            return _link(doing, account)
        case _:
            raise Refused("do", "no such deed")
    return ""


def _link(doing: Doing, account: Account) -> str:
    """Make the link by which a person chooses a password and sets up a second factor, anew or for the first time."""
    if account.disabled_at is not None:
        raise Refused("account_disabled", "the account is disabled")
    purpose = one_time_links.RESET if account.password_hash else one_time_links.INVITE
    return one_time_links.make(doing.session, purpose, account, doing.author, doing.now)


def _details(form: Filled) -> Details:
    role = form.choice("role", Role)
    form.require()
    return Details(
        role or Role.READER, form.get("language"), form.get("display_name"), form.get("email"), form.all("areas")
    )


def _render_all(form: Filled) -> tuple[str, int]:
    with reading(runtime_of_app().sessions) as session:
        answer = page("desk/accounts.html", form=form, accounts=accounts.listed(session), **_choices())
    return answer, 422 if form.errors else 200


def _render_one(uid: str, form: Filled, token: str = "") -> tuple[str, int]:
    with reading(runtime_of_app().sessions) as session:
        account = session.get(Account, uid)
        if account is None:
            abort(404)
        if "role" not in form.values:
            form.values.update(_values(account))
        live = sessions.listed(session, uid, present(), gate.limits())
        link = _address(token) if token else ""
        answer = page("desk/account.html", form=form, account=account, sessions=live, link=link, **_choices())
    return answer, 422 if form.errors else 200


def _values(account: Account) -> dict[str, list[str]]:
    return {
        "role": [account.role.value], "areas": list(account.areas), "language": [account.language],
        "display_name": [account.display_name], "email": [account.email], "version": [str(account.version)],
    }  # fmt: skip


def _choices() -> dict[str, object]:
    return {"roles": tuple(Role), "all_areas": AREAS}


def _address(token: str) -> str:
    return f"{request.host_url.rstrip('/')}{url_for('desk.link', token=token)}"
