"""An event's page."""

from __future__ import annotations

from status.domain.states import EventState, Publication
from tests.status.web.builder import ago
from tests.status.web.days import one_incident, quiet

NBSP = "\u00a0"


def test_the_timeline_is_newest_first_with_permalinks(app, fill):
    fill(one_incident)
    page = app.test_client().get("/fr/travaux/1203").text
    assert 0 < page.index('id="update-2"') < page.index('id="update-1"')
    assert 'href="#update-2"' in page


def test_advice_places_and_touched_components_are_shown(app, fill):
    fill(one_incident)
    page = app.test_client().get("/fr/travaux/1203").text
    for words in ("Ce que vous pouvez faire", "ne pas redémarrer vos téléphones", "LIL59", "/fr/components/sip"):
        assert words in page


def test_a_missing_text_follows_in_the_other_language_marked(app, fill):
    fill(one_incident)
    page = app.test_client().get("/en/travaux/1203").text
    assert '<p lang="fr">Le service de téléphonie ne répond plus.</p>' in page


def test_the_robots_words_are_marked(app, fill):
    fill(one_incident)
    page = app.test_client().get("/fr/travaux/1203").text
    assert page.count("message automatique") == 1


def test_a_resolved_event_begins_with_its_duration(app, fill):
    fill(quiet)
    page = app.test_client().get("/fr/travaux/1201").text
    assert f"1{NBSP}h{NBSP}20" in page[: page.index("Déroulement")]


def test_a_withdrawn_event_keeps_its_page_with_the_reason(app, fill):
    def day(session):
        story = quiet(session)
        story.event(
            ("Panne", "Outage"),
            ["webmail"],
            began=ago(minutes=30),
            ended=ago(minutes=5),
            state=EventState.RESOLVED,
            publication=Publication.WITHDRAWN,
            withdrawn_reason="Sonde mal réglée.",
        )
        return story

    fill(day)
    page = app.test_client().get("/fr/travaux/1203").text
    assert f"retiré{NBSP}: fausse alerte" in page
    assert "Sonde mal réglée." in page


def test_hostile_words_are_escaped(app, fill):
    evil = "<script>alert(1)</script>\"'&"

    def day(session):
        story = quiet(session)
        story.event(
            {"en": evil},
            ["webmail"],
            began=ago(minutes=30),
            posts=[(ago(minutes=29), EventState.INVESTIGATING, {"fr": evil})],
            advice={"fr": evil},
        )
        return story

    fill(day)
    client = app.test_client()
    pages = "".join(client.get(path).text for path in ("/fr", "/en", "/fr/travaux", "/fr/travaux/1203"))
    assert "<script" not in pages
    assert "&lt;script&gt;" in pages


def test_a_draft_and_a_number_that_never_was_answer_alike(app, fill):
    def day(session):
        story = quiet(session)
        event = story.event(("Brouillon", "Draft"), ["webmail"], publication=Publication.DRAFT)
        event.n = 4_000
        return story

    fill(day)
    client = app.test_client()
    assert client.get("/fr/travaux/4000").data == client.get("/fr/travaux/4001").data.replace(b"4001", b"4000")
    assert client.get("/fr/travaux/4000").status_code == 404


def test_an_event_page_claims_no_verified_present(app, fill):
    fill(one_incident)
    page = app.test_client().get("/fr/travaux/1203").text
    assert "vérifié à" not in page
    assert "état actuel" in page
