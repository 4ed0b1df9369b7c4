"""The routes of the feeds: one for each kind of place, with every format's name behind it.

The writers' libraries take 7 MB: a web worker, which mostly shows what was published, loads them with the first feed
that it has to write.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from flask import Blueprint, Response, redirect
from werkzeug.wrappers import Response as BaseResponse

from status.domain.states import PlaceKind
from status.publication.addresses import EMPTY_KINDS
from status.publication.types import EMPTY
from status.web.feed_links import FeedLinks
from status.web.feeds import about
from status.web.feeds.about import Subject
from status.web.feeds.by_event import make_feed_of_events
from status.web.feeds.json_feed import write_json
from status.web.feeds.words import Feed, make_feed
from status.web.scope import request_scope


@dataclass(frozen=True, slots=True)
class _Format:
    """How a feed of one name is made and written, and its media type."""

    content_type: str
    write: Callable[[Subject, str], bytes]


def _written(make: Callable[[Subject, str], Feed], write: Callable[[Feed], bytes]) -> Callable[[Subject, str], bytes]:
    return lambda subject, name: write(make(subject, name))


def _rss(feed: Feed) -> bytes:
    from status.web.feeds.rss import write_rss

    return write_rss(feed)


def _atom(feed: Feed) -> bytes:
    from status.web.feeds.atom import write_atom

    return write_atom(feed)


def _calendar(subject: Subject, name: str) -> bytes:
    from status.web.feeds.calendar import write_calendar

    return write_calendar(subject, name)


FORMATS: Final[Mapping[str, _Format]] = {
    **{
        f"{stem}.{ending}": _Format(content_type, _written(make, write))
        for stem, make in (("feed", make_feed), ("events", make_feed_of_events))
        for ending, content_type, write in (
            ("rss", "application/rss+xml; charset=utf-8", _rss),
            ("atom", "application/atom+xml; charset=utf-8", _atom),
            ("json", "application/feed+json; charset=utf-8", write_json),
        )
    },
    "calendar.ics": _Format("text/calendar; charset=utf-8", _calendar),
}
"""By the last part of the address."""


def register(feeds: Blueprint) -> None:
    """Add the routes."""
    feeds.add_url_rule("/<lang:lang>/<feed:feed>", "site", partial(_show, about.everything))
    of_type = partial(_show, about.of_type)
    feeds.add_url_rule("/<lang:lang>/types/<slug>/<feed:feed>", "type", of_type)
    of_component = partial(_show, about.of_component)
    feeds.add_url_rule("/<lang:lang>/components/<slug>/<feed:feed>", "component", of_component)
    for kind in PlaceKind:
        of_place = partial(_show, partial(about.of_place, kind))
        feeds.add_url_rule(f"/<lang:lang>/{kind.value}/<slug>/<feed:feed>", kind.name.lower(), of_place)
    for kind in EMPTY_KINDS:
        of_none = partial(_show, partial(about.of_no_place, kind))
        endpoint = f"no_{kind.name.lower()}"
        feeds.add_url_rule(f"/<lang:lang>/{EMPTY}/{kind.value}/<feed:feed>", endpoint, of_none)


def _show(find: Callable[..., Subject], lang: str, feed: str, **slug: str) -> BaseResponse:
    """Answer with a feed; 301 to its address of today where its place has another one, 404 where there is none."""
    subject = find(lang, **slug)
    if slug and subject.slug != slug["slug"]:
        return redirect(f"/{lang}{subject.below}/{feed}", 301)
    made, settings = FORMATS[feed], request_scope().settings
    answer = Response(made.write(subject, feed), content_type=made.content_type)
    if links := FeedLinks(settings.site.public_url, settings.feeds.hub).of(f"/{lang}{subject.below}/{feed}"):
        answer.headers["Link"] = links
    return answer
