"""`/{lang}/subscribe`: the form, and the answer that is the same whether or not an address is known."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

from flask import Blueprint, current_app, render_template, request
from werkzeug.exceptions import RequestEntityTooLarge

from status.clock import utc
from status.domain.refused import Refused
from status.models.engine import writing
from status.notifiers.registry import channels
from status.notifiers.types import Channel
from status.queries.components import Places, read_places
from status.queries.relays import not_operational
from status.services import subscribing
from status.services.sealing import seal
from status.services.subscribing import Address, Limits
from status.web.language import language
from status.web.scope import EXTENSION, request_scope
from status.web.subscriptions import FORM_BYTES
from status.web.subscriptions.offered import WEEK, choices, refusal
from status.web.subscriptions.wishes import Form

IPV6_NETWORK_BITS = 64


def register(subscriptions: Blueprint) -> None:
    """Add the routes."""
    subscriptions.add_url_rule("/<lang:lang>/subscribe", "form", show)
    subscriptions.add_url_rule("/<lang:lang>/subscribe", "ask", ask, methods=["POST"])


def show(lang: str) -> str:  # noqa: ARG001 - the language is read from the path
    """Show the form, with what the address asks for chosen already: one component, place or event."""
    names = ("component", "department", "exchange", "resource", "event")
    component, department, exchange, resource, event = (request.args.get(name, "")[:120] for name in names)
    chosen = Form(
        everything=not (component or department or exchange or resource or event),
        components=frozenset({component} - {""}), departments=department.upper(), exchanges=exchange,
        resources=resource, events=frozenset({event} - {""}),
    )  # fmt: skip
    return _form(chosen, None)


def ask(lang: str) -> tuple[str, int] | str:  # noqa: ARG001 - as above
    """Take an asking in, and say that a message is on its way."""
    form = read_form()
    scope = request_scope()
    try:
        channel = offered_channel(form.channel)
        text, domain = channel.canonical(form.address, scope.settings)
        wish = form.wish(scope.session, read_places(scope.session, scope.audience))
    except Refused as refused:
        return _form(form, refused), 422
    runtime = current_app.extensions[EXTENSION]
    now, address = utc(runtime.clock().wall), Address(channel.name, text, domain)
    key, notices = subscribing.key_of(runtime.places.data), scope.settings.notices
    limits = Limits(notices.asks_per_address_day, notices.asks_per_client_hour)
    secret = seal(runtime.places.data, subscribing.new_secret(), now) if channel.has_secret else ""
    with writing(runtime.sessions) as session:
        if subscribing.may_ask(session, key, address, client_of(request.remote_addr or ""), limits, now):
            row = subscribing.subscribe(session, key, address, wish, language(), now, secret=secret)
            subscribing.ask(session, row, scope.settings.site.name, now)
    return render_template("subscriptions/asked.html", address=form.address, channel=channel.name)


def read_form() -> Form:
    """Read the form of this request; 413 when it is longer than any of ours."""
    if (request.content_length or 0) > FORM_BYTES:
        raise RequestEntityTooLarge
    request.max_content_length = FORM_BYTES
    return Form.given(request.form)


def offered_channel(name: str) -> Channel:
    """Give a channel people may choose. Raise Refused for another."""
    settings = request_scope().settings
    is_offered = name in channels() and (name != "email" or (settings.mail.address and settings.relay))
    if not is_offered:
        raise Refused("channel", f"{name[:20]!r} is not offered here")
    return channels()[name]


def client_of(remote: str) -> str:
    """Give what a client is counted by: its address, of IPv6 its network of 64 bits."""
    try:
        found = ip_address(remote)
    except ValueError:
        return remote
    if isinstance(found, IPv6Address):
        return str(ip_network((found, IPV6_NETWORK_BITS), strict=False))
    return remote


def _form(form: Form, refused: Refused | None) -> str:
    scope = request_scope()
    places = read_places(scope.session, scope.audience)
    settings = scope.settings
    rides = {relay.component for relay in settings.relay if relay.component}
    chosen = {place.id for slug in form.components if (place := places.by_slug(slug)) is not None}
    return render_template(
        "subscriptions/subscribe.html", form=form, choices=choices(places), refused=refused and refusal(refused),
        has_mail=bool(settings.mail.address and settings.relay),
        mail_is_down=bool(not_operational(scope.session, rides)),
        about_mail=_is_about_mail(places, chosen), days=WEEK,
    )  # fmt: skip


def _is_about_mail(places: Places, chosen: set[int]) -> bool:
    return any(places.by_id[id_].area == "email" for id_ in chosen)
