"""Why a component is what it is; a check's looks and traces, run at once, held back."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from status.domain.states import HoldAction, Verdict
from status.models import AuditEntry, Check, Evidence, Hold, Instruction, Location, Observation, Reason, Step
from tests.status.web.builder import ago
from tests.status.web.days import one_incident, quiet
from tests.status.web.signing_in import sign_in

CHECK = "/desk/checks/sip-check"


def seen(day, **evidence):
    """A day on which sip-check failed once, from here, with a trace."""

    def full(session):
        story = day(session)
        session.add_all([Reason(id=1, slug="timeout"), Location(slug="here", created_at=ago(days=9))])
        session.flush()
        check_id = session.scalars(sa.select(Check.id).where(Check.name == "sip-check")).one()
        due_ms = round(ago(seconds=20).timestamp() * 1000)
        session.add(Observation(check_id=check_id, location_id=1, sequence=7, due_ms=due_ms, late_ms=0,
                                duration_us=81_000, outcome=2, reason_id=1, standing=True))  # fmt: skip
        told = {"reason": "timeout", "detail": "no answer in 10 s", "phases_s": {"connect": 0.031},
                "trace": ["0.031 connected", "10.000 no answer"], **evidence}  # fmt: skip
        session.add(Evidence(check_id=check_id, location_id=1, sequence=7, at=ago(seconds=10), data=told))
        return story

    return full


def holds(sessions):
    with sessions() as session:
        return [(hold.action, hold.reason, hold.ended_at is None) for hold in session.scalars(sa.select(Hold))]


def test_a_component_says_its_verdict_the_point_of_the_rule_and_what_was_seen(app, fill):
    fill(seen(one_incident))
    page = sign_in(app, "rita").get("/desk/components/sip").text
    assert "panne" in page
    assert "la plupart des lieux sains ont échoué" in page
    assert "no answer in 10 s" in page
    assert "/desk/events/1203" in page


def test_its_steps_are_told_with_their_numbers_and_in_the_desks_words(app, fill):
    def day(session):
        story = quiet(session)
        data = {"reason": "timeout", "numbers": {"failures": 4}, "evidence": []}
        session.add(Step(at=ago(minutes=5), component_id=story.ids["sip"], rule_point="4", data=data,
                         action="operational to down"))  # fmt: skip
        return story

    fill(day)
    page = sign_in(app, "rita").get("/desk/components/sip").text
    assert "opérationnel → panne" in page
    assert "failures 4" in page


def test_its_last_day_is_there(app, fill):
    def day(session):
        story = quiet(session)
        story.verdict("sip", Verdict.DEGRADED, ago(hours=3), ago(hours=2))
        return story

    fill(day)
    assert "dégradé" in sign_in(app, "rita").get("/desk/components/sip").text


def test_unknown_names_are_not_found(app, fill):
    fill(quiet)
    rita = sign_in(app, "rita")
    assert rita.get("/desk/components/nothing").status_code == 404
    assert rita.get("/desk/checks/nothing").status_code == 404


def test_a_check_shows_its_looks_and_the_trace_of_each(app, fill):
    fill(seen(quiet))
    page = sign_in(app, "rita").get(CHECK).text
    assert "10.000 no answer" in page
    assert "connect 0.031" in page


def test_a_run_is_asked_for_once_and_the_page_waits_for_it_without_a_script(app, fill, sessions):
    fill(seen(quiet))
    bob = sign_in(app, "bob")
    answer = bob.post(f"{CHECK}/run", {"location": "here"})
    assert answer.status_code == 303
    assert 'http-equiv="refresh"' in bob.get(answer.location).text
    with sessions() as session:
        assert session.scalars(sa.select(Instruction.action)).all() == ["run_check"]
        assert "check.run" in session.scalars(sa.select(AuditEntry.action)).all()


@pytest.mark.parametrize("asked", ["x", "019aac4b-e2f7-7000-8000-00000000000f", "0" * 500, "é"])
def test_nonsense_is_not_waited_for_for_ever(app, fill, asked):
    fill(seen(quiet))
    answer = sign_in(app, "rita").get(f"{CHECK}?run={asked}")
    assert answer.status_code == 200
    assert 'http-equiv="refresh"' not in answer.text


def test_a_place_that_does_not_look_is_refused(app, fill):
    fill(seen(quiet))
    assert sign_in(app, "bob").post(f"{CHECK}/run", {"location": "moon"}).status_code == 422


def test_a_reader_may_not_run_a_check(app, fill):
    fill(seen(quiet))
    assert sign_in(app, "rita").post(f"{CHECK}/run", {"location": "here"}).status_code == 403
    assert "Lancer" not in sign_in(app, "rita").get(CHECK).text


def test_a_check_is_muted_with_its_reason_until_then_and_unmuted(app, fill, sessions):
    fill(seen(quiet))
    bob = sign_in(app, "bob")
    assert bob.post(f"{CHECK}/mute", {"until": "+2h", "reason": "bascule"}).status_code == 303
    assert holds(sessions) == [(HoldAction.MUTE, "bascule", True)]
    assert "bascule" in bob.get(CHECK).text
    assert bob.post(f"{CHECK}/unmute").status_code == 303
    assert holds(sessions) == [(HoldAction.MUTE, "bascule", False)]


def test_a_lead_disables_a_check_that_lies_and_enables_it_again(app, fill, sessions):
    fill(seen(quiet))
    alice = sign_in(app, "alice")
    assert alice.post(f"{CHECK}/disable", {"until": "", "reason": "ment"}).status_code == 303
    assert alice.post(f"{CHECK}/enable").status_code == 303
    assert holds(sessions) == [(HoldAction.DISABLE, "ment", False)]
