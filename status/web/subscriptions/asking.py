"""`/{lang}/subscribe`: the form, and the answer that is the same whether or not an address is known."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from ipaddress import IPv6Address, ip_address, ip_network
from pathlib import Path
from typing import Final

from flask import Blueprint, current_app, render_template, request
from werkzeug.exceptions import RequestEntityTooLarge

from status.clock import utc
from status.domain.refused import Refused
from status.domain.subscriptions import TOKEN_CHANNELS
from status.models.engine import writing
from status.notifiers.types import Channel
from status.queries.components import read_places
from status.queries.relays import not_operational
from status.services import subscribing
from status.services.changing import line_up
from status.services.sealing import opened, seal
from status.services.subscribing import Address, Limits, Wish
from status.web.language import language
from status.web.scope import EXTENSION, request_scope
from status.web.subscriptions import FORM_BYTES
from status.web.subscriptions.followed import followed
from status.web.subscriptions.offered import (
    WEEK,
    choices,
    may_be_down,
    offered_channel,
    outside,
    refusal,
    ways,
    wrong_field,
)
from status.web.subscriptions.wishes import Form

IPV6_NETWORK_BITS: Final = 64
TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{1,100}")


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
    """Take an asking in, and say that a message is on its way: the same whether or not the address is known."""
    form = read_form()
    scope = request_scope()
    try:
        channel = offered_channel(form.channel, scope.settings)
        text, domain = channel.canonical(form.address, scope.settings)
        asked = Asked(
            channel, Address(channel.name, text, domain, channel.counted_as(text)),
            form.wish(scope.session, read_places(scope.session, scope.audience)), _token(form, channel),
        )  # fmt: skip
    except Refused as refused:
        return _form(form, refused), 422
    _take_in(asked)
    return render_template("subscriptions/asked.html", address=form.address, channel=channel)


@dataclass(frozen=True, slots=True)
class Asked:
    """An asking that can be: on which channel, where, for what; with the token of a channel that has one."""

    channel: Channel
    address: Address
    wish: Wish
    token: str


def _take_in(asked: Asked) -> None:
    """Let the message go that asks for a yes. Past a limit the same is done, and taken back: it takes as long."""
    scope, runtime = request_scope(), current_app.extensions[EXTENSION]
    now, notices, data = utc(runtime.clock().wall), scope.settings.notices, runtime.places.data
    key = subscribing.key_of(data)
    limits = Limits(notices.asks_per_address_day, notices.asks_per_client_hour)
    fresh = subscribing.new_secret() if asked.channel.has_secret else asked.token
    secret = seal(data, fresh, now) if fresh else ""
    with writing(runtime.sessions) as session:
        line_up(session)
        client = client_of(request.remote_addr or "")
        allowed = subscribing.may_ask(session, key, asked.address, client, limits, now)
        if asked.channel.name == "sms":
            allowed &= subscribing.has_room(session, "sms", scope.settings.sms.asks_per_hour, now)
        with session.begin_nested() as tried:
            row = subscribing.subscribe(
                session, key, asked.address, asked.wish, language(), now, secret=secret,
                is_token_of=lambda sealed: _holds(data, sealed, asked.token),
            )  # fmt: skip
            subscribing.ask(session, row, scope.settings.site.name, now)
            if not allowed:
                tried.rollback()


def _holds(data: Path, sealed: str, token: str) -> bool:
    try:
        return opened(data, sealed) == token
    except Refused:
        return False


def _token(form: Form, channel: Channel) -> str:
    """Give the token of a form, for a channel that takes one. Raise Refused for what can't be one."""
    if channel.name not in TOKEN_CHANNELS or not form.token:
        return ""
    if TOKEN.fullmatch(form.token) is None:
        raise Refused("token", "found what is no token, expected letters, digits, '_' and '-'")
    return form.token


def read_form() -> Form:
    """Read the form of this request; 413 when it is longer than any of ours."""
    if (request.content_length or 0) > FORM_BYTES:
        raise RequestEntityTooLarge
    request.max_content_length = FORM_BYTES
    return Form.given(request.form)


def client_of(remote: str) -> str:
    """Give what a client is counted by: its address, of IPv6 its network of 64 bits."""
    try:
        found = ip_address(remote)
    except ValueError:
        return remote
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:  # how a socket of both families tells of IPv4
            return str(found.ipv4_mapped)
        return str(ip_network((found, IPV6_NETWORK_BITS), strict=False))
    return remote


def _form(form: Form, refused: Refused | None) -> str:
    scope = request_scope()
    places, settings = read_places(scope.session, scope.audience), scope.settings
    rides = {relay.component for relay in settings.relay if relay.component}
    mail_is_down = bool(not_operational(scope.session, rides))
    about_mail = may_be_down(places, form.components, everything=form.everything)
    offered, events = choices(places, form.components), followed(form.events)
    form = replace(form, events=frozenset(str(event.n) for event in events if not event.is_over))
    return render_template(
        "subscriptions/subscribe.html", form=form, choices=offered,
        others=[each for each in outside(places, offered, form.components) if each.retired_at is None],
        refused=refused and refusal(refused), wrong=wrong_field(refused),
        ways=ways(settings, mail_last=about_mail or mail_is_down),
        over=[event for event in events if event.is_over], mail_is_down=mail_is_down, about_mail=about_mail, days=WEEK,
    )  # fmt: skip
