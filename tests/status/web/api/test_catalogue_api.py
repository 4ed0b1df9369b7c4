"""Components and checks over the API; accounts and tokens for admins."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from status.domain.states import Verdict, Visibility
from status.models import AuditEntry, Check, Instruction, Location, Observation, Reason
from tests.status.web.api.asking import program
from tests.status.web.builder import NOW, ago
from tests.status.web.days import quiet


def watched(session):
    """A quiet day with an internal component that is down, and five runs of the first check."""
    story = quiet(session)
    story.component("core", "hosting", "Cœur de réseau", visibility=Visibility.INTERNAL)
    story.verdict("core", Verdict.DOWN, ago(minutes=3), reason="timeout")
    session.add(Location(id=1, slug="here", created_at=NOW, set_aside_at=None, heard_at=None, retired_at=None))
    session.add(Reason(id=0, slug=""))
    first = session.scalars(sa.select(Check.id).order_by(Check.id)).first()
    for number in range(5):
        due = int(ago(seconds=30 * number).timestamp() * 1000)
        seen = {"due_ms": due, "late_ms": 2, "duration_us": 12_000, "outcome": 0, "reason_id": 0, "standing": True}
        session.add(Observation(check_id=first, location_id=1, sequence=9 - number, **seen))
    return story


@pytest.fixture
def alice(app, fill):
    fill(watched)
    return program(app, "alice")


def test_a_component_tells_what_was_detected_and_what_the_public_reads(alice):
    seen = alice.get("/components/web-mutualise").json
    assert (seen["verdict"], seen["own_state"], seen["public_state"], seen["parent"]) == (
        *["operational"] * 3,
        "hosting",
    )


def test_an_internal_component_has_no_public_state(alice):
    seen = alice.get("/components/core").json
    assert (seen["verdict"], seen["state"], seen["public_state"]) == ("down", "down", None)


def test_the_tree_comes_parents_first_and_in_pages(alice):
    first = alice.get("/components?limit=3").json
    second = alice.get(f"/components?limit=200&cursor={first['next']}").json
    slugs = [each["slug"] for each in first["items"] + second["items"]]
    assert (slugs[0], second["next"], len(slugs)) == ("hosting", None, len(set(slugs)))
    assert slugs.index("email") < slugs.index("webmail")


def test_a_month_is_told_day_by_day(alice):
    month = alice.get("/components/webmail/availability?month=2026-10").json
    assert (len(month["days"]), month["outages"], month["seconds"]["down"]) == (31, 1, 72 * 60)
    assert 0.99 < month["ratio"] < 1


def test_a_month_to_come_is_refused(alice):
    answer = alice.get("/components/webmail/availability?month=2027-01")
    assert answer.json["errors"][0]["field"] == "month"


def test_what_a_check_saw_comes_in_pages_the_youngest_first(alice):
    first = alice.get("/checks/1/observations?limit=3").json
    second = alice.get(f"/checks/1/observations?limit=3&cursor={first['next']}").json
    assert [each["sequence"] for each in first["items"] + second["items"]] == [9, 8, 7, 6, 5]
    assert (first["items"][0]["outcome"], first["items"][0]["location"]) == ("ok", "here")


def test_a_span_and_a_location_choose_among_them(alice):
    since = ago(seconds=45).isoformat().replace("+00:00", "Z")
    assert len(alice.get(f"/checks/1/observations?since={since}&location=here").json["items"]) == 2
    assert alice.get("/checks/1/observations?location=there").status_code == 422


def test_a_run_by_hand_is_left_for_the_decider(alice, sessions):
    answer = alice.post("/checks/1/run", {"location": "here"})
    with sessions() as session:
        left = session.scalars(sa.select(Instruction).where(Instruction.action == "run_check")).one()
    assert (answer.status_code, left.data) == (202, {"check_id": 1, "location": "here", "uid": answer.json["uid"]})


def test_a_check_is_muted_and_disabled_until_somebody_ends_it(alice):
    until = "2026-11-23T08:00:00Z"
    assert alice.post("/checks/1/mute", {"until": until}).json["holds"][0]["until"] == until
    held = alice.post("/checks/1/disable", {"reason": "it lies"}).json["holds"]
    assert [(hold["action"], hold["by"]) for hold in held] == [("mute", "account:alice"), ("disable", "account:alice")]
    alice.post("/checks/1/unmute")
    assert alice.post("/checks/1/enable").json["holds"] == []
    assert alice.post("/checks/1/enable").json["code"] == "not_held"


def test_a_check_is_found_by_its_name(alice):
    assert [each["id"] for each in alice.get("/checks?name=web-mutualise-check").json["items"]] == [1]


def test_a_person_is_invited_changed_and_shut_out_and_the_audit_says_who_did_it(app, alice, sessions):
    ada = program(app, "ada")
    made = ada.post("/accounts", {"name": "dora", "role": "responder", "areas": ["email"]})
    path = made.json["link"].removeprefix("https://status.example.net")
    assert (made.status_code, app.url_map.bind("").match(path)[0]) == (201, "desk.link")
    assert ada.ask("PATCH", "/accounts/dora", {"role": "lead"}).json["role"] == "lead"
    assert ada.post("/accounts/dora/disable").json["disabled_at"] is not None
    with sessions() as session:
        said = session.scalars(sa.select(AuditEntry.actor).where(AuditEntry.action.like("account.%"))).all()
    assert said == ["account:ada"] * 3
