"""`travaux exchange`: taken in from a file, listed."""

from __future__ import annotations

import json

import pytest

LIST = "code;nom;INSEE\n59350LIL;Lille Centre;59350\n62041ARR;Arras;62041\n"


@pytest.fixture
def take_in(travaux, tmp_path):
    """Import a file of these words."""

    def run(text: str, *options: str, encoding: str = "utf-8"):
        file = tmp_path / "nra.csv"
        file.write_bytes(text.encode(encoding))
        return travaux("exchange", "import", str(file), *options)

    return run


def listed(travaux, *options: str) -> dict[str, dict[str, str]]:
    return {row["code"]: row for row in json.loads(travaux("exchange", "list", "--json", *options).stdout)}


def test_a_list_is_taken_in_once_and_for_all(travaux, take_in):
    assert take_in(LIST).stdout == "2 added, 0 changed, 0 brought back, 0 as they were\n"
    assert take_in(LIST).stdout == "0 added, 0 changed, 0 brought back, 2 as they were\n"
    assert listed(travaux)["59350LIL"] == {
        "code": "59350LIL", "slug": "59350lil", "name": "Lille Centre", "insee": "59350", "department": "59",
        "retired_at": None,
    }  # fmt: skip


def test_a_new_name_is_a_change_and_the_address_stays(travaux, take_in):
    take_in(LIST)
    assert "0 added, 1 changed" in take_in(LIST.replace("Lille Centre", "Lille Nation"), encoding="cp1252").stdout
    assert listed(travaux, "--department", "59")["59350LIL"]["name"] == "Lille Nation"


def test_a_trial_writes_nothing(travaux, take_in):
    assert "2 added" in take_in(LIST, "--dry-run").stdout
    assert json.loads(take_in(LIST, "--dry-run", "--json").stdout)[0]["dry_run"] is True
    assert listed(travaux) == {}


def test_one_line_that_is_wrong_keeps_all_out(travaux, take_in):
    result = take_in(LIST + "X;Y;nothing\nZ\n")
    assert (result.exit_code, result.stderr.count("nra.csv: line ")) == (2, 2)
    assert "nra.csv: line 4: found INSEE code 'nothing'" in result.stderr
    assert result.stderr.endswith("nothing was taken in\n")
    assert listed(travaux) == {}


def test_an_import_is_in_the_record(travaux, take_in):
    take_in(LIST)
    assert "exchange.import" in travaux("audit", "list").stdout


def test_a_strange_department_is_told(travaux):
    result = travaux("exchange", "list", "--department", "20")
    assert (result.exit_code, "expected a code like 59" in result.stderr) == (2, True)
    assert travaux("exchange", "list").stdout == "none\n"
