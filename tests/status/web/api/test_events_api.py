"""Events over the API: read, opened, posted on, ended."""

from __future__ import annotations

import pytest

from tests.status.web.api.asking import program
from tests.status.web.days import quiet

DOWN = {"impacts": {"sip": "full"}, "title": {"fr": "Téléphonie en panne"}, "texts": {"fr": "Nous cherchons."}}


@pytest.fixture
def bob(app, fill):
    fill(quiet)
    return program(app, "bob")


def test_an_incident_is_opened_with_its_number_its_address_and_its_version(bob):
    answer = bob.post("/events", DOWN)
    assert (answer.status_code, answer.json["n"], answer.json["taken_by"]) == (201, 1, "account:bob")
    assert answer.headers["Location"] == f"/api/v1/events/{answer.json['uid']}"
    assert answer.headers["ETag"] == f'"{answer.json["version"]}"'


def test_an_event_is_found_by_its_number_and_by_its_uid(bob):
    uid = bob.post("/events", DOWN).json["uid"]
    assert bob.get("/events/1").json == bob.get(f"/events/{uid}").json


def test_an_update_is_posted_and_listed_with_its_words(bob):
    bob.post("/events", DOWN)
    told = bob.post("/events/1/updates", {"texts": {"en": "Found it."}, "state": "identified"})
    assert (told.status_code, told.json["k"], told.json["texts"]["en"]["text"]) == (201, 2, "Found it.")
    assert [each["state"] for each in bob.get("/events/1/updates").json["items"]] == ["investigating", "identified"]


def test_an_incident_is_closed_and_opened_again(bob):
    bob.post("/events", DOWN)
    assert bob.post("/events/1/close", {"texts": {"fr": "Rétabli."}}).json["state"] == "resolved"
    assert bob.post("/events/1/reopen", {}).json["state"] == "investigating"


def test_what_is_closed_is_not_closed_again_and_the_answer_names_what_is_allowed(bob):
    bob.post("/events", DOWN)
    bob.post("/events/1/close", {})
    again = bob.post("/events/1/close", {})
    assert (again.status_code, again.json["code"]) == (409, "move")
    assert "reopening" in again.json["detail"]


def test_a_draft_is_published(bob):
    uid = bob.post("/events", {**DOWN, "draft": True}).json["uid"]
    assert bob.get(f"/events/{uid}").json["n"] is None
    assert bob.post(f"/events/{uid}/publish").json["n"] == 1


def test_a_draft_is_published_at_its_time(bob):
    uid = bob.post("/events", {**DOWN, "draft": True}).json["uid"]
    answer = bob.post(f"/events/{uid}/publish-at", {"publish_at": "2026-11-23T08:00:00Z"})
    assert (answer.json["publication"], answer.json["publish_at"]) == ("scheduled", "2026-11-23T08:00:00Z")


def test_incidents_are_merged_and_split(app, bob):
    alice = program(app, "alice")
    alice.post("/events", {"impacts": {"sip": "full", "fax": "partial"}})
    alice.post("/events", {"impacts": {"trunk": "full"}})
    assert {row["component"] for row in alice.post("/events/1/merge", {"events": ["2"]}).json["components"]} == {
        "sip",
        "fax",
        "trunk",
    }
    apart = alice.post("/events/1/split", {"components": ["fax"]})
    assert (apart.status_code, apart.json["n"]) == (201, 3)


def test_a_false_alarm_is_withdrawn_by_a_lead(app, bob):
    bob.post("/events", DOWN)
    assert bob.post("/events/1/withdraw", {"reason": {"en": "Our probe."}}).status_code == 403
    answer = program(app, "alice").post("/events/1/withdraw", {"reason": {"en": "Our probe."}})
    assert (answer.json["publication"], answer.json["withdrawn_reason"]) == ("withdrawn", "Our probe.")


def test_an_incident_is_handed_back_and_taken(bob):
    bob.post("/events", DOWN)
    assert bob.post("/events/1/hand-back").json["taken_by"] is None
    assert bob.post("/events/1/take").json["taken_by"] == "account:bob"


def test_a_work_goes_its_way(bob):
    planned = {"type": "maintenance", "impacts": {"vps": "none"}, "title": {"fr": "Disques"}}
    times = {"start_at": "2026-11-23T02:00:00Z", "end_at": "2026-11-23T04:00:00+01:00"}
    n = bob.post("/works", {**planned, **times}).json["n"]
    moved = bob.post(f"/works/{n}/times", {"start_at": "2026-11-24T02:00:00Z", "end_at": "2026-11-24T03:00:00Z"})
    assert moved.json["planned_start_at"] == "2026-11-24T02:00:00Z"
    states = [bob.post(f"/works/{n}/{step}", {}).json["state"] for step in ("confirm", "start", "verify", "finish")]
    assert states == ["confirmed", "in-progress", "verifying", "done"]


def test_the_list_is_cut_into_pages_without_gap(bob):
    for _ in range(3):
        bob.post("/events", DOWN)
    first = bob.get("/events?limit=2").json
    second = bob.get(f"/events?limit=2&cursor={first['next']}").json
    both = [each["uid"] for each in first["items"] + second["items"]]
    assert both == [each["uid"] for each in bob.get("/events").json["items"]][:4]


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ("area=telephony", [1]),
        ("type=maintenance", [1202]),
        ("state=investigating", [1]),
        ("stage=ended", [1201]),
        ("component=smtp-in", [1201]),
        ("publication=draft", []),
        ("until=2026-11-20T00:00:00Z", [1201]),
        ("since=2026-11-22T13:00:00Z&type=incident", [1]),
    ],
)
def test_the_list_is_filtered(bob, asked, numbers):
    bob.post("/events", DOWN)
    assert [each["n"] for each in bob.get(f"/events?{asked}").json["items"]] == numbers
