"""`/s/{token}`: a subscriber's own pages, by the signed link that stands in each message."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from flask import Blueprint, abort, current_app, g, redirect, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from status.clock import utc
from status.domain.audience import PUBLIC, Audience, AudienceType
from status.domain.refused import Refused
from status.domain.subscriber_link import make_token, read_token
from status.domain.subscriptions import SubscriptionState
from status.models import Subscription
from status.models.engine import writing
from status.notifiers.registry import channels
from status.queries import own_messages
from status.queries.components import Places, read_places
from status.runtime import Runtime
from status.services import hooking, subscribing
from status.services.changing import line_up
from status.services.sealing import opened
from status.web.scope import EXTENSION, read_as, request_scope
from status.web.subscriptions.asking import read_form
from status.web.subscriptions.offered import WEEK, choices, outside, refusal, wrong_field
from status.web.subscriptions.wishes import Form


def register(subscriptions: Blueprint) -> None:
    """Add the routes."""
    subscriptions.add_url_rule("/s/<token>", "manage", manage)
    subscriptions.add_url_rule("/s/<token>", "change", change, methods=["POST"])
    subscriptions.add_url_rule("/s/<token>/test", "test", try_out, methods=["POST"])
    subscriptions.add_url_rule("/s/<token>/secret", "secret", change_secret, methods=["POST"])
    subscriptions.add_url_rule("/s/<token>/confirm", "confirm", show_confirm)
    subscriptions.add_url_rule("/s/<token>/confirm", "say_yes", say_yes, methods=["POST"])
    subscriptions.add_url_rule("/s/<token>/stop", "stop", show_stop)
    subscriptions.add_url_rule("/s/<token>/stop", "say_stop", say_stop, methods=["POST"])


def manage(token: str) -> str | Response:
    """Show what somebody is told, to be changed."""
    scope = request_scope()
    row = _row(scope.session, token)
    return _instead(token, row) or _page(
        token, row, Form.of(scope.session, row, _places()), None, done=request.args.get("done", "")
    )


def change(token: str) -> str | tuple[str, int] | Response:
    """Write another wish."""
    form, scope = read_form(), request_scope()
    kept = _row(scope.session, token)
    if instead := _instead(token, kept):
        return instead
    try:
        held = Form.of(scope.session, kept, _places())
        wish = replace(form.wish(scope.session, _places(), held), options=kept.options)
        with _changing() as session:
            row = _row(session, token)
            subscribing.alter(session, row, wish, _language_asked(row), utc(_runtime().clock().wall))
    except Refused as refused:
        return _page(token, kept, form, refused), 422
    return redirect(f"/s/{token}?done=saved", 303)


def _instead(token: str, row: Subscription) -> str | Response | None:
    """Give what is answered in place of the page: one that waits for a yes, or has ended, has nothing to change."""
    if row.state is SubscriptionState.UNCONFIRMED:
        return redirect(f"/s/{token}/confirm", 303)
    return _gone() if row.state is SubscriptionState.STOPPED else None


def try_out(token: str) -> tuple[str, int] | Response:
    """Send a test to the program at the address."""
    settings = request_scope().settings
    try:
        with _changing() as session:
            row = _row(session, token)
            _require_program(row)
            now = utc(_runtime().clock().wall)
            hooking.send_test(session, row, settings.site.name, settings.notices.tests_per_hour, now)
    except Refused as refused:
        return _as_it_is(token, refused), 429 if refused.reason == "tests" else 409
    return redirect(f"/s/{token}?done=test#log", 303)


def change_secret(token: str) -> tuple[str, int] | Response:
    """Make a new secret; the one before signs beside it for a while."""
    try:
        with _changing() as session:
            row = _row(session, token)
            if not channels()[row.channel].has_secret:
                abort(404)
            hooking.change_secret(session, row, _runtime().places.data, utc(_runtime().clock().wall))
    except Refused as refused:
        return _as_it_is(token, refused), 409
    return redirect(f"/s/{token}?done=secret#secret", 303)


def show_confirm(token: str) -> str | Response:
    """Show the button that says yes."""
    row = _row(request_scope().session, token)
    if row.state is SubscriptionState.STOPPED:
        return _gone()
    form = Form.of(request_scope().session, row, _places())
    chosen = outside(_places(), (), form.components)
    return render_template("subscriptions/confirm.html", row=row, token=token, refused=None, form=form, chosen=chosen)


def say_yes(token: str) -> str | Response | tuple[str, int]:
    """Take the yes."""
    try:
        with _changing() as session:
            row = _row(session, token)
            made = subscribing.confirm(session, row, utc(_runtime().clock().wall)).uid
    except Refused as refused:
        row = _row(request_scope().session, token)
        return render_template("subscriptions/confirm.html", row=row, token=token, refused=refusal(refused)), 410
    return redirect(f"/s/{make_token(subscribing.key_of(_runtime().places.data), made)}", 303)


def show_stop(token: str) -> str | Response:
    """Show the button that stops it all."""
    row = _row(request_scope().session, token)
    if row.state is SubscriptionState.STOPPED:
        return _gone()
    return render_template("subscriptions/stop.html", row=row, token=token)


def say_stop(token: str) -> str:
    """Stop at once: for the button, and for mail programs (RFC 8058), which send one line and want no more."""
    with _changing() as session:
        row = _row(session, token)
        subscribing.stop(session, row, utc(_runtime().clock().wall))
    return render_template("subscriptions/stopped.html")


@contextmanager
def _changing() -> Iterator[Session]:
    """Open a transaction that waits for others on subscriptions, and for the delivery's, before it reads."""
    with writing(_runtime().sessions) as session:
        line_up(session)
        yield session


def _row(session: Session, token: str) -> Subscription:
    uid = read_token(subscribing.key_of(_runtime().places.data), token)
    row = subscribing.by_uid(session, uid) if uid is not None else None
    if row is None:
        abort(404)
    g.language = _language_of(row)
    read_as(PUBLIC if row.customer_uid is None else Audience(AudienceType.CUSTOMER, row.customer_uid))
    return row


def _places() -> Places:
    """Read the components that whose page this is may know: a customer's contact more than the public."""
    scope = request_scope()
    return read_places(scope.session, scope.audience)


def _language_of(row: Subscription) -> str:
    languages = request_scope().settings.site.languages
    return row.language if row.language in languages else languages[0]


def _language_asked(row: Subscription) -> str:
    """Give the language the form asks for; the row's own where it asks for none of ours."""
    asked = request.form.get("language", "")
    return asked if asked in request_scope().settings.site.languages else _language_of(row)


def _require_program(row: Subscription) -> None:
    channel = channels().get(row.channel)
    if channel is None or not channel.is_program:
        abort(404)


def _as_it_is(token: str, refused: Refused) -> str:
    """Show the page as it stands, with what can't be."""
    scope = request_scope()
    row = _row(scope.session, token)
    return _page(token, row, Form.of(scope.session, row, _places()), refused)


def _page(token: str, row: Subscription, form: Form, refused: Refused | None, done: str = "") -> str:
    scope = request_scope()
    channel, notices = channels()[row.channel], scope.settings.notices
    log = own_messages.last_messages(scope.session, row.id, notices.log_messages) if channel.is_program else None
    offered = choices(_places(), form.components)
    return render_template(
        "subscriptions/manage.html", token=token, row=row, form=form, done=done, days=WEEK,
        channel=channel, secret=_secret(row) if channel.has_secret else None, log=log,
        former_h=notices.former_secret_h, has_former=bool(row.former_secret),
        choices=offered, others=outside(_places(), offered, form.components),
        refused=refused and refusal(refused), wrong=wrong_field(refused),
    )  # fmt: skip


def _secret(row: Subscription) -> str:
    """Open the secret of a web-hook; "" when it can't be read any more, and a new one must be made."""
    try:
        return opened(_runtime().places.data, row.secret)
    except Refused:
        return ""


def _gone() -> str:
    return render_template("subscriptions/stopped.html")


def _runtime() -> Runtime:
    runtime: Runtime = current_app.extensions[EXTENSION]
    return runtime
