from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from status.cli import main

FILE = """
format: 1
scenarios:
- id: A
  name: refused for ten minutes
  duration: 1500
  components: [{id: web}]
  effects: [{target: web, at: [300, 900], mode: refuse}]
  truth: [{id: T1, components: [web], kind: outage, at: [300, 900]}]
  expect: {incidents: [1, 1], detect: {T1: [45, [down]]}, clear: {T1: 60}}
- id: B
  duration: 600
  components: [{id: web}]
  expect: {unknown: true}
"""
CONFIG = """
[site]
name = "Exemple"
public_url = "https://status.example"
[detection]
down_after_many_s = 120
"""


@pytest.fixture
def file(tmp_path):
    (tmp_path / "outages.yaml").write_text(FILE, encoding="utf-8")
    return tmp_path / "outages.yaml"


def simulate(*arguments: object):
    return CliRunner().invoke(main, ["simulate", *map(str, arguments)])


def test_it_leaves_with_0_when_all_pass_and_1_when_not(file):
    well, all_of_it = simulate(file, "--only", "A", "--phases", 2), simulate(file)
    assert (well.exit_code, well.stdout.splitlines()[0]) == (0, "pass  A            2/2  refused for ten minutes")
    assert (all_of_it.exit_code, "nothing was ever shown as unknown (phase 0)" in all_of_it.stdout) == (1, True)


def test_it_writes_every_run_as_json(file, tmp_path):
    assert simulate(file, "--only", "A", "--phases", 2, "--json", tmp_path / "out.json").exit_code == 0
    runs = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    found = [(run["scenario"], run["phase"], run["pass"], run["why"]) for run in runs]
    assert found == [("A", 0, True, []), ("A", 1, True, [])]
    assert [state for _, state in runs[0]["verdicts"]["web"]] == ["operational", "down", "operational"]


def test_a_file_it_cannot_read_ends_it_with_2_and_the_line(file):
    file.write_text(FILE.replace("mode: refuse", "mode: refuze"), encoding="utf-8")
    refused = simulate(file)
    assert refused.exit_code == 2
    assert f"{file}:8: scenario A: effects[1].mode: unknown word 'refuze', did you mean 'refuse'?" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [(["--only", "C"], "there is no scenario 'C'"), (["--noise", "1"], "name the files with scenarios, or give")],
)
def test_what_makes_no_sense_ends_it_with_2(file, arguments, told):
    refused = simulate(file, *arguments)
    assert (refused.exit_code, told in refused.stderr) == (2, True)


def test_an_id_stands_for_one_scenario(file, tmp_path):
    (tmp_path / "again.yaml").write_text(FILE, encoding="utf-8")
    assert "scenario 'A' stands in two of the files" in simulate(file, tmp_path / "again.yaml").stderr


def test_it_takes_the_thresholds_of_a_configuration(file, tmp_path):
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    slower = simulate(file, "--only", "A", "--config", tmp_path / "config.toml")
    assert slower.exit_code == 1
    assert "T1 shown as down after" in slower.stdout


def test_a_faulty_configuration_ends_it_with_2(file, tmp_path):
    (tmp_path / "config.toml").write_text(CONFIG.replace("down_after", "down_afer"), encoding="utf-8")
    assert simulate(file, "--config", tmp_path / "config.toml").exit_code == 2


def test_fewer_locations_look_more_often(file):
    assert "2.00 by the interval alone" in simulate(file, "--only", "A", "--locations", 1).stdout
    assert "6.00 by the interval alone" in simulate(file, "--only", "A", "--interval", 30).stdout
