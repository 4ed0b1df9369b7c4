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

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)

WHEN_ASKED = {
    "public.availability", "public.department", "public.exchange", "public.history", "public.measures",
    "public.resource", "public.travaux_csv", "public.travaux_json", "compat.ovh_incident",
}  # fmt: skip
"""Made from the database for who asks (docs/addresses.md): without it they are 503."""

NOT_THERE = {"public.post_mortem"}
"""404 with the database; without it nobody knows."""

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
    shown = [rule for rule in rules if rule.endpoint.startswith(("public.", "feeds.", "compat."))]
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
