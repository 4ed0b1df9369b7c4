"""OVH's shapes: exact fields and enumerations, its filters, and what is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest

from status.domain.states import EventState, EventType, Impact, Verdict, Visibility
from tests.status.web.builder import NOW, Story, ago

TASK = {
    "uuid", "reference", "title", "project", "category", "type", "status", "impact", "impactedService", "progress",
    "startDate", "endDate", "replies",
}  # fmt: skip
INCIDENT = {
    "id", "creationDate", "endDate", "departments", "nra", "operators", "comment", "taskId", "taskReference",
}  # fmt: skip


def lines(session) -> Story:
    story = Story(session).begin()
    story.component("web", "hosting", "Hébergement web", "Web hosting")
    story.component("adsl", "xdsl", "ADSL")
    story.component("canari", "xdsl", "Canari", visibility=Visibility.INTERNAL)
    event = story.event(
        ("Lignes coupées", "Lines cut"), ["adsl"], began=ago(hours=2), impact=Impact.PARTIAL, departments=["59"],
        exchanges=["LIL59"], expected_end=NOW + timedelta(hours=1),
        posts=[(ago(hours=1.9), EventState.INVESTIGATING, {"fr": "**Nous** cherchons."}, 2)], by=2,
    )  # fmt: skip
    event.operators = ["Kosc", "axione"]
    hours = (NOW + timedelta(days=1), NOW + timedelta(days=1, hours=2))
    story.event(
        ("Travaux", "Works"), ["web"], kind=EventType.MAINTENANCE, state=EventState.PLANNED, planned=hours,
        impact=Impact.INTERRUPTION, by=2,
    )  # fmt: skip
    story.event(("Ancien", "Old"), ["adsl"], state=EventState.RESOLVED, began=ago(days=200), ended=ago(days=199))
    story.event(("Panne canari", "Canary"), ["canari"], began=ago(hours=1))
    return story


@pytest.fixture
def ask(app, fill):
    fill(lines)
    return lambda path: app.test_client().get(f"/1.0{path}")


def test_a_task_has_exactly_its_fields(ask):
    works, incident = ask("/status/task").get_json()
    assert set(works) == set(incident) == TASK
    assert (incident["type"], incident["status"], incident["impact"]) == (
        "incident", "inProgress", "partialUnavailability",
    )  # fmt: skip
    assert (works["type"], works["status"], works["impact"]) == ("maintenance", "planned", "downtime")
    assert incident["project"] == "xDSL"
    assert incident["reference"] == "FS#1201"
    (reply,) = incident["replies"]
    assert reply["comment"].endswith("Nous cherchons.")


@pytest.mark.parametrize(
    ("query", "references"),
    [
        ("type=incident", ["FS#1201"]),
        ("status=planned", ["FS#1202"]),
        ("impact=downtime&type=maintenance", ["FS#1202"]),
        ("impact=fullUnavailability", []),
        ("type=", ["FS#1202", "FS#1201"]),
    ],
)
def test_tasks_are_filtered(ask, query, references):
    assert [task["reference"] for task in ask(f"/status/task?{query}").get_json()] == references


@pytest.mark.parametrize(
    "path",
    [
        "/status/task?type=panne",
        "/status/task?impact=%00",
        "/xdsl/incidents?creationDate=hier",
        "/xdsl/incidents?endDate=9999999-01-01",
        "/xdsl/incidents?creationDate=0001-01-01T00:00:00%2B14:00",
    ],
)
def test_a_filter_that_is_none_is_refused_in_words(ask, path):
    answer = ask(path)
    assert answer.status_code == 400
    assert "expected" in answer.get_json()["message"]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [1201]),
        ("?creationDate=2026-11-22T12:00:00%2B01:00", [1201]),
        ("?creationDate=2026-11-22T12:00:00+01:00", [1201]),
        ("?creationDate=2026-11-22T13:00:00Z", []),
        ("?endDate=2026-11-22T15:00:00Z", [1201]),
        ("?endDate=2026-11-22", []),
    ],
)
def test_incidents_of_access_lines_by_their_times(ask, query, numbers):
    assert ask(f"/xdsl/incidents{query}").get_json() == numbers


def test_an_incident_has_exactly_its_fields(ask):
    incident = ask("/xdsl/incidents/1201").get_json()
    assert set(incident) == INCIDENT
    assert (incident["departments"], incident["nra"]) == (["59"], ["LIL59"])
    assert incident["operators"] == ["kosc", "collect"]
    assert (incident["taskId"], incident["taskReference"]) == (1201, "FS#1201")
    assert incident["creationDate"] == "2026-11-22T11:32:07+00:00"


@pytest.mark.parametrize("number", ["1202", "1204", "1", "x", "99999999999", "-1", "%00"])
def test_what_is_no_incident_of_access_lines_is_not_found(ask, number):
    answer = ask(f"/xdsl/incidents/{number}")
    assert answer.status_code == 404
    assert "does not exist" in answer.get_json()["message"]


def test_an_old_incident_is_found_by_its_number(ask):
    assert ask("/xdsl/incidents/1203").get_json()["endDate"].startswith("2026-05-")


def test_all_it_touches_is_unknown_reads_unknown(app, fill):
    def day(session):
        story = lines(session)
        story.verdict("web", Verdict.UNKNOWN, ago(minutes=5))
        story.event(("Panne", "Outage"), ["web"], impact=Impact.NONE, began=ago(hours=1))
        return story

    fill(day)
    tasks = app.test_client().get("/1.0/status/task?impact=unknown").get_json()
    assert [task["title"] for task in tasks] == ["Panne"]


def test_hidden_components_are_nowhere(ask):
    assert "anari" not in ask("/status/task").text
    assert ask("/xdsl/incidents/1204").status_code == 404


def test_the_clock_is_a_number_and_never_kept(ask):
    answer = ask("/auth/time")
    assert isinstance(answer.get_json(), int)
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/status/task", "/xdsl/incidents", "/xdsl/incidents/1201"])
def test_without_a_known_present_it_is_refused(app, fill, path):
    fill(lambda session: Story(session).begin(verified_at=ago(minutes=9)))
    answer = app.test_client().get(f"/1.0{path}")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
