"""A check's page in its corners: the run that was asked for is found again, a refused form leads to its own fields."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from status.models import Check, Evidence, Hold, Instruction, Location
from status.models.engine import reading
from status.services.identifiers import new_uid
from tests.status.web.builder import NOW, ago
from tests.status.web.days import quiet
from tests.status.web.signing_in import sign_in

CHECK = "/desk/checks/dns-check"
EMPTY = {"reason": "", "detail": "", "phases_s": {"connect": 0.031}, "evidence": {}}


def seen(session):
    """A quiet day with one location."""
    story = quiet(session)
    session.add(Location(slug="here", created_at=ago(days=9), set_aside_at=None, set_aside_reason=""))
    session.flush()
    return story


def left_by(session, name, sequence, at, **data):
    """Keep what a run of a check left."""
    check_id = session.scalars(sa.select(Check.id).where(Check.name == name)).one()
    place = session.scalars(sa.select(Location.id)).one()
    kept = {**EMPTY, **data}
    session.add(Evidence(check_id=check_id, location_id=place, sequence=sequence, at=at, data=kept))


def instructions(runtime):
    with reading(runtime.sessions) as session:
        return [row.data for row in session.scalars(sa.select(Instruction).where(Instruction.action == "run_check"))]


def active_holds(runtime):
    with reading(runtime.sessions) as session:
        return [
            (row.action.value, row.reason, row.until) for row in session.scalars(sa.select(Hold)) if not row.ended_at
        ]


def test_the_page_shows_the_trace_and_looks_no_more_by_itself(app, fill):
    uid = new_uid(NOW)

    def day(session):
        story = seen(session)
        left_by(session, "dns-check", 1, NOW, request=uid, trace=["0.031 connected", "0.040 <answer>"])
        return story

    fill(day)
    page = sign_in(app, "rita").get(f"{CHECK}?run={uid}").text
    assert "0.031 connected" in page
    assert "&lt;answer&gt;" in page
    assert "http-equiv" not in page


def test_the_run_that_was_asked_for_is_found_below_many_failures(app, fill):
    uid = new_uid(ago(minutes=5))

    def day(session):
        story = seen(session)
        left_by(session, "dns-check", 1, ago(minutes=5), request=uid, trace=["the one asked for"])
        for number in range(2, 40):
            left_by(session, "dns-check", number, ago(seconds=100 - number), reason="timeout")
        return story

    fill(day)
    assert "the one asked for" in sign_in(app, "bob").get(f"{CHECK}?run={uid}").text


def test_another_checks_run_is_not_shown(app, fill):
    uid = new_uid(ago(minutes=5))

    def day(session):
        story = seen(session)
        left_by(session, "vps-check", 1, NOW, request=uid, trace=["of another check"])
        return story

    fill(day)
    assert "of another check" not in sign_in(app, "bob").get(f"{CHECK}?run={uid}").text


@pytest.mark.parametrize("made_at", [ago(minutes=3), NOW + timedelta(days=400)])
def test_a_run_of_another_time_is_not_waited_for(app, fill, made_at):
    fill(seen)
    assert "http-equiv" not in sign_in(app, "bob").get(f"{CHECK}?run={new_uid(made_at)}").text


def test_a_mute_needs_its_end(app, runtime, fill):
    fill(seen)
    answer = sign_in(app, "bob").post(f"{CHECK}/mute", {"until": "", "reason": "bascule"})
    assert answer.status_code == 422
    assert 'href="#mute-until"' in answer.text
    assert 'value="bascule"' in answer.text
    assert active_holds(runtime) == []


def test_a_disable_without_reason_leads_to_its_own_field_and_loses_nothing(app, runtime, fill):
    fill(seen)
    answer = sign_in(app, "alice").post(f"{CHECK}/disable", {"until": "+3h", "reason": " "})
    assert answer.status_code == 422
    assert 'href="#disable-reason"' in answer.text
    assert 'id="disable-until" name="until" value="+3h"' in answer.text
    assert 'id="mute-until" name="until" value="+2h"' in answer.text
    assert active_holds(runtime) == []


def test_a_responder_may_not_disable(app, runtime, fill):
    fill(seen)
    assert sign_in(app, "bob").post(f"{CHECK}/disable", {"until": "", "reason": "it lies"}).status_code == 403
    assert active_holds(runtime) == []


@pytest.mark.parametrize("deed", ["run", "mute"])
def test_who_has_an_area_touches_no_check_of_another(app, runtime, fill, deed):
    fill(seen)
    form = {"location": "here", "until": "+2h", "reason": "bascule"}
    assert sign_in(app, "carol").post(f"{CHECK}/{deed}", form).status_code == 403
    assert (instructions(runtime), active_holds(runtime)) == ([], [])


def test_what_is_outside_his_areas_is_said_without_a_dead_link(app, fill):
    fill(seen)
    answer = sign_in(app, "carol").post(f"{CHECK}/mute", {"until": "+2h", "reason": "bascule"})
    assert "#components" not in answer.text


@pytest.mark.parametrize("asked", ["%ED%A0%80", "x" * 4000, "%27%20OR%201=1--"])
def test_nonsense_for_a_run_is_answered_with_the_page(app, fill, asked):
    fill(seen)
    assert sign_in(app, "rita").get(f"{CHECK}?run={asked}").status_code == 200


def test_a_nul_in_an_address_names_nothing(app, fill):
    fill(seen)
    rita = sign_in(app, "rita")
    assert [rita.get(path).status_code for path in (f"{CHECK}?run=%00", f"{CHECK}%00")] == [404, 404]
