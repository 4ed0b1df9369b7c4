"""A person's own page: his contact ways, sessions, password, recovery codes, language; and the session made longer."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from flask import Blueprint, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response

from status.domain.permissions import Deed
from status.domain.refused import Refused
from status.log import fields
from status.models import Account
from status.models.engine import reading, writing
from status.notifiers.registry import usable
from status.services import accounts, contacting, passwords, second_factor, sessions, signing_in
from status.web.desk import door, gate
from status.web.desk.account_words import say
from status.web.desk.deeds import deed
from status.web.desk.filled import Filled, Wrong
from status.web.desk.gate import allowed, never_kept, person, present, runtime_of_app, signed_in
from status.web.desk.page import page

log = logging.getLogger(__name__)


def install(desk: Blueprint) -> None:
    """Add the views."""
    desk.add_url_rule("/me", "me", show)
    desk.add_url_rule("/me/sessions", "end_sessions", end_sessions, methods=["POST"])
    desk.add_url_rule("/me/password", "change_password", change_password, methods=["POST"])
    desk.add_url_rule("/me/recovery-codes", "new_recovery_codes", new_recovery_codes, methods=["POST"])
    desk.add_url_rule("/me/language", "change_language", change_language, methods=["POST"])
    desk.add_url_rule("/extend", "extend", extend, methods=["POST"])


@allowed(Deed.READ)
def show() -> tuple[str, int]:
    """Show the page."""
    return render(Filled.from_values({}))


@allowed(Deed.READ)
def end_sessions() -> Response:
    """End one of his own sessions, or all but this one."""
    one, mine = Filled.from_request().get("session"), signed_in().session_uid
    with deed() as doing:
        if one:
            ended = sessions.revoke(doing.session, person().account_uid, one, doing.now)
        else:
            ended = sessions.end_all(doing.session, person().account_uid, doing.now, but=mine)
    log.info("sessions_ended", extra=fields(account=person().name, ended=ended))
    return redirect(url_for("desk.me"), 303)


@never_kept
@allowed(Deed.READ)
def change_password() -> tuple[str, int] | Response:
    """Change the password; every other session ends."""
    form = Filled.from_request()
    try:
        account = _proven("old_password")
        stored = _new_password(form, account)
        with deed() as doing:
            mine, keep = accounts.of_uid(doing.session, account.uid), signed_in().session_uid
            accounts.set_password(doing.session, mine, stored, doing.author, doing.now, keep_session=keep)
    except Refused as refused:
        where = {"wrong_password": "old_password", "slow_down": "old_password", "again": "again"}
        form.errors.append(Wrong(where.get(refused.reason, "new_password"), say(refused)))
        return render(form)
    log.info("password_set", extra=fields(account=person().name, by="himself"))
    return redirect(url_for("desk.me"), 303)


@never_kept
@allowed(Deed.READ)
def new_recovery_codes() -> tuple[str, int]:
    """Make new recovery codes and show them, this once; the old ones are worth nothing from now on."""
    form = Filled.from_request()
    try:
        account = _proven("password")
        codes, hashes = second_factor.make_recovery_codes(account.uid)
        with deed() as doing:
            mine = accounts.of_uid(doing.session, account.uid)
            second_factor.keep_recovery_codes(doing.session, mine, hashes, doing.author, doing.now)
    except Refused as refused:
        form.errors.append(Wrong("password", say(refused)))
        return render(form)
    return render(Filled.from_values({}), codes)


@allowed(Deed.READ)
def change_language() -> tuple[str, int] | Response:
    """Change the language the desk speaks to him."""
    form = Filled.from_request()
    try:
        with deed() as doing:
            account = accounts.of_uid(doing.session, person().account_uid)
            accounts.change_language(doing.session, account, form.get("language"), doing.author, doing.now)
    except Refused as refused:
        form.errors.append(Wrong("language", say(refused)))
        return render(form)
    return redirect(url_for("desk.me"), 303)


@allowed(Deed.READ)
def extend() -> Response:
    """Let the session's idle time begin anew; a script is told its end, a person goes back to his page."""
    runtime, now = runtime_of_app(), present()
    with writing(runtime.sessions) as session:
        sessions.note_seen(session, signed_in().cookie, now)
        found = sessions.find(session, signed_in().cookie, now, gate.limits())
    if found is not None and request.accept_mimetypes.best == "application/json":
        return jsonify({"ends_at": found.ends_at.isoformat()})
    return redirect(door.local_path(request.form.get("next", "")), 303)


def _proven(name: str) -> Account:
    """Give the person's account once the field `name` holds his password. Raise Refused; tries are slowed."""
    runtime = runtime_of_app()
    with writing(runtime.sessions) as session:
        number = signing_in.begin(session, person().name, request.remote_addr or "", present(), door.pace())
        account = accounts.of_uid(session, person().account_uid)
    if not passwords.is_right(account.password_hash, request.form.get(name, "")):
        log.warning("password_wrong", extra=fields(account=account.name, address=request.remote_addr))
        raise Refused("wrong_password", "this is not the present password")
    with writing(runtime.sessions) as session:
        signing_in.forget_try(session, number)
    return account


def _new_password(form: Filled, account: Account) -> str:
    if form.get("new_password") != form.get("again"):
        raise Refused("again", "the two passwords differ")
    return passwords.hashed(form.get("new_password"), (account.name, runtime_of_app().settings.site.name, "travaux"))


def render(form: Filled, codes: Sequence[str] = (), *, secret: str = "") -> tuple[str, int]:
    """Give the page; `secret` is that of a contact way just set, shown this once."""
    runtime, uid = runtime_of_app(), person().account_uid
    with reading(runtime.sessions) as session:
        answer = page(
            "desk/me.html", form=form, codes=codes, account=accounts.of_uid(session, uid),
            sessions=sessions.listed(session, uid, present(), gate.limits()), mine=signed_in().session_uid,
            codes_left=second_factor.codes_left(session, uid), shortest=passwords.SHORTEST, secret=secret,
            ways=contacting.listed(session, uid), enough=contacting.ENOUGH, channels=usable(runtime.settings),
        )  # fmt: skip
    return answer, 422 if form.errors else 200
