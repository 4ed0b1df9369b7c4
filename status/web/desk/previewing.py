"""How a post will look to customers: it is posted, read as the public page reads it, and undone.

So the preview is the public page's own words and bytes, and what would be refused is refused here already. Nothing of
it stays: the transaction is rolled back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa
from flask import g, render_template
from markupsafe import Markup

from status.domain.states import Publication
from status.models import Event, EventUpdate
from status.queries.cards import Post
from status.queries.cards import read_posts as read_public_posts
from status.services.publishing import publish_event
from status.web.desk.deeds import Doing, deed
from status.web.language import language
from status.web.scope import settings_of_app


@dataclass(frozen=True, slots=True)
class Preview:
    """A post as it will be read, by language."""

    by_language: tuple[tuple[str, Markup], ...]


def try_out(write: Callable[[Doing], Event]) -> Preview | None:
    """Do what posts on an event, look at its last public post, undo it all. None when nothing of it is public.

    Raise Refused where the deed would.
    """
    with deed() as doing:
        event = write(doing)
        if event.publication in (Publication.DRAFT, Publication.SCHEDULED):
            publish_event(doing.session, event, doing.now)
        last = sa.select(sa.func.max(EventUpdate.id)).where(EventUpdate.event_uid == event.uid)
        posts = read_public_posts(doing.session, EventUpdate.id == doing.session.scalar(last)).get(event.uid, ())
        doing.session.rollback()
    return show(posts[-1]) if posts else None


def show(post: Post) -> Preview:
    """Write a post in every language of the site."""
    found = []
    for each in settings_of_app().site.languages:
        with _speaking(each):
            found.append((each, Markup(render_template("desk/preview.html", post=post))))  # noqa: S704 - our template
    return Preview(tuple(found))


@contextmanager
def _speaking(other: str) -> Iterator[None]:
    before, g.language = language(), other
    try:
        yield
    finally:
        g.language = before
