"""`/c/{token}`: a customer's own page, the events that concern him, his feeds and his calendar."""

from __future__ import annotations

from itertools import groupby

from flask import Blueprint, Response, abort, g, render_template, request

from status.domain.audience import Audience, AudienceType
from status.models import Customer
from status.queries.customer_page import own_places, read_customer_page
from status.queries.event import read_event
from status.queries.feed import About
from status.services.customer_tokens import customer_of
from status.web.feeds.about import Subject
from status.web.feeds.showing import FORMATS
from status.web.scope import Scope, read_as, request_scope, settings_of_app


def register(customers: Blueprint) -> None:
    """Add the routes."""
    customers.add_url_rule("/<token>", "page", show)
    customers.add_url_rule("/<token>/travaux/<number:n>", "event", show_event)
    customers.add_url_rule("/<token>/<feed:feed>", "feed", show_feed)


def show(token: str) -> str:
    """Show what he has with us and what concerns it."""
    customer, scope = _let_in(token)
    page = read_customer_page(scope.session, scope.audience, scope.at)
    return render_template(
        "customers/page.html", page=page, customer=customer, moment=scope.moment, events_at=f"/c/{token}"
    )


def show_event(token: str, n: int) -> str:
    """Show an event; one he may not know answers as one that never was."""
    customer, scope = _let_in(token)
    event = read_event(scope.session, scope.audience, n)
    if event is None:
        abort(404)
    days = groupby(event.posts, key=lambda post: post.published_at.astimezone(scope.zone).date())
    return render_template(
        "customers/event.html", event=event, days=[list(posts) for _, posts in days], customer=customer,
        events_at=f"/c/{token}",
    )  # fmt: skip


def show_feed(token: str, feed: str) -> Response:
    """Answer with a feed of what concerns him; identifiers are those of the public's."""
    customer, scope = _let_in(token)
    subject = Subject(
        g.language, About(components=own_places(scope.session, scope.audience)), name=customer.name,
        home=f"/c/{token}", word=f"/customers/{customer.uid}",
    )  # fmt: skip
    made = FORMATS[feed]
    response = Response(made.write(subject, feed), content_type=made.content_type)
    response.add_etag()
    response.headers["Cache-Control"] = "private, no-cache"
    response.make_conditional(request)
    return response


def _let_in(token: str) -> tuple[Customer, Scope]:
    """Give whose token it is, and let the rest of the request be read by him, in his language; abort with 404."""
    customer = customer_of(request_scope().session, token)
    if customer is None:
        abort(404)
    languages = settings_of_app().site.languages
    g.language = customer.language if customer.language in languages else languages[0]
    return customer, read_as(Audience(AudienceType.CUSTOMER, customer.uid))
