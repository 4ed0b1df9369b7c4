"""A run that a program asked for: its address, and its whole trace once it has come."""

from __future__ import annotations

import logging

import pytest
import sqlalchemy as sa

from status.models import Check, Evidence, Location
from status.models.engine import writing
from tests.status.web.api.asking import program
from tests.status.web.builder import NOW, ago
from tests.status.web.days import quiet


@pytest.fixture
def bob(app, fill):
    def day(session):
        story = quiet(session)
        session.add(Location(id=1, slug="here", created_at=ago(days=9)))
        return story

    fill(day)
    return program(app, "bob")


def answer(sessions, uid: str) -> None:
    """Let the run of this request have come."""
    told = {"reason": "timeout", "detail": "no answer in 10 s", "phases_s": {"connect": 0.031},
            "trace": ["0.031 connected", "10.000 no answer"], "request": uid}  # fmt: skip
    with writing(sessions) as session:
        check = session.scalars(sa.select(Check.id).order_by(Check.id)).first()
        session.add(Evidence(check_id=check, location_id=1, sequence=7, at=NOW, data=told))


def test_a_run_has_an_address_where_its_trace_comes(bob, sessions):
    asked = bob.post("/checks/1/run", {"location": "here"})
    path = asked.headers["Location"].removeprefix("/api/v1")
    assert bob.get(path).json["code"] == "no_such_run"
    answer(sessions, asked.json["uid"])
    told = bob.get(path).json
    assert (told["reason"], told["phases_s"], told["trace"][0]) == ("timeout", {"connect": 0.031}, "0.031 connected")


def test_a_run_of_another_check_is_not_found_here(bob, sessions):
    uid = bob.post("/checks/1/run", {"location": "here"}).json["uid"]
    answer(sessions, uid)
    assert bob.get(f"/checks/2/runs/{uid}").status_code == 404
    assert bob.get("/checks/1/runs/nothing").status_code == 404


def test_a_fault_of_the_database_is_logged_by_its_route_and_not_by_what_was_asked(bob, engine, caplog):
    with writing(bob.client.application.extensions["travaux"].sessions) as session:
        session.execute(sa.text("DROP TABLE evidence"))
    with caplog.at_level(logging.ERROR):
        assert bob.get("/checks/1/runs/00000000-0000-7000-8000-000000000000").status_code == 503
    record = next(record for record in caplog.records if record.message == "api_without_database")
    assert record.route == "/api/v1/checks/<check>/runs/<run>"
    assert not hasattr(record, "path")
