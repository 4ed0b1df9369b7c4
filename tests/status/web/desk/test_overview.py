"""The desk's first page: the worst first, then what waits for somebody; calm on a quiet day."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from status.app import create_app
from status.config.model import CheckEntry, Component, Relay
from status.domain.states import EventState, EventType, HoldAction, Impact, Publication, Verdict
from status.models import Actor, Check, Event, Hold, Location, Observation
from tests.status.web.builder import NOW, Story, ago
from tests.status.web.days import one_incident, quiet, very_bad_day
from tests.status.web.signing_in import sign_in


def looked_at(day):
    """A day on which every check was looked at a moment ago."""

    def full(session):
        story = day(session)
        place = Location(slug="here", created_at=ago(days=9), set_aside_at=None, set_aside_reason="")
        session.add(place)
        session.flush()
        for number, check_id in enumerate(session.scalars(sa.select(Check.id)).all()):
            session.add(look(check_id, place.id, number, ago(seconds=20)))
        return story

    return full


def look(check_id, location_id, number, at):
    return Observation(
        check_id=check_id, location_id=location_id, sequence=number, due_ms=round(at.timestamp() * 1000), late_ms=0,
        duration_us=1000, outcome=0, reason_id=0, standing=True,
    )  # fmt: skip


def overview(app, name="bob"):
    answer = sign_in(app, name).get("/desk")
    assert answer.status_code == 200
    return answer.text


def test_a_quiet_day_is_one_calm_screen(app, fill):
    fill(looked_at(quiet))
    page = overview(app)
    assert "Aucune anomalie connue" in page
    for heading in ("En attente de quelqu’un", "Incidents ouverts", "Retenus", "sans nouvelles"):
        assert heading not in page


def test_what_is_down_comes_before_what_is_degraded_and_leads_to_its_event(app, fill):
    fill(very_bad_day)
    page = overview(app)
    assert page.index('class="row-line s-down"') < page.index('class="row-line s-degraded"')
    assert "/desk/components/web-mutualise" in page
    assert "/desk/events/1203/post" in page


def test_a_reader_sees_the_same_without_the_deeds(app, fill):
    fill(one_incident)
    page = overview(app, "rita")
    assert "Appels entrants" in page
    assert "/post" not in page
    assert "/desk/events/new" not in page


def test_a_broken_promise_is_a_row_at_its_minute(app, fill):
    def day(session):
        story = one_incident(session)
        session.scalars(sa.select(Event).where(Event.n == 1203)).one().next_update_at = NOW
        return story

    fill(day)
    assert "l’information promise est en retard" in overview(app)


def test_a_promise_to_come_is_no_nag(app, fill):
    fill(one_incident)
    assert "l’information promise est en retard" not in overview(app)


def test_an_unconfirmed_work_at_its_hour_is_a_row(app, fill):
    def day(session):
        story = quiet(session)
        story.event(("Routeurs", "Routers"), ["dns"], kind=EventType.UPGRADE, state=EventState.PLANNED, by=2,
                    planned=(ago(minutes=1), NOW + timedelta(hours=1)))  # fmt: skip
        return story

    fill(day)
    assert "son heure est venue" in overview(app)


def test_a_draft_of_the_robot_says_when_it_is_published_by_itself(app, fill):
    def day(session):
        story = quiet(session)
        story.event(("Lenteurs", "Slow"), ["dns"], impact=Impact.DEGRADED, began=ago(minutes=2),
                    publication=Publication.DRAFT)  # fmt: skip
        return story

    fill(day)
    page = overview(app)
    assert "Lenteurs" in page
    assert "14:40" in page  # found at 14:30, ten minutes to publication


def test_a_person_and_the_probes_disagreeing_for_ten_minutes_is_said(app, fill):
    fill(disagreeing(ago(minutes=11)))
    assert "les personnes et les sondes se contredisent" in overview(app)


def test_a_fresh_disagreement_is_not_said_yet(app, fill):
    fill(disagreeing(ago(minutes=9)))
    assert "les personnes et les sondes se contredisent" not in overview(app)


def disagreeing(since):
    def day(session):
        story = quiet(session)
        event = story.event(("Coupure", "Cut"), ["sip"], began=ago(hours=1), by=2)
        event.taken_by = 2
        story.verdict("sip", Verdict.OPERATIONAL, since)
        return story

    return day


def test_a_muted_check_is_listed_with_its_end_and_reason(app, fill):
    def day(session):
        story = quiet(session)
        check = session.scalars(sa.select(Check).where(Check.name == "dns-check")).one()
        anne = session.scalars(sa.select(Actor).where(Actor.name == "cli:anne")).one()
        session.add(Hold(check_id=check.id, action=HoldAction.MUTE, reason="bascule du site B", began_at=ago(hours=1),
                         until=NOW + timedelta(hours=1), ended_at=None, actor_id=anne.id, ended_by=None))  # fmt: skip
        return story

    fill(day)
    page = overview(app)
    assert "bascule du site B" in page
    assert "15:32" in page


def test_a_check_without_a_look_for_three_intervals_is_quiet(app, fill):
    def day(session):
        story = looked_at(quiet)(session)
        check = session.scalars(sa.select(Check).where(Check.name == "dns-check")).one()
        session.execute(sa.delete(Observation).where(Observation.check_id == check.id))
        session.add(look(check.id, 1, 900, ago(seconds=95)))
        return story

    fill(day)
    page = overview(app)
    assert "/desk/checks/dns-check" in page
    assert "/desk/checks/vps-check" not in page


def test_a_self_test_without_reference_is_warned_of(app, fill):
    fill(quiet)
    assert "self_test.reference" in overview(app)


def test_a_location_set_aside_is_told_on_top(app, fill):
    def day(session):
        story = quiet(session)
        session.add(Location(slug="here", created_at=ago(days=9), set_aside_at=ago(minutes=3),
                             set_aside_reason="2 of 3 references do not answer"))  # fmt: skip
        return story

    fill(day)
    assert "here est écarté" in overview(app)


def test_four_hundred_components_cost_no_more_statements_than_fifteen(app, fill, statements):
    ids = fill(one_incident).ids
    bob = sign_in(app, "bob")
    bob.get("/desk")
    statements.clear()
    bob.get("/desk")
    few = len(statements)
    with app.extensions["travaux"].sessions() as session:
        story = Story(session, ids)
        for number in range(400):
            story.component(f"grappe-{number}", "vps", f"Grappe {number}")
        session.commit()
    statements.clear()
    bob.get("/desk")
    assert len(statements) == few


def test_many_of_one_parent_are_one_row_with_their_names_inside(app, fill):
    fill(very_bad_day)
    page = overview(app)
    assert "11 composants" in page
    assert page.count('<details class="folded">') == 1
    assert "/desk/components/web-mutualise-144" in page


def test_what_a_location_that_is_set_aside_saw_is_not_told(app, fill):
    def day(session):
        story = looked_at(one_incident)(session)
        place = session.scalars(sa.select(Location)).one()
        place.set_aside_at, place.set_aside_reason = ago(minutes=3), "2 of 3 references do not answer"
        return story

    fill(day)
    assert "here\u00a0: écarté" in overview(app)
    assert "here\u00a0: bien" not in overview(app)


def test_mail_that_would_fall_with_what_it_tells_of_is_said(runtime, fill):
    settings = runtime.settings.model_copy(
        update={
            "relay": (Relay(name="main", host="smtp.example.net", component="smtp-out"),),
            "component": (Component(slug="smtp-out", parent="email", name={"fr": "SMTP"}),),
            "check": (CheckEntry(name="smtp", component="smtp-out", kind="smtp", options={"host": "x"}),),
        }
    )
    fill(quiet)
    assert "aucun mail ne l’annonce" in overview(create_app(replace(runtime, settings=settings)))
