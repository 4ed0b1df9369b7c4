"""A feed names its hub, in itself and in its Link header, and is what the standards allow with and without one."""

from __future__ import annotations

from typing import Literal

import feedparser
import pytest
from lxml import etree
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, HttpUrl
from werkzeug.test import create_environ

from status.app import create_app
from status.publication.publisher import Publisher
from status.web.assets import assets
from status.web.bytes import PublishedBytes
from status.web.feed_links import FeedLinks
from tests.status.feeds.test_feeds import ATOM, RNG, fetch, incident_told_to_its_end
from tests.status.publication.provider import make_provider

__all__ = ["fetch"]

HUB, SITE = "https://hub.example.net/", "http://127.0.0.1:8080"


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=False)


class Author(Strict):
    name: str


class JSONHub(Strict):
    type: Literal["WebSub"]
    url: HttpUrl


class Item(Strict):
    id: str = Field(min_length=1)
    url: HttpUrl
    title: str
    content_html: str
    content_text: str
    date_published: AwareDatetime
    date_modified: AwareDatetime
    tags: list[str]


class JSONFeed(Strict):
    """JSON Feed 1.1, of its members those a feed of ours may have."""

    version: Literal["https://jsonfeed.org/version/1.1"]
    title: str = Field(min_length=1)
    home_page_url: HttpUrl
    feed_url: HttpUrl
    description: str
    language: Literal["fr", "en"]
    authors: list[Author]
    hubs: list[JSONHub] = Field(default=[], max_length=1)
    items: list[Item]


@pytest.fixture(params=["", HUB])
def provider(request, sessions, engine, tmp_path):
    """A provider without a hub, and one with."""
    return make_provider(sessions, engine, tmp_path, feeds={"hub": request.param})


@pytest.mark.parametrize("path", ["/fr/feed.json", "/en/components/imap/events.json", "/fr/types/upgrade/feed.json"])
def test_each_json_feed_keeps_to_json_feed_1_1(provider, fetch, path):
    incident_told_to_its_end(provider)
    said = JSONFeed.model_validate_json(fetch(path))
    assert [str(hub.url) for hub in said.hubs] == [hub for hub in [provider.runtime.settings.feeds.hub] if hub]


@pytest.mark.parametrize("name", ["feed", "events"])
def test_rss_and_atom_name_the_hub_and_themselves_and_stay_valid(provider, fetch, name):
    incident_told_to_its_end(provider)
    atom = etree.fromstring(fetch(f"/fr/{name}.atom"))
    RNG.assertValid(atom)
    rss = feedparser.parse(fetch(f"/fr/{name}.rss"))
    assert (rss.bozo, rss.feed.link) == (False, f"{SITE}/fr")
    links = {link.rel: link.href for link in rss.feed.links}
    hub = provider.runtime.settings.feeds.hub or None
    assert (links["self"], links.get("hub")) == (f"{SITE}/fr/{name}.rss", hub)
    assert next(iter(atom.xpath("/a:feed/a:link[@rel='hub']/@href", namespaces=ATOM)), None) == hub


def test_the_link_header_stands_on_feeds_alone_published_or_rendered(provider):
    provider.open("imap")
    app = create_app(provider.runtime)
    Publisher(provider.runtime, provider.render, assets(), lambda: None, lambda: None).turn()
    links = FeedLinks(SITE, provider.runtime.settings.feeds.hub)
    layer = PublishedBytes(provider.runtime.places.published, no_app, provider.clock, look_every_s=0, links=links)
    wanted = f'<{SITE}/fr/feed.rss>; rel="self", <{HUB}>; rel="hub"' if links.hub else None
    assert [asked(one, "/fr/feed.rss").get("link") for one in (layer, app.wsgi_app)] == [wanted] * 2
    assert {asked(layer, path).get("link") for path in ("/fr", "/fr/calendar.ics", "/status.json")} == {None}


def no_app(_environ, _start_response):
    raise AssertionError("it is published")


def asked(app, path: str) -> dict[str, str]:
    """Give the headers of an answer, their names in small letters."""
    found: dict[str, str] = {}

    def start(status, headers, _exc_info=None):
        assert status.startswith("200")
        found.update({name.lower(): value for name, value in headers})

    body = app(create_environ(path, "http://127.0.0.1:8080/"), start)
    getattr(body, "close", lambda: None)()
    return found
