"""API tokens: a person's own, made with scopes and an end, shown once, revoked; an admin sees everybody's."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Final

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from status.domain.permissions import Deed, Scope
from status.domain.refused import Refused
from status.log import fields
from status.models.engine import reading
from status.services import accounts, tokens
from status.web.desk.account_words import say
from status.web.desk.deeds import deed
from status.web.desk.filled import Filled, Wrong
from status.web.desk.gate import allowed, person, present, runtime_of_app
from status.web.desk.kept import kept_form
from status.web.desk.page import page

log = logging.getLogger(__name__)

DAYS: Final = (30, 90, 365)
NEVER: Final = "never"


def install(desk: Blueprint) -> None:
    """Add the views."""
    desk.add_url_rule("/tokens", "tokens", show)
    desk.add_url_rule("/tokens", "add_token", add, methods=["POST"])
    desk.add_url_rule("/tokens/<uid>/revoke", "revoke_token", revoke, methods=["POST"])


@allowed(Deed.READ)
def show() -> tuple[str, int]:
    """List the tokens, with the form for a new one."""
    return _render(Filled.from_values(kept_form(request.path) or {"days": str(DAYS[1]), "scopes": [Scope.READ.value]}))


@allowed(Deed.READ)
def add() -> tuple[str, int]:
    """Make a token and show it, this once."""
    form = Filled.from_request()
    wanted = {scope for scope in Scope if scope.value in form.all("scopes")}
    try:
        ends_at = _end(form.get("days"))
        with deed() as doing:
            account = accounts.of_uid(doing.session, person().account_uid)
            token = tokens.make(doing.session, account, form.get("name"), wanted, ends_at, doing.author, doing.now)
    except Refused as refused:
        where = {"token_name": "name", "scopes": "scopes", "expires_at": "days"}
        form.errors.append(Wrong(where.get(refused.reason, ""), say(refused)))
        return _render(form)
    log.info("token_made", extra=fields(account=person().name))
    return _render(Filled.from_values({"days": str(DAYS[1])}), token)


@allowed(Deed.READ)
def revoke(uid: str) -> Response | tuple[str, int]:
    """Let a token of his (an admin: anybody's) be refused from now on."""
    with deed() as doing:
        try:
            row = tokens.find(doing.session, uid)
        except Refused:
            row = None
        if row is not None and (row.account_uid == person().account_uid or person().may(Deed.ADMINISTER)):
            tokens.revoke(doing.session, row, doing.author, doing.now)
            log.info("token_revoked", extra=fields(account=person().name, uid=row.uid))
    return redirect(url_for("desk.tokens"), 303)


def _end(chosen: str) -> datetime | None:
    days = {str(number): number for number in DAYS}.get(chosen)
    if days is None and chosen != NEVER:
        raise Refused("expires_at", "no such end")
    return present() + timedelta(days=days) if days else None


def _render(form: Filled, token: str = "") -> tuple[str, int]:
    everybody = person().may(Deed.ADMINISTER)
    with reading(runtime_of_app().sessions) as session:
        rows = tokens.listed(session, None if everybody else person().account_uid)
        owners = {account.uid: account.name for account in accounts.listed(session)} if everybody else {}
        live = {row.uid for row in rows if tokens.is_live(row, present())}
        answer = page(
            "desk/tokens.html", form=form, tokens=rows, live=live, owners=owners, made=token, scopes=tuple(Scope),
            days=DAYS,
        )  # fmt: skip
    return answer, 422 if form.errors else 200
