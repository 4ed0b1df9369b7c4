"""Every public address while the database is away: as published, or 503 with a time to come again; never an error."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import Client

from status.app import create_app, make_render
from status.publication.publisher import Publisher
from status.web.asked_for import AskedFor
from status.web.assets import assets
from status.web.bytes import PublishedBytes
from tests.status.web.desk.sample_day import Day
from tests.status.web.signing_in import sign_in

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)

WHEN_ASKED = {
    "public.availability", "public.department", "public.exchange", "public.history", "public.measures",
    "public.resource", "public.travaux_csv", "public.travaux_json", "compat.ovh_incident",
}  # fmt: skip
"""Made from the database for who asks (docs/addresses.md): without it they are 503."""

NOT_THERE = {"public.post_mortem"}
"""404 with the database; without it nobody knows."""

PUBLIC = ("public.", "feeds.", "compat.")
HOST = "status.example.net"
LEADS_ON = {"compat.old_home"}
NOT_SHOWN = {"public.unavailable", "feeds.no_exchange", "feeds.no_resource", "compat.security_txt"}
"""For the publisher alone; the last where it is configured."""


@pytest.fixture
def day(app, fill) -> Day:
    return Day.make(app, fill)


@pytest.fixture
def site(day, runtime, engine) -> Client:
    publisher = Publisher(runtime, make_render(day.app), assets(), lambda: None, lambda: None)
    while publisher.turn():
        pass
    engine.dispose()
    file = Path(engine.url.database)
    file.rename(file.with_name("gone.db"))
    for beside in ("-wal", "-shm"):
        Path(f"{file}{beside}").unlink(missing_ok=True)
    app = AskedFor(create_app(runtime), runtime)
    return Client(PublishedBytes(runtime.places.published, app, runtime.clock, look_every_s=0))


def public_addresses(app: Flask, day: Day) -> dict[str, str]:
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    shown = [rule for rule in rules if rule.endpoint.startswith(PUBLIC)]
    paths = {day.path(rule): rule.endpoint for rule in shown}
    return paths | {f"/en{path[3:]}": name for path, name in paths.items() if path.startswith("/fr")}


def expected(endpoint: str) -> int:
    if endpoint in WHEN_ASKED | NOT_THERE:
        return 503
    return 404 if endpoint in NOT_SHOWN else 301 if endpoint in LEADS_ON else 200


def test_every_public_address_stands_or_says_that_it_cannot_be_shown(site, day):
    walked = public_addresses(day.app, day)
    answers = {path: site.get(path) for path in walked}
    found = {path: answer.status_code for path, answer in answers.items()}
    assert found == {path: expected(endpoint) for path, endpoint in walked.items()}
    assert all("Retry-After" in answer.headers for answer in answers.values() if answer.status_code == 503)
    assert set(walked.values()) >= WHEN_ASKED


ANSWERED = {200, 303, 401, 403, 404, 503}
"""A form that needs nothing, leads to the sign-in, asks who one is, or says that it can't be done now."""


@pytest.fixture
def cookie(day) -> str:
    """The session of a person who signed in while the database was there."""
    return sign_in(day.app, "bob").client.get_cookie("travaux").value


@pytest.mark.story
def test_desk_api_agents_and_forms_say_so_too_and_never_fail(cookie, site, day):
    site.set_cookie("__Host-travaux", cookie, domain=HOST)
    rules = [rule for rule in day.app.url_map.iter_rules() if not rule.endpoint.startswith(PUBLIC)]
    asked = [(method, day.path(rule)) for rule in rules for method in {"GET", "POST"} & (rule.methods or set())]
    answers = {each: site.open(each[1], method=each[0], base_url=f"https://{HOST}") for each in asked}
    assert {each: answer.status_code for each, answer in answers.items() if answer.status_code not in ANSWERED} == {}
    unavailable = [answer for answer in answers.values() if answer.status_code == 503]
    assert all("Retry-After" in answer.headers for answer in unavailable)
    pages = [answer.get_data(as_text=True) for answer in unavailable if answer.mimetype == "text/html"]
    assert [page for page in pages if "<main" not in page] == []
    assert len(unavailable) >= 60
