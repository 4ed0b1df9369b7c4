"""Planning a work at the desk."""

from __future__ import annotations

import pytest

from status.domain.states import EventState
from status.models import Event, Installation, WorkSeries
from status.models.engine import writing
from status.services.events import find
from tests.status.web.days import quiet
from tests.status.web.signing_in import sign_in

NEW = "/desk/works/new"
TIMES = {"start_at": "2026-12-01T02:00", "end_at": "2026-12-01T04:00"}


@pytest.fixture
def story(fill, sessions):
    story = fill(quiet)
    with writing(sessions) as session:
        session.get(Installation, 1).next_event_number = 1301
    return story


@pytest.fixture
def bob(app, story):
    return sign_in(app, "bob")


def form(story, **more):
    titles = {"title_fr": "Changement de pile", "title_en": "Stack replacement"}
    start = {"do": "post", "type": "maintenance", "impact": "interruption", "component": story.ids["sip"]}
    return {**start, **titles, **TIMES, **more}


def test_a_work_is_announced_with_its_local_times(bob, app, story, sessions):
    assert bob.post(NEW, form(story)).status_code == 303
    assert "Changement de pile" in app.test_client().get("/fr/travaux/1301").text
    with sessions() as session:
        assert find(session, "1301").planned_start_at.strftime("%d %H:%M") == "01 01:00"


def test_an_hour_that_does_not_exist_is_explained_and_nothing_is_lost(bob, story):
    answer = bob.post(NEW, form(story, start_at="2027-03-28T02:30", end_at="2027-03-28T05:00"))
    assert answer.status_code == 422
    assert "03:30" in answer.text
    assert "Changement de pile" in answer.text


def test_an_overlap_names_the_other_work_before_it_is_planned(bob, story, sessions):
    bob.post(NEW, form(story))
    answer = bob.post(NEW, form(story, title_fr="Autre chose"))
    assert answer.status_code == 422
    assert "Changement de pile" in answer.text
    assert bob.post(NEW, form(story, title_fr="Autre chose", overlap_known="yes")).status_code == 303


def test_a_work_that_comes_again_begins_a_series(bob, story, sessions):
    assert bob.post(NEW, form(story, repeat="FREQ=WEEKLY")).status_code == 303
    with sessions() as session:
        row = session.query(WorkSeries).one()
        assert (row.rule, row.starts, row.lasts_s) == ("FREQ=WEEKLY", "2026-12-01T02:00", 7200)


def test_a_rule_that_cannot_be_read_is_refused(bob, story):
    answer = bob.post(NEW, form(story, repeat="other", rule="FREQ=NEVER"))
    assert answer.status_code == 422
    assert 'href="#rule"' in answer.text


def test_without_times_or_title_it_is_refused_at_the_fields(bob, story):
    answer = bob.post(NEW, form(story, start_at="", title_fr="", title_en=""))
    assert answer.status_code == 422
    assert 'href="#start_at"' in answer.text


def test_an_end_before_its_start_is_refused(bob, story):
    answer = bob.post(NEW, form(story, end_at="2026-12-01T01:00"))
    assert answer.status_code == 422
    assert 'href="#end_at"' in answer.text


def test_a_draft_work_is_not_announced(bob, app, story, sessions):
    assert bob.post(NEW, form(story, do="draft")).status_code == 303
    assert "Changement de pile" not in app.test_client().get("/fr").text
    with sessions() as session:
        assert session.query(Event).filter_by(n=None).one().state is EventState.PLANNED
