"""Opening an incident at the desk."""

from __future__ import annotations

import pytest

from status.domain.states import Impact, Publication
from status.models import Event, EventComponent, Installation
from status.models.engine import writing
from tests.status.web.days import quiet, very_bad_day
from tests.status.web.signing_in import sign_in

NEW = "/desk/events/new"


@pytest.fixture
def story(fill, sessions):
    story = fill(quiet)
    with writing(sessions) as session:
        session.get(Installation, 1).next_event_number = 1301
    return story


@pytest.fixture
def bob(app, story):
    return sign_in(app, "bob")


def test_what_is_opened_is_public_with_a_title_made_from_its_components(bob, app, story):
    answer = bob.post(NEW, {"do": "post", "component": story.ids["webmail"], "impact": "full"})
    assert answer.status_code == 303
    assert "Webmail" in app.test_client().get("/fr/travaux/1301").text


def test_each_component_may_have_an_impact_of_its_own(bob, story, sessions):
    webmail, sip = story.ids["webmail"], story.ids["sip"]
    bob.post(NEW, {"do": "post", "component": [webmail, sip], "impact": "degraded", f"impact-{sip}": "full"})
    with sessions() as session:
        said = {row.component_id: row.impact for row in session.query(EventComponent).filter(
            EventComponent.event_uid == session.query(Event).filter_by(n=1301).one().uid)}  # fmt: skip
    assert said == {webmail: Impact.DEGRADED, sip: Impact.FULL}


def test_a_back_dated_incident_lasts_since_then(bob, story, sessions):
    form = {"do": "post", "component": story.ids["sip"], "impact": "full", "happened_at": "2026-11-22T13:05"}
    bob.post(NEW, form)
    with sessions() as session:
        assert session.query(Event).filter_by(n=1301).one().started_at.strftime("%H:%M") == "12:05"


def test_a_draft_has_no_public_page(bob, app, story, sessions):
    form = {"do": "draft", "component": story.ids["sip"], "impact": "full", "text_fr": "Secret pour l'instant"}
    assert bob.post(NEW, form).status_code == 303
    with sessions() as session:
        assert session.query(Event).filter_by(publication=Publication.DRAFT).one().n is None
    assert "Secret pour" not in app.test_client().get("/fr").text


def test_without_component_it_is_refused_and_nothing_typed_is_lost(bob):
    answer = bob.post(NEW, {"do": "post", "impact": "full", "text_fr": "Rien ne va plus."})
    assert answer.status_code == 422
    assert 'href="#components"' in answer.text
    assert "Rien ne va plus." in answer.text


def test_the_filter_finds_one_among_hundreds_and_keeps_the_chosen_ones(app, fill):
    story = fill(very_bad_day)
    form = {"do": "filter", "component": story.ids["webmail"], "filter": "bases donnees", "text_fr": "Panne."}
    page = sign_in(app, "bob").post(NEW, form).text
    assert f'value="{story.ids["webmail"]}" checked' in page
    assert f'value="{story.ids["databases"]}"' in page
    assert f'value="{story.ids["sip"]}"' not in page
    assert "Panne." in page


def test_the_address_may_choose_components(bob, story):
    assert f'value="{story.ids["sip"]}" checked' in bob.get(f"{NEW}?component=sip").text


def test_a_preview_opens_nothing(bob, story, sessions):
    form = {"do": "preview", "component": story.ids["sip"], "impact": "full", "text_fr": "Appels coupés."}
    assert '<li id="update-1">' in bob.post(NEW, form).text
    with sessions() as session:
        assert session.query(Event).filter_by(n=1301).count() == 0


def test_who_is_limited_to_an_area_is_offered_and_opens_only_there(app, story, sessions):
    carol = sign_in(app, "carol")
    assert f'value="{story.ids["sip"]}"' not in carol.get(NEW).text
    assert carol.post(NEW, {"do": "post", "component": story.ids["sip"], "impact": "full"}).status_code == 422
    assert carol.post(NEW, {"do": "post", "component": story.ids["webmail"], "impact": "full"}).status_code == 303


def test_a_reader_may_not_open(app, story):
    assert sign_in(app, "rita").get(NEW).status_code == 403
