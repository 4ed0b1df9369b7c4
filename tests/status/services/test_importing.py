"""What was brought in from another site: found by lists, search, old links; told to nobody, counted nowhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from status.app import create_app
from status.domain.states import EventType, Impact
from status.models import Component, Installation
from status.models.engine import writing
from status.queries.decided import Decided
from status.services import importing
from status.services.actors import cli_user
from status.services.imported import Said, Task
from tests.status.publication.provider import START, make_provider

LONG_AGO = datetime(2011, 3, 10, 9, tzinfo=UTC)


def task(number: int, began: datetime = LONG_AGO, type_: EventType = EventType.INCIDENT) -> Task:
    ended = began + timedelta(hours=2)
    said = (Said(began, {"fr": "Le routeur th2 ne répond plus."}), Said(ended, {"fr": "Rétabli."}))
    return Task(
        f"task {number}", number, type_, {"fr": f"Panne {number}"}, began, ended, Impact.FULL,
        said, project=3, departments=("59",),
    )  # fmt: skip


@pytest.fixture
def provider(sessions, engine, tmp_path):
    provider = make_provider(sessions, engine, tmp_path)
    with writing(sessions) as session:
        session.get_one(Installation, 1).next_event_number = 50_000
        session.get_one(Component, provider.ids["imap"]).legacy_project = 3
    return provider


@pytest.fixture
def ask(provider):
    tasks = [task(4154), task(49_484, START - timedelta(hours=3)), task(7, type_=EventType.UPGRADE)]
    with writing(provider.sessions) as session:
        importing.take_in(session, tasks, "old.json", cli_user(session, "anne"), provider.now)
    client = create_app(provider.runtime).test_client()
    return client.get


def test_its_page_its_old_link_and_its_component_s_page_hold_it(ask):
    assert "Le routeur th2 ne répond plus." in ask("/fr/travaux/4154").text
    assert ask("/?do=details&id=49484").headers["Location"] == "/fr/travaux/49484"
    assert "Panne 49484" in ask("/fr/components/imap").text
    assert "Panne 4154" in ask("/fr/history?month=2011-03").text


def test_search_and_filters_find_it(ask):
    assert ask("/fr/travaux?q=4154").headers["Location"] == "/fr/travaux/4154"
    assert ask("/fr/travaux?q=routeur+repond").text.count("Panne ") >= 3
    assert "Panne 4154" in ask("/fr/travaux?department=59&to=2012-01-01").text


@pytest.mark.parametrize("feed", ["feed.rss", "feed.atom", "feed.json", "events.atom", "calendar.ics"])
def test_no_feed_holds_it(ask, feed):
    for place in ("", "/components/imap", "/departments/59", "/types/incident"):
        assert "Panne" not in ask(f"/fr{place}/{feed}").text


def test_the_present_and_the_availability_are_as_they_were(ask, provider):
    assert "Aucun incident connu" in ask("/fr").text
    with provider.sessions() as session:
        assert not Decided(session, START - timedelta(days=90), provider.now)
    assert [each["name"] for each in ask("/api/v2/incidents/unresolved.json").get_json()["incidents"]] == []


def test_the_next_event_takes_the_next_number(ask, provider):
    assert provider.open("sip")
    assert "FS#50000" in ask("/fr/travaux").text


def test_many_are_written_in_slices(provider):
    tasks = [task(number) for number in range(1, 1_203)]
    with writing(provider.sessions) as session:
        taken = importing.take_in(session, tasks, "old.json", cli_user(session, "anne"), provider.now)
    assert (taken.events, taken.posts) == (1_202, 2_404)
    client = create_app(provider.runtime).test_client()
    assert "1\u202f202 fiches" in client.get("/fr/travaux").text or "1202 fiches" in client.get("/fr/travaux").text
