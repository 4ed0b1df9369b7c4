"""One event: what it is, what it touches, what you can do, and its timeline."""

from __future__ import annotations

from itertools import groupby

from flask import Blueprint, abort, render_template
from werkzeug.routing import BaseConverter

from status.queries.cards import Post
from status.queries.event import EventPage, read_event
from status.web.public.frame import renewal
from status.web.scope import request_scope


class EventNumber(BaseConverter):
    """A public number as it is printed: no leading zero, no other script's digits, none a database can't hold."""

    regex = "[1-9][0-9]{0,8}"

    def to_python(self, value: str) -> int:
        """Read it."""
        return int(value)


def register(public: Blueprint) -> None:
    """Add the route."""
    public.record_once(lambda state: state.app.url_map.converters.update(number=EventNumber))
    public.add_url_rule("/<lang:lang>/travaux/<number:n>", "event", show)


def show(lang: str, n: int) -> str:  # noqa: ARG001 - the language is read from the path
    """Show an event; a draft's or a hidden event's number answers like one that never was."""
    scope = request_scope()
    event = read_event(scope.session, scope.audience, n)
    if event is None:
        abort(404)
    return render_template("public/event.html", event=event, days=_by_day(event), renewal=renewal())


def _by_day(event: EventPage) -> list[list[Post]]:
    """Put the posts (newest first) together by day, in the site's zone."""
    zone = request_scope().zone
    days = groupby(event.posts, key=lambda post: post.published_at.astimezone(zone).date())
    return [list(posts) for _, posts in days]
