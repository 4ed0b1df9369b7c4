"""`travaux oncall` and `travaux account contact`."""

from __future__ import annotations

import json

import pytest

ROTA = """
[notices]
webhook_networks = ["127.0.0.0/8"]
[[alert]]
name = "night"
rota = "night"
[[rota]]
name = "night"
people = ["anne", "bruno"]
starts_on = "2020-01-06"
"""
CALENDAR = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:{who}\r\n"
    "DTSTART;VALUE=DATE:20200101\r\nDTEND;VALUE=DATE:20990101\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


@pytest.fixture
def on_call(travaux, config):
    config.write_text(config.read_text() + ROTA)
    for name in ("anne", "bruno"):
        assert travaux("account", "add", name, "--role", "responder").exit_code == 0
    return travaux


def now(on_call) -> list[str]:
    [rota] = json.loads(on_call("oncall", "show", "--json").stdout)
    return rota["in_order"]


def test_who_is_on_duty_now_and_next_is_shown_with_who_cannot_be_reached(on_call):
    result = on_call("oncall", "show")
    assert result.stdout.startswith("night (Europe/Paris)\n  now ")
    assert "anne has fewer than 2 contact ways" in result.stderr
    assert sorted(now(on_call)) == ["anne", "bruno"]


def test_a_duty_is_taken_over_and_taken_back(on_call):
    before = now(on_call)
    said = on_call("oncall", "override", "night", before[1], "--until", "+8h", "--note", "Samedi")
    assert said.stdout == f"{before[1]} is on duty; `travaux oncall cancel 1` takes it back\n"
    assert now(on_call) == before[::-1]
    assert "taken over 1: night" in on_call("oncall", "show").stdout
    assert on_call("oncall", "cancel", "1").exit_code == 0
    assert now(on_call) == before
    assert on_call("oncall", "cancel", "1").exit_code == 1


def test_a_calendar_is_taken_in_whole_or_not_at_all(on_call, tmp_path):
    first, second = now(on_call)
    (tmp_path / "duties.ics").write_text(CALENDAR.format(who=second))
    assert on_call("oncall", "import", "night", str(tmp_path / "duties.ics")).stdout == "1 duties came, 0 went\n"
    assert now(on_call) == [second, first]
    (tmp_path / "duties.ics").write_text(CALENDAR.format(who="nobody"))
    result = on_call("oncall", "import", "night", str(tmp_path / "duties.ics"))
    assert (result.exit_code, "no account for 'nobody'" in result.stderr) == (1, True)
    assert now(on_call) == [second, first]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("override", "nigth", "anne", "--until", "+1h"), "did you mean 'night'?"),
        (("override", "night", "carl", "--until", "+1h"), "no account 'carl'"),
        (("override", "night", "anne", "--until", "2020-01-01 00:00"), "still to come"),
        (("test", "anne"), "no contact way"),
    ],
)
def test_what_cannot_be_is_refused(on_call, arguments, why):
    result = on_call("oncall", *arguments)
    assert (result.exit_code, why in result.stderr) == (1, True)


def test_contact_ways_are_set_in_order_with_the_secret_shown_once(on_call):
    first = on_call("account", "contact", "set", "anne", "email", "anne@example.net")
    assert "one way is not enough" in first.stderr
    second = on_call("account", "contact", "set", "anne", "webhook", "http://127.0.0.1/anne", "--first")
    assert "anne is reached by webhook, then email" in second.stdout
    assert "shown this once" in second.stdout
    listed = json.loads(on_call("account", "contact", "list", "anne", "--json").stdout)
    assert [way["channel"] for way in listed] == ["webhook", "email"]
    assert on_call("oncall", "test", "anne").stdout == "a test goes out by webhook, email\n"
    assert on_call("account", "contact", "remove", "anne", "email").exit_code == 0
    assert on_call("account", "contact", "remove", "anne", "email").exit_code == 1


def test_the_doctor_says_who_cannot_be_reached_and_by_what(on_call):
    on_call("account", "contact", "set", "anne", "email", "anne@example.net")
    said = on_call("doctor").stdout
    assert "anne is reached by email alone" in said
    assert "bruno has no contact way" in said
    assert "no lead has a contact way" in said
    assert "mail is a contact way, and no mail can be sent" in said
