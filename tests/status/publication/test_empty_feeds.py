"""Feeds of places no event names are answered without database, with the bytes they would have if made for them."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import vText
from werkzeug.test import Client

from status.app import create_app
from status.domain.states import PlaceKind
from status.models import Place
from status.models.engine import writing
from status.publication.addresses import FEEDS
from status.publication.publisher import Publisher
from status.services import places
from status.web.assets import assets
from status.web.bytes import PublishedBytes
from status.web.empty_feeds import NAME, fill, read_address
from tests.status.feeds.test_formats import named_in
from tests.status.publication.provider import Provider, make_provider

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)

NAMES = {
    "LIL59": 'Lille <Centre> & "Vauban", l’« été »; n° 1\\2',
    "long": "Un nœud de raccordement d’abonnés au nom bien trop long pour une seule ligne de calendrier",
    "bare": "",
}  # fmt: skip


@pytest.fixture
def provider(sessions, engine, tmp_path: Path) -> Provider:
    """One whose name is long, so that a calendar's lines are folded whatever the place is called."""
    return make_provider(sessions, engine, tmp_path, site={"name": "Opérateur & Fils <de> Haute-Saône, SARL"})


@pytest.fixture
def slugs(provider) -> dict[str, str]:
    with writing(provider.sessions) as session:
        known = places.know(session, PlaceKind.EXCHANGE, NAMES)
        for code, name in NAMES.items():
            session.get_one(Place, (PlaceKind.EXCHANGE, known[code])).name = name
    return known


def layer(provider: Provider, app) -> Client:
    publisher = Publisher(provider.runtime, provider.render, assets(), lambda: None, lambda: None)
    while publisher.turn():
        pass
    return Client(PublishedBytes(provider.runtime.places.published, app, provider.clock, look_every_s=0))


def no_app(environ, _start_response):
    raise AssertionError(f"{environ['PATH_INFO']}: rendered")


@on_sqlite
def test_they_are_what_the_app_would_say(provider, slugs):
    app, published = Client(create_app(provider.runtime)), layer(provider, no_app)
    for language, slug, feed in product(("fr", "en"), slugs.values(), FEEDS):
        path = f"/{language}/exchanges/{slug}/{feed}"
        made, given = app.get(path), published.get(path)
        assert (given.status_code, given.data, given.content_type) == (200, made.data, made.content_type)
        assert given.headers.get("Access-Control-Allow-Origin") == made.headers.get("Access-Control-Allow-Origin")
        again = published.get(path, headers={"If-None-Match": given.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")


@on_sqlite
def test_a_client_may_have_them_compressed(provider, slugs):
    published = layer(provider, no_app)
    path = f"/fr/exchanges/{slugs['LIL59']}/feed.rss"
    packed = published.get(path, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["ETag"] != published.get(path).headers["ETag"]


@on_sqlite
def test_a_place_once_named_is_not_said_to_be_empty(provider, slugs):
    uid = provider.open(fr="Coupure.")
    provider.close(uid, fr="Fini.")
    named_in(provider, uid, PlaceKind.EXCHANGE, "LIL59")
    provider.clock.pass_time(400 * 86_400)
    provider.verify()
    published = layer(provider, create_app(provider.runtime))
    assert b"Coupure." in published.get(f"/fr/exchanges/{slugs['LIL59']}/feed.rss").data


@on_sqlite
def test_nobody_is_given_the_pattern(provider, slugs):
    published = layer(provider, create_app(provider.runtime))
    assert published.get("/fr/empty/exchanges/feed.rss").status_code == 404
    assert published.get("/fr/exchanges/nowhere/feed.rss").status_code == 404


@given(st.text(st.characters(exclude_categories=["C", "Z"]) | st.sampled_from(' "&<>;,\\:'), min_size=1))
def test_any_name_stands_in_a_calendar_escaped_and_folded(name):
    asked = read_address("/fr/exchanges/lil59/calendar.ics")
    pattern = f"BEGIN:VCALENDAR\r\nPRODID:x\r\nVERSION:2.0\r\nNAME:{NAME} – Opérateur\r\nEND:VCALENDAR\r\n".encode()
    filled = fill(pattern, asked, name)
    assert max(map(len, filled.split(b"\r\n"))) <= 75
    unfolded = filled.replace(b"\r\n ", b"").split(b"\r\n")
    assert unfolded[3] == b"NAME:" + vText(f"{name} – Opérateur").to_ical()
