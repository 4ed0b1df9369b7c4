"""An event's moves at the desk, from the button to what the public reads."""

from __future__ import annotations

import pytest

from status.domain.states import EventState, Impact, Publication
from status.models import EventComponent, Installation
from status.models.engine import writing
from status.services import actors, incidents
from status.services.events import find
from tests.status.web.builder import NOW, ago
from tests.status.web.days import one_incident, quiet
from tests.status.web.signing_in import sign_in


def robots_draft(session):
    story = one_incident(session)
    story.event(("Lenteurs", "Slow"), ["databases"], impact=Impact.DEGRADED, began=ago(minutes=2),
                publication=Publication.DRAFT, posts=[])  # fmt: skip
    session.get(Installation, 1).next_event_number = 1300
    return story


DRAFT = "/desk/events/00000000-0000-0000-0000-0000000004b4"


def public(app, n, language="fr"):
    return app.test_client().get(f"/{language}/travaux/{n}")


def test_a_robots_draft_is_published_by_a_button(app, fill):
    fill(robots_draft)
    assert sign_in(app, "bob").post(f"{DRAFT}/publish").status_code == 303
    assert "Lenteurs" in public(app, 1300).text


def test_a_robots_draft_is_withdrawn_and_leaves_nothing(app, fill, sessions):
    fill(robots_draft)
    sign_in(app, "alice").post(f"{DRAFT}/withdraw", {"text_fr": "Sonde mal réglée."})
    assert public(app, 1300).status_code == 404
    with sessions() as session:
        assert find(session, DRAFT.rpartition("/")[2]).publication is Publication.WITHDRAWN


def test_taking_over_and_handing_back_change_who_holds_it(app, fill, sessions):
    fill(one_incident)
    bob = sign_in(app, "bob")
    bob.post("/desk/events/1203/take")
    assert "Dans les mains de" in bob.get("/desk/events/1203").text
    bob.post("/desk/events/1203/hand-back")
    with sessions() as session:
        assert find(session, "1203").taken_by is None


def test_a_false_alarm_is_withdrawn_by_a_lead_with_its_reason(app, fill):
    fill(one_incident)
    assert sign_in(app, "bob").post("/desk/events/1203/withdraw", {"text_fr": "Non"}).status_code == 403
    form = {"text_fr": "Sonde mal réglée.", "text_en": "Faulty probe."}
    assert sign_in(app, "alice").post("/desk/events/1203/withdraw", form).status_code == 303
    assert "Sonde mal réglée." in public(app, 1203).text
    assert "Faulty probe." in public(app, 1203, "en").text


def test_a_withdrawal_without_reason_is_refused(app, fill):
    fill(one_incident)
    answer = sign_in(app, "alice").post("/desk/events/1203/withdraw", {})
    assert answer.status_code == 422
    assert 'href="#text_fr"' in answer.text


@pytest.fixture
def work(app, fill, sessions):
    fill(quiet)
    return sign_in(app, "bob")


def move(person, state, text="Voilà."):
    page = person.get("/desk/events/1202/post").text
    version = page.split('name="version" value="')[1].split('"')[0]
    return person.post("/desk/events/1202/post", {"do": "post", "state": state, "text_fr": text, "version": version})


def test_a_work_goes_from_confirmed_to_done(app, work, sessions):
    for state in ("in-progress", "verifying", "done"):
        assert move(work, state).status_code == 303
    with sessions() as session:
        assert find(session, "1202").state is EventState.DONE
    assert "terminé" in public(app, 1202).text


def test_a_running_work_is_rolled_back_without_being_verified_first(app, work, sessions):
    move(work, "in-progress")
    assert move(work, "rolled-back").status_code == 303
    with sessions() as session:
        assert find(session, "1202").state is EventState.ROLLED_BACK


def test_a_work_is_cancelled(app, work):
    assert move(work, "cancelled", "Pas de fenêtre.").status_code == 303
    assert "Pas de fenêtre." in public(app, 1202).text


def test_a_coming_work_gets_new_times(app, work, sessions):
    form = {"start_at": "2026-11-26T02:00", "end_at": "2026-11-26T04:00", "text_fr": "Reporté d'un jour."}
    assert work.post("/desk/events/1202/times", form).status_code == 303
    with sessions() as session:
        assert find(session, "1202").planned_start_at.strftime("%d %H:%M") == "26 01:00"
    assert "Reporté d" in public(app, 1202).text


def test_an_hour_that_does_not_exist_is_explained(work):
    form = {"start_at": "2027-03-28T02:30", "end_at": "2027-03-28T05:00"}
    answer = work.post("/desk/events/1202/times", form)
    assert answer.status_code == 422
    assert "03:30" in answer.text
    assert 'value="2027-03-28T02:30"' in answer.text


def test_an_incident_is_closed_and_reopened(app, fill, sessions):
    fill(one_incident)
    bob = sign_in(app, "bob")
    for state in ("resolved", "investigating"):
        page = bob.get("/desk/events/1203/post").text
        version = page.split('name="version" value="')[1].split('"')[0]
        form = {"do": "post", "state": state, "text_fr": f"Vers {state}.", "version": version}
        assert bob.post("/desk/events/1203/post", form).status_code == 303
    assert "Vers resolved." in public(app, 1203).text
    with sessions() as session:
        assert find(session, "1203").ended_at is None


@pytest.fixture
def two(fill, sessions):
    """FS#1301 on webmail and FS#1302 on webmail's servers and the databases."""
    story = fill(quiet)
    with writing(sessions) as session:
        session.get(Installation, 1).next_event_number = 1301
        anne = actors.cli_user(session, "anne")
        for slugs in (("webmail",), ("vps", "databases")):
            impacts = {story.ids[slug]: Impact.FULL for slug in slugs}
            title = {"fr": f"Panne {slugs[0]}", "en": f"Outage {slugs[0]}"}
            incidents.open_incident(session, incidents.Opening(impacts, title), anne, NOW)
    return story


def test_an_incident_is_merged_into_a_chosen_one(app, two):
    alice = sign_in(app, "alice")
    assert "Panne vps" in alice.get("/desk/events/1301/merge").text
    answer = alice.post("/desk/events/1301/merge", {"into": "1302", "text_fr": "Même cause."})
    assert answer.location.endswith("/desk/events/1302")
    assert "Même cause." in public(app, 1302).text
    assert "FS#1302" in public(app, 1301).text


def test_merging_into_nothing_is_refused(app, two):
    answer = sign_in(app, "alice").post("/desk/events/1301/merge", {})
    assert answer.status_code == 422
    assert 'href="#into"' in answer.text


def test_components_are_split_off(app, two, sessions):
    form = {"component": two.ids["vps"], "title_fr": "Serveurs en panne"}
    answer = sign_in(app, "alice").post("/desk/events/1302/split", form)
    assert answer.location.endswith("/desk/events/1303")
    assert "Serveurs en panne" in public(app, 1303).text
    with sessions() as session:
        old = session.query(EventComponent).filter_by(event_uid=find(session, "1302").uid, left_at=None).all()
        assert [row.component_id for row in old] == [two.ids["databases"]]


def test_splitting_off_everything_is_refused(app, two):
    form = {"component": [two.ids["vps"], two.ids["databases"]]}
    assert sign_in(app, "alice").post("/desk/events/1302/split", form).status_code == 422


def test_only_a_lead_merges_and_splits(app, two):
    bob = sign_in(app, "bob")
    assert bob.post("/desk/events/1301/merge", {"into": "1302"}).status_code == 403
    assert bob.post("/desk/events/1302/split", {"component": two.ids["vps"]}).status_code == 403


def test_new_times_that_meet_another_work_name_it_first(app, work, sessions):
    titles = {"title_fr": "Onduleurs", "start_at": "2026-11-26T02:00", "end_at": "2026-11-26T03:00"}
    with sessions() as session:
        touched = session.query(EventComponent).filter_by(event_uid=find(session, "1202").uid).one().component_id
    work.post("/desk/works/new", {"do": "draft", "component": touched, "impact": "none", **titles})
    form = {"start_at": "2026-11-26T02:00", "end_at": "2026-11-26T04:00"}
    answer = work.post("/desk/events/1202/times", form)
    assert answer.status_code == 422
    assert "Onduleurs" in answer.text
    assert work.post("/desk/events/1202/times", {**form, "overlap_known": "yes"}).status_code == 303
