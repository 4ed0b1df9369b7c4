"""A customer's private page, events and feeds: his own and the public's, and never another customer's."""

from __future__ import annotations

import json
import re

import pytest
import sqlalchemy as sa
from flask import Flask

from status.app import create_app
from status.models import CustomerToken, Installation, UpdateText
from status.models.engine import writing
from status.services import customer_tokens, customers
from status.services.actors import cli_user
from status.web.feeds.showing import FORMATS
from tests.status.customers import CANARIES, OURS, THEIRS, Customers
from tests.status.publication.provider import make_provider

UNKNOWN = "x" * customer_tokens.LENGTH
PUBLIC = ("/fr", "/fr/travaux", "/fr/travaux.json", "/fr/travaux.csv", "/fr/history", "/fr/calendar", "/status.json",
          "/api/v2/summary.json", "/1.0/status/task", "/sitemap.xml", "/fr/components/xdsl", "/fr/availability",
          "/fr/map", "/fr/departments/59", "/fr/help/internet", "/fr/travaux?q=ligne", "/en/travaux/64003")  # fmt: skip


@pytest.fixture
def house(sessions, engine, tmp_path) -> Customers:
    """64001 is the customer's, 64002 the other's, 64003 public and linked to his, 64004 touches both."""
    house = Customers.of(make_provider(sessions, engine, tmp_path))
    with writing(sessions) as session:
        session.get_one(Installation, 1).next_event_number = 64001
    own = house.open(OURS, title="Coupure de la ligne adele")
    other = house.open(THEIRS, title="Coupure de la ligne boris")
    house.open("imap", title="Réception retardée", linked=own)
    house.open("imap", OURS, THEIRS, title="Grande panne", linked=other)
    house.provider.plan("sip", "Travaux sans rapport")
    house.provider.plan(OURS, "Travaux sur adele")
    house.provider.plan(THEIRS, "Travaux sur boris")
    return house


@pytest.fixture
def app(house) -> Flask:
    return create_app(house.provider.runtime)


@pytest.fixture
def fetch(app, house):
    """Give what stands below a customer's own address."""
    client = app.test_client()

    def run(path: str = "", ref: str = "A1", **headers: str):
        return client.get(f"/c/{house.tokens[ref]}{path}", headers=headers)

    return run


def test_the_page_shows_what_is_his_with_its_incidents_and_works(fetch):
    page = fetch()
    assert (page.status_code, page.headers["Cache-Control"]) == (200, "private, no-store")
    assert (page.headers["Referrer-Policy"], page.headers["X-Robots-Tag"]) == ("no-referrer", "noindex")
    said = ("Adele SA", "Ligne line-adele", "CIRCUIT-DEUX", "imap fr", "Coupure de la ligne adele",
            "Réception retardée", "Grande panne", "Travaux sur adele")  # fmt: skip
    assert [words for words in said if words not in page.text] == []
    assert "Travaux sans rapport" not in page.text
    assert "Your services" in fetch(ref="B1").text


def test_a_page_costs_the_same_however_much_a_customer_has(app, house, fetch, statements):
    fetch()
    few = len(statements)
    house.take_in(f"A1;Adele SA;fr;{OURS};;\nA1;;;imap;;\nA1;;;smtp;;\nA1;;;sip;;\nA1;;;imap-1;;\n")
    statements.clear()
    assert fetch().status_code == 200
    assert (few, len(statements)) == (few, few)


@pytest.mark.parametrize(
    "path", ["", "/travaux/64001", "/travaux/64003", "/travaux/64004", *(f"/{name}" for name in FORMATS)]
)
def test_nothing_of_another_customer_is_in_it(fetch, path):
    answer = fetch(path)
    assert answer.status_code == 200
    assert [word for word in (*CANARIES, "64002", "64007") if word in answer.text] == []


def test_another_customers_event_answers_like_one_that_never_was(fetch):
    never = fetch("/travaux/999999")
    for path in ("/travaux/64002", "/travaux/64007"):
        other = fetch(path)
        assert (other.status_code, other.data, dict(other.headers)) == (404, never.data, dict(never.headers))
    assert "Coupure de la ligne boris" in fetch("/travaux/64002", "B1").text


def test_the_public_reads_nothing_of_what_only_customers_may_know(app):
    client = app.test_client()
    never = client.get("/fr/travaux/9999")
    for n in ("64001", "64002", "64006", "64007"):
        answer = client.get(f"/fr/travaux/{n}")
        assert (answer.status_code, answer.text.replace(f"/{n}", "/9999")) == (404, never.text)
    feeds = [f"/fr{below}/{name}" for name in FORMATS for below in ("", "/components/xdsl", "/types/incident")]
    for path in (*PUBLIC, *feeds):
        answer = client.get(path)
        assert answer.status_code == 200, path
        text = re.sub(r"[?&]\w+=[^\"&]*", "", answer.text)
        found = [word for word in (*CANARIES, "adele", "Adele", "64001", "64002", "64006", "64007") if word in text]
        assert found == [], path


def test_numbers_are_of_one_sequence_without_a_gap(house):
    with house.provider.sessions() as session:
        assert session.get_one(Installation, 1).next_event_number == 64008


@pytest.mark.parametrize("name", FORMATS)
def test_a_feed_is_private_and_asked_for_again_costs_nothing(fetch, name):
    first = fetch(f"/{name}")
    assert (first.headers["Cache-Control"], "adele" in first.text) == ("private, no-cache", True)
    again = fetch(f"/{name}", If_None_Match=first.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")
    assert "Access-Control-Allow-Origin" not in first.headers


def test_identifiers_are_those_that_are_stored_and_links_lead_to_his_own_pages(fetch, house):
    items = json.loads(fetch("/feed.json").data)["items"]
    with house.provider.sessions() as session:
        stored = set(session.scalars(sa.select(UpdateText.uid).where(UpdateText.language == "fr")))
    assert {item["id"] for item in items} < stored
    assert {item["url"].partition("/travaux/")[0] for item in items} == {
        f"http://127.0.0.1:8080/c/{house.tokens['A1']}"
    }
    assert fetch(items[0]["url"].partition(house.tokens["A1"])[2].partition("#")[0]).status_code == 200


def test_a_token_that_is_not_good_answers_like_one_that_never_was(app, house):
    client = app.test_client()
    with writing(house.provider.sessions) as session:
        author, now = cli_user(session, "anne"), house.provider.now
        customers.retire(session, customers.find(session, "B1"), author, now)
        fresh = customer_tokens.rotate(session, customers.find(session, "A1"), author, now)
    assert client.get(f"/c/{fresh}").status_code == 200
    for below in ("", "/feed.rss", "/travaux/64001", "/travaux/64004"):
        never = client.get(f"/c/{UNKNOWN}{below}")
        assert never.status_code == 404
        for token in (*house.tokens.values(), "", "é", f"{fresh}x", fresh[:-1]):
            answer = client.get(f"/c/{token}{below}")
            assert answer.status_code == 404
            assert not token or (answer.data, dict(answer.headers)) == (never.data, dict(never.headers))


def test_a_token_is_kept_as_its_hash_alone(house):
    with house.provider.sessions() as session:
        rows = session.scalars(sa.select(CustomerToken)).all()
    kept = str([(row.token_hash, row.start, row.uid) for row in rows])
    assert [token for token in house.tokens.values() if token in kept] == []
    assert customer_tokens.CHANCE_BYTES * 8 >= 128


def test_no_token_reaches_the_log_even_when_the_page_fails(app, house, caplog, monkeypatch):
    def fail(**_: object) -> None:
        raise RuntimeError("a bug")

    caplog.set_level("DEBUG")
    monkeypatch.setitem(app.view_functions, "customers.page", fail)
    client = app.test_client()
    assert client.get(f"/c/{house.tokens['A1']}").status_code == 500
    assert client.get(f"/c/{house.tokens['A1']}/feed.rss").status_code == 200
    assert "customer_page_failed" in caplog.text
    assert house.tokens["A1"] not in caplog.text
