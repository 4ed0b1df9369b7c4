"""`travaux customer`: a list taken in, shown, retired; private addresses made and taken back."""

from __future__ import annotations

import json
import re

import pytest

LIST = """external_ref;name;language;component;circuits;contacts
C1;Mairie de Lille;fr;sip;L-1|L-2;dsi@mairie.example|maintnote:noc@mairie.example
C1;;;telephony;;
C2;Hotel Beffroi;en;;;
"""


@pytest.fixture
def take_in(travaux, tmp_path):
    """Import a file of these words."""

    def run(text: str = LIST, *options: str):
        file = tmp_path / "customers.csv"
        file.write_text(text, encoding="utf-8")
        return travaux("customer", "import", str(file), *options)

    return run


def shown(travaux, ref: str) -> dict:
    return json.loads(travaux("customer", "show", ref, "--json").stdout)


def test_a_list_is_taken_in_once_and_for_all(travaux, take_in):
    assert take_in().stdout == "2 added, 0 changed, 0 brought back, 0 as they were, 0 retired\n"
    assert take_in().stdout == "0 added, 0 changed, 0 brought back, 2 as they were, 0 retired\n"
    mairie = shown(travaux, "C1")
    assert (mairie["name"], mairie["language"]) == ("Mairie de Lille", "fr")
    assert mairie["components"] == {"sip": ["L-1", "L-2"], "telephony": []}
    assert {each["address"]: (each["kind"], each["state"]) for each in mairie["contacts"]} == {
        "dsi@mairie.example": ("news", "active"), "noc@mairie.example": ("maintnote", "active"),
    }  # fmt: skip


def test_what_left_a_customers_lines_leaves_him(travaux, take_in):
    take_in()
    changed = "C1;Mairie de Lille;fr;sip;L-1;both:noc@mairie.example\n"
    assert take_in(changed).stdout.startswith("0 added, 1 changed, 0 brought back, 0 as they were")
    mairie = shown(travaux, "C1")
    assert mairie["components"] == {"sip": ["L-1"]}
    assert [(each["address"], each["kind"]) for each in mairie["contacts"]] == [("noc@mairie.example", "both")]
    assert take_in().stdout.startswith("0 added, 1 changed")
    assert len(shown(travaux, "C1")["contacts"]) == 2


def test_a_trial_writes_nothing(travaux, take_in):
    assert "2 added" in take_in(LIST, "--dry-run").stdout
    assert travaux("customer", "list").stdout == "none\n"


def test_every_fault_is_told_with_its_line_and_nothing_is_taken_in(travaux, take_in):
    wrong = "C3;;xx;nowhere;L-9;pager:a@b.example|no mail\nC4;X;fr\nC1;Other;;sip;;\n;Nobody;;;;\n"
    result = take_in(LIST + wrong)
    assert result.exit_code == 2
    assert re.findall(r"customers\.csv: line (\d+)", result.stderr) == ["5"] * 5 + ["6", "7", "7", "8"]
    for words in ("language 'xx'", "no component 'nowhere'", "kind 'pager'", "'no mail'", "has no name"):
        assert words in result.stderr
    assert result.stderr.endswith("nothing was taken in\n")
    assert travaux("customer", "list").stdout == "none\n"


def test_who_is_missing_is_retired_only_when_told_so_twice(travaux, take_in):
    take_in()
    one = "C1;Mairie de Lille;fr;sip;;\n"
    refused = take_in(one, "--retire-missing")
    assert (refused.exit_code, "C2" in refused.stderr, "--confirm" in refused.stderr) == (1, True, True)
    assert "1 retired" in take_in(one, "--retire-missing", "--confirm").stdout
    assert [row["external_ref"] for row in json.loads(travaux("customer", "list", "--json").stdout)] == ["C1"]
    assert "1 brought back" in take_in().stdout


def test_an_address_is_printed_once_and_rotated(travaux, take_in):
    take_in()
    first = travaux("customer", "token", "new", "C1").stdout.strip()
    assert re.fullmatch(r"https://status\.example/c/[\w-]{32}", first)
    second = travaux("customer", "token", "rotate", "C1").stdout.strip()
    states = {token["start"]: token["revoked_at"] is None for token in shown(travaux, "C1")["tokens"]}
    assert states == {first[-32:][:6]: False, second[-32:][:6]: True}
    assert first[-32:] not in travaux("customer", "show", "C1").stdout
    assert "is revoked" in travaux("customer", "token", "revoke", "C1", second[-32:][:6]).stdout


def test_a_retired_customer_has_no_address_and_no_contact(travaux, take_in):
    take_in()
    travaux("customer", "token", "new", "C1")
    assert travaux("customer", "retire", "C1").stdout == "C1 (Mairie de Lille) is retired\n"
    mairie = shown(travaux, "C1")
    assert (mairie["contacts"], mairie["components"], mairie["tokens"][0]["revoked_at"] is None) == ([], {}, False)
    assert travaux("customer", "token", "new", "C1").exit_code == 1
    assert "customer.retired" in travaux("audit", "list").stdout
