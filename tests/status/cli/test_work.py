from __future__ import annotations

import json

PLAN = ("work", "plan", "-c", "sip", "--title", "Remplacement", "--start", "+1h", "--end", "+3h")


def state(travaux) -> str:
    return json.loads(travaux("work", "show", "42", "--json").stdout)["state"]


def test_a_work_goes_its_way_on_the_command_line(travaux):
    assert travaux(*PLAN).stdout == "FS#42  https://status.example/fr/travaux/42\n"
    states = []
    for deed in ("confirm", "start", "verify", "finish"):
        assert travaux("work", deed, "42").exit_code == 0
        states.append(state(travaux))
    assert states == ["confirmed", "in-progress", "verifying", "done"]


def test_an_unconfirmed_work_does_not_start(travaux):
    travaux(*PLAN)
    result = travaux("work", "start", "42")
    assert (result.exit_code, result.stderr) == (
        1,
        "cannot move from planned to in-progress; allowed from there: confirmed, cancelled\n",
    )


def test_a_work_is_rolled_back(travaux):
    travaux(*PLAN)
    travaux("work", "confirm", "42")
    travaux("work", "start", "42")
    travaux("work", "finish", "42", "--rolled-back")
    assert state(travaux) == "rolled-back"


def test_a_work_is_moved_and_cancelled(travaux):
    travaux(*PLAN)
    before = json.loads(travaux("work", "show", "42", "--json").stdout)["planned_start_at"]
    after = json.loads(travaux("work", "move", "42", "--start", "+5h", "--end", "+6h", "--json").stdout)[
        "planned_start_at"
    ]
    assert after > before
    travaux("work", "cancel", "42", "--text", "Report.")
    assert (state(travaux), travaux("work", "list").stdout) == ("cancelled", "none\n")


def test_a_work_without_title_is_refused(travaux):
    result = travaux(*PLAN[:4], *PLAN[6:])
    assert (result.exit_code, "title is empty" in result.stderr) == (1, True)


def test_works_and_incidents_are_listed_apart(travaux):
    travaux(*PLAN)
    assert json.loads(travaux("work", "list", "--json").stdout)[0]["type"] == "maintenance"
    assert travaux("incident", "list", "--all").stdout == "none\n"


def test_a_work_without_hours_is_refused(travaux):
    result = travaux("work", "plan", "-c", "sip", "--title", "x", "--start", "", "--end", "+1h")
    assert (result.exit_code, result.stderr.startswith("'' is not a time")) == (1, True)


def test_hours_the_wrong_way_round_are_told_readably(travaux):
    result = travaux("work", "plan", "-c", "sip", "--title", "x", "--start", "+2h", "--end", "+1h")
    assert "UTC) before it begins (" in result.stderr
