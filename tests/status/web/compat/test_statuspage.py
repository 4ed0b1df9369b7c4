"""Statuspage's read API: exact shape, the tables of SPEC §2, and 503 where the present is not known."""

from __future__ import annotations

from datetime import timedelta

import pytest

from status.domain.states import EventState, EventType, Impact, Publication, Verdict, Visibility
from tests.status.web.builder import NOW, Story, ago
from tests.status.web.days import one_incident, quiet, very_bad_day

PAGE = {"id", "name", "url", "time_zone", "updated_at"}
COMPONENT = {
    "id", "name", "status", "created_at", "updated_at", "position", "description", "showcase", "start_date", "group_id",
    "page_id", "group", "only_show_if_degraded",
}  # fmt: skip
INCIDENT = {
    "id", "name", "status", "created_at", "updated_at", "monitoring_at", "resolved_at", "impact", "shortlink",
    "started_at", "page_id", "incident_updates", "components",
}  # fmt: skip
UPDATE = {
    "id", "status", "body", "incident_id", "created_at", "updated_at", "display_at", "affected_components",
    "deliver_notifications", "custom_tweet", "tweet_id",
}  # fmt: skip
DOORS = {
    "summary": {"components", "incidents", "scheduled_maintenances", "status"},
    "status": {"status"},
    "components": {"components"},
    "incidents": {"incidents"},
    "incidents/unresolved": {"incidents"},
    "scheduled-maintenances": {"scheduled_maintenances"},
    "scheduled-maintenances/upcoming": {"scheduled_maintenances"},
    "scheduled-maintenances/active": {"scheduled_maintenances"},
}


@pytest.fixture
def ask(app):
    return lambda name: app.test_client().get(f"/api/v2/{name}.json").get_json()


def small(session) -> Story:
    story = Story(session).begin()
    for slug, area in (("web", "hosting"), ("dns", "hosting"), ("mx", "email")):
        story.component(slug, area, slug)
    return story


@pytest.mark.parametrize("name", DOORS)
def test_each_door_has_exactly_its_fields(fill, ask, name):
    fill(very_bad_day)
    document = ask(name)
    assert set(document) == {"page"} | DOORS[name]
    assert set(document["page"]) == PAGE


def test_objects_have_exactly_their_fields(fill, ask):
    fill(very_bad_day)
    summary = ask("summary")
    for component in summary["components"]:
        assert set(component) == COMPONENT | ({"components"} if component["group"] else set())
    planned = {"scheduled_for", "scheduled_until"}
    for key, more in (("incidents", set()), ("scheduled_maintenances", planned)):
        assert {frozenset(each) for each in summary[key]} == {frozenset(INCIDENT | more)}
    updates = [update for incident in summary["incidents"] for update in incident["incident_updates"]]
    assert {frozenset(update) for update in updates} == {frozenset(UPDATE)}


def test_a_quiet_day(fill, ask):
    fill(quiet)
    assert ask("status")["status"] == {"indicator": "none", "description": "Aucun incident connu"}
    assert ask("incidents/unresolved")["incidents"] == []
    assert [work["status"] for work in ask("scheduled-maintenances/upcoming")["scheduled_maintenances"]] == [
        "scheduled"
    ]


def test_an_outage_is_a_critical_incident_of_its_component(fill, ask):
    story = fill(one_incident)
    (incident,) = ask("summary")["incidents"]
    assert (incident["status"], incident["impact"]) == ("identified", "critical")
    assert incident["shortlink"] == f"https://status.example.net/fr/travaux/{story.number}"
    newest, oldest = incident["incident_updates"]
    assert newest["body"].startswith("Cause identifiée\u00a0: indisponibilité totale, Appels SIP")
    assert oldest["affected_components"][0] | {"code": ""} == {
        "code": "", "name": "Appels SIP", "old_status": "operational", "new_status": "major_outage",
    }  # fmt: skip
    assert [component["status"] for component in incident["components"]] == ["major_outage"]
    assert ask("status")["status"]["indicator"] == "critical"


def test_areas_are_groups_of_all_that_hangs_below_them(fill, ask):
    story = fill(quiet)
    by_name = {component["name"]: component for component in ask("components")["components"]}
    assert by_name["E-mail"]["group"]
    assert by_name["Webmail"]["group_id"] == by_name["E-mail"]["id"]
    assert by_name["Webmail"]["id"] in by_name["E-mail"]["components"]
    assert "vieux-fax" in story.ids
    assert "Ancienne passerelle fax" not in by_name


@pytest.mark.parametrize(
    ("impact", "component", "incident"),
    [
        (Impact.DEGRADED, "degraded_performance", "minor"),
        (Impact.PARTIAL, "partial_outage", "major"),
        (Impact.FULL, "major_outage", "critical"),
    ],
)
def test_impacts_by_the_table(fill, ask, impact, component, incident):
    def day(session):
        story = small(session)
        posts = [(ago(minutes=8), EventState.INVESTIGATING, {"fr": "x"}, 2)]
        story.event(("t", "t"), ["web"], impact=impact, began=ago(minutes=9), posts=posts, by=2)
        return story

    fill(day)
    summary = ask("summary")
    assert [each["status"] for each in summary["components"] if each["name"] == "web"] == [component]
    assert [each["impact"] for each in summary["incidents"]] == [incident]
    assert summary["status"]["indicator"] == incident


def test_unknown_is_degraded_performance_and_said_in_words(fill, ask):
    def day(session):
        story = small(session)
        story.verdict("mx", Verdict.UNKNOWN, ago(minutes=9))
        return story

    fill(day)
    summary = ask("summary")
    assert [each["status"] for each in summary["components"] if each["name"] == "mx"] == ["degraded_performance"]
    assert summary["status"]["indicator"] == "minor"
    assert "état inconnu" in summary["status"]["description"]


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (EventState.PLANNED, ("scheduled", "upcoming", "operational")),
        (EventState.CONFIRMED, ("scheduled", "upcoming", "operational")),
        (EventState.IN_PROGRESS, ("in_progress", "active", "under_maintenance")),
        (EventState.VERIFYING, ("verifying", "active", "under_maintenance")),
    ],
)
def test_works_are_scheduled_maintenances(fill, ask, state, told):
    status, door, component = told

    def day(session):
        story = small(session)
        hours = (NOW, NOW + timedelta(hours=2))
        story.event(("t", "t"), ["web"], kind=EventType.UPGRADE, state=state, planned=hours, by=2)
        return story

    fill(day)
    (work,) = ask(f"scheduled-maintenances/{door}")["scheduled_maintenances"]
    assert (work["status"], work["impact"]) == (status, "maintenance")
    assert work["scheduled_for"] == "2026-11-22T14:32:07.000+01:00"
    assert [each["status"] for each in ask("components")["components"] if each["name"] == "web"] == [component]


@pytest.mark.parametrize("publication", [Publication.WITHDRAWN, Publication.MERGED])
def test_what_was_withdrawn_or_merged_is_resolved(fill, ask, publication):
    def day(session):
        story = small(session)
        posts = [(ago(minutes=8), EventState.INVESTIGATING, {"fr": "x"})]
        story.event(("t", "t"), ["web"], began=ago(minutes=9), publication=publication, posts=posts)
        return story

    fill(day)
    (incident,) = ask("incidents")["incidents"]
    assert incident["status"] == incident["incident_updates"][0]["status"] == "resolved"
    assert incident["resolved_at"]
    assert ask("incidents/unresolved")["incidents"] == []


def test_identifiers_are_twelve_letters_and_digits_and_stay(fill, ask):
    fill(one_incident)
    first, again = ask("summary"), ask("summary")
    assert first == again
    ids = {each["id"] for each in (*first["components"], *first["incidents"], first["page"])}
    assert all(len(each) == 12 and each.isalnum() and each.islower() for each in ids)
    assert len(ids) == len(first["components"]) + len(first["incidents"]) + 1


@pytest.mark.parametrize("name", DOORS)
def test_without_a_known_present_it_is_refused(fill, app, name):
    def day(session):
        return Story(session).begin(verified_at=ago(minutes=9))

    fill(day)
    answer = app.test_client().get(f"/api/v2/{name}.json")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert answer.get_json()["message"].startswith("state unknown")


def test_hidden_components_are_nowhere(fill, app):
    def day(session):
        story = small(session)
        for visibility in (Visibility.INTERNAL, Visibility.CUSTOMERS):
            slug = f"canari-{visibility.value}"
            story.component(slug, "hosting", f"Canari {visibility.value}", visibility=visibility)
            story.event(("Panne canari", "Canary"), [slug], began=ago(minutes=5))
        posts = [(ago(minutes=8), EventState.INVESTIGATING, {"fr": "x"})]
        story.event(("t", "t"), ["web"], began=ago(minutes=9), posts=posts)
        return story

    fill(day)
    for name in DOORS:
        assert "anari" not in app.test_client().get(f"/api/v2/{name}.json").text


def test_scripts_of_any_site_may_read(fill, app):
    fill(quiet)
    answer = app.test_client().get("/api/v2/summary.json")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in app.test_client().get("/fr").headers
