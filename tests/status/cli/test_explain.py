from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from status.cli.explain import RULE_POINTS
from status.domain.states import Verdict
from status.models import Check, ComponentAlias, Step, VerdictInterval
from status.models.engine import make_engine, make_sessions, writing

AT = datetime(2026, 1, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def explained(travaux, config):
    """The command line on an installation whose sip went down on 2 January at 10:00 of Paris."""
    engine = make_engine(f"sqlite:///{config.parent}/var/travaux.db")
    with writing(make_sessions(engine)) as session:
        session.add(ComponentAlias(slug="voix", component_id=2))
        session.add(
            Check(id=1, name="sip-lille", component_id=2, kind="tcp", interval_s=30, timeout_s=10, options={},
                  detection={}, phase=0.5, retired_at=None)
        )  # fmt: skip
        session.add(
            VerdictInterval(component_id=2, verdict=Verdict.DOWN, reason="timeout", began_at=AT, decided_at=AT,
                            origin="probe", rule_point="4")
        )  # fmt: skip
        data = {"reason": "timeout", "numbers": {"failures": 4}, "evidence": [[1, "here", 7]]}
        session.add(Step(at=AT, component_id=2, rule_point="4", action="operational to down", data=data))
    engine.dispose()
    return travaux


def test_a_component_is_explained_in_plain_words(explained):
    said = explained("explain", "sip", "--at", "2026-01-02 10:05").stdout
    assert "telephony/sip at 2026-01-02 10:05:00: down (timeout)" in said
    assert "since 2026-01-02 10:00:00, decided 2026-01-02 10:00:00, rule point 4: most healthy locations failed" in said
    assert "operational to down, timeout: rule point 4" in said
    assert "failures 4" in said
    assert "look 7, no longer kept" in said


def test_an_old_slug_a_check_and_an_event_are_taken_too(explained):
    explained("incident", "open", "-c", "sip")
    assert explained("explain", "voix").stdout.startswith("telephony/sip at ")
    assert explained("explain", "sip-lille").stdout.startswith("telephony/sip at ")
    said = explained("explain", "FS#42").stdout
    assert "Incidents: FS#42 Téléphonie SIP\u00a0: perturbation: investigating, partial, public" in said
    assert "held by cli:anne; set: impact by cli:anne" in said


def test_before_the_first_decision_nothing_is_claimed(explained):
    said = explained("explain", "sip", "--at", "2026-01-01 08:00").stdout
    assert "nothing had been decided yet" in said
    assert "Steps: none" in said


def test_a_script_reads_the_same(explained):
    (told,) = json.loads(explained("explain", "sip", "--at", "2026-01-02T09:05:00Z", "--json").stdout)
    assert (told["verdict"], told["began_at"], told["steps"][0]["numbers"]) == ("down", AT.isoformat(), {"failures": 4})


def test_what_is_not_known_is_said(explained):
    assert "did you mean 'sip'?" in explained("explain", "sipp").stderr
    assert "no event 'FS#99'" in explained("explain", "FS#99").stderr
    assert "still to come" in explained("explain", "sip", "--at", "+2h").stderr
    assert "is not a time" in explained("explain", "sip", "--at", "noon").stderr


def test_a_first_verdict_has_no_point_of_the_rule(explained, config):
    engine = make_engine(f"sqlite:///{config.parent}/var/travaux.db")
    with writing(make_sessions(engine)) as session:
        session.execute(sa.update(VerdictInterval).values(rule_point=""))
    engine.dispose()
    assert "no point of the rule: nothing had been seen" in explained("explain", "sip").stdout


def test_every_point_of_the_rule_has_a_sentence():
    assert {str(point) for point in range(1, 17)} < set(RULE_POINTS)
