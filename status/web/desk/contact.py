"""How the person himself is reached when he is alerted: his ways, set, put first, taken away, on his own page."""

from __future__ import annotations

from contextlib import suppress

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

from status.domain.permissions import Deed
from status.domain.refused import Refused
from status.notifiers.registry import canonical, channels
from status.services import accounts, contacting
from status.services.contacting import Way
from status.web.desk import me
from status.web.desk.account_words import say
from status.web.desk.deeds import deed
from status.web.desk.filled import Filled, Wrong
from status.web.desk.gate import allowed, person, runtime_of_app


def install(desk: Blueprint) -> None:
    """Add the views."""
    desk.add_url_rule("/me/contact", "set_contact", set_contact, methods=["POST"])
    desk.add_url_rule("/me/contact/<channel>/first", "contact_first", put_first, methods=["POST"])
    desk.add_url_rule("/me/contact/<channel>/remove", "remove_contact", remove, methods=["POST"])


@allowed(Deed.READ)
def set_contact() -> Response | tuple[str, int]:
    """Keep a way; the secret of one that is signed is shown, this once."""
    form, runtime = Filled.from_request(), runtime_of_app()
    try:
        channel = form.get("channel")
        address = canonical(channel, form.get("address"), runtime.settings)
        with deed() as doing:
            account = accounts.of_uid(doing.session, person().account_uid)
            way = Way(channel, address, channels()[channel].has_secret)
            data = runtime.places.data
            secret = contacting.set_way(doing.session, data, account, way, doing.author, now=doing.now)
    except Refused as refused:
        field = refused.reason if refused.reason in {"channel", "address"} else "address"
        form.errors.append(Wrong(field, say(refused)))
        return me.render(form)
    return me.render(Filled.from_values({}), secret=secret) if secret else redirect(url_for("desk.me"), 303)


@allowed(Deed.READ)
def put_first(channel: str) -> Response:
    """Use a way before the others; one that is gone meanwhile needs nothing."""
    with suppress(Refused), deed() as doing:
        account = accounts.of_uid(doing.session, person().account_uid)
        contacting.put_first(doing.session, account, channel, doing.author, doing.now)
    return redirect(url_for("desk.me") + "#contact", 303)


@allowed(Deed.READ)
def remove(channel: str) -> Response:
    """Forget a way; one that is gone meanwhile needs nothing."""
    with suppress(Refused), deed() as doing:
        account = accounts.of_uid(doing.session, person().account_uid)
        contacting.remove(doing.session, account, channel, doing.author, doing.now)
    return redirect(url_for("desk.me") + "#contact", 303)
