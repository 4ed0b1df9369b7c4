from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from status.domain.states import Verdict
from status.models import Check, VerdictInterval
from status.models.engine import make_engine, make_sessions, writing

NOW = datetime(2026, 1, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def checks(travaux, config):
    """The command line on an installation with two checks of sip."""
    engine = make_engine(f"sqlite:///{config.parent}/var/travaux.db")
    with writing(make_sessions(engine)) as session:
        for name in ("sip-lille", "sip-paris"):
            session.add(
                Check(name=name, component_id=2, kind="tcp", interval_s=30, timeout_s=10, options={}, detection={},
                      phase=0.5, retired_at=None)
            )  # fmt: skip
    engine.dispose()
    return travaux


def held(checks) -> list[tuple[str, str]]:
    return [(line["check"], line["action"]) for line in json.loads(checks("check", "holds", "--json").stdout)]


def test_a_check_is_muted_for_a_while_and_speaks_again(checks):
    result = checks("check", "mute", "sip-lille", "--for", "1h30m", "--reason", "bruit")
    assert (result.exit_code, result.stdout.startswith("sip-lille  muted until ")) == (0, True)
    assert "by cli:anne: bruit" in checks("check", "holds").stdout
    assert checks("check", "unmute", "sip-lille").stdout == "sip-lille  speaks again\n"
    assert checks("check", "holds").stdout == "none\n"


def test_all_checks_of_a_component_are_held_at_once(checks):
    checks("check", "disable", "-c", "sip", "--reason", "certificat de test")
    assert held(checks) == [("sip-lille", "disable"), ("sip-paris", "disable")]
    checks("check", "enable", "sip-paris")
    assert checks("check", "enable", "--component", "sip").exit_code == 0
    assert held(checks) == []


def test_the_list_marks_held_checks(checks):
    checks("check", "disable", "sip-paris", "--reason", "ment", "--until", "+2h")
    lille, paris = checks("check", "list").stdout.splitlines()
    assert "sip" in lille
    assert lille.endswith("not decided yet")
    assert "disabled until 20" in paris


def test_the_list_tells_what_the_component_is(checks, config):
    engine = make_engine(f"sqlite:///{config.parent}/var/travaux.db")
    with writing(make_sessions(engine)) as session:
        session.add(
            VerdictInterval(component_id=2, verdict=Verdict.DOWN, reason="", began_at=NOW, decided_at=NOW,
                            origin="probe", rule_point="4")
        )  # fmt: skip
    engine.dispose()
    lille = json.loads(checks("check", "list", "--json").stdout)[0]
    assert (lille["verdict"], lille["component"], lille["component_verdict"]) == (None, "sip", "down")
    assert "sip down" in checks("check", "list").stdout


def test_json_is_for_scripts(checks):
    (told,) = json.loads(checks("check", "mute", "sip-lille", "--for", "90s", "--json").stdout)
    assert (told["check"], told["action"], told["ended"]) == ("sip-lille", "mute", False)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("mute", "sip-lile", "--for", "1h"), 1, "no check 'sip-lile', did you mean 'sip-lille'?"),
        (("mute", "sip-lille"), 1, "give --for (2h) or --until (18:00)"),
        (("mute", "sip-lille", "--for", "1h", "--until", "18:00"), 1, "give one"),
        (("mute", "sip-lille", "--for", "1 week"), 2, "expected 90s, 10m, 2h, 1d or 1h30m"),
        (("mute", "--for", "1h"), 1, "name a check, or a component"),
        (("mute", "-c", "telephony", "--for", "1h"), 1, "has no check of its own"),
        (("disable", "sip-lille", "--reason", " "), 1, "needs a reason"),
        (("unmute", "sip-lille"), 1, "is not muted"),
        (("enable", "-c", "sip"), 1, "is not disabled"),
        (("mute", "sip-lille", "--for", "0s"), 1, "which is past"),
        (("mute", "sip-lille", "--for", "9999d"), 1, "more than ten years away"),
    ],
)
def test_what_is_refused_is_said(checks, arguments, code, message):
    result = checks("check", *arguments)
    assert (result.exit_code, message in " ".join(result.stderr.split())) == (code, True)
    assert held(checks) == []
