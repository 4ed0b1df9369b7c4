from __future__ import annotations

import pytest

from status.config.errors import ConfigError
from status.domain.states import Verdict
from status.replay.reading import read_scenarios

WELL = "id: X, duration: 600, components: [{id: web}]"


def fault(read, fields: str) -> str:
    with pytest.raises(ConfigError) as raised:
        read(fields)
    return str(raised.value)


def test_a_scenario_needs_little(read):
    scenario = read(WELL)
    assert (scenario.name, scenario.seed, scenario.locations) == ("X", 1, ("paris", "lyon", "lille"))
    assert [(c.name, c.kind, c.latency, c.group) for c in scenario.components] == [("web", "http", 0.08, "web")]


def test_a_count_makes_numbered_components(read):
    scenario = read("id: X, duration: 600, area: hosting, components: [{id: r}, {id: vm, count: 2, parents: [r]}]")
    assert [(c.name, c.parents, c.group) for c in scenario.components] == [
        ("r", (), "hosting"),
        ("vm01", (0,), "hosting"),
        ("vm02", (0,), "hosting"),
    ]


def test_selectors_choose_one_some_or_all(read):
    effects = "{target: [web, 'vm*'], at: [0, 1], mode: refuse}, {target: '*', at: [0, null], mode: timeout, loc: lyon}"
    scenario = read(f"id: X, duration: 600, components: [{{id: web}}, {{id: vm, count: 2}}], effects: [{effects}]")
    assert [(e.targets, e.end, e.location) for e in scenario.effects] == [
        ({0, 1, 2}, 1, "*"),
        ({0, 1, 2}, None, "lyon"),
    ]


def test_local_times_take_the_first_pass_of_an_ambiguous_hour(read):
    local = "local: ['2026-10-25T02:30:00', '2026-10-25T03:15:00'], tz: Europe/Paris, components: web"
    scenario = read(f"{WELL}, epoch: '2026-10-25T00:00:00+00:00', planned: [{{{local}}}]")
    assert (scenario.planned[0].start, scenario.planned[0].end) == (1800, 8100)


def test_partial_is_the_scenario_files_word_for_local(read):
    truth = "truth: [{id: T1, components: web, kind: partial, at: [0, 60], visibility: internal}]"
    scenario = read(f"{WELL}, {truth}, expect: {{detect: {{T1: [300, [partial]]}}}}")
    assert scenario.expect.detect[0].states == {Verdict.LOCAL}
    assert scenario.truth[0].internal


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("colour: red", "colour: unknown key; expected id"),
        ("efects: []", "efects: unknown key, did you mean 'effects'?"),
        (
            "effects: [{target: web, at: [0, 1], mode: refus}]",
            "effects[1].mode: unknown word 'refus', did you mean 'refuse'?",
        ),
        (
            "effects: [{target: wob, at: [0, 1], mode: refuse}]",
            "effects[1].target: no component 'wob', did you mean 'web'?",
        ),
        ("effects: [{target: web, at: [5, 1], mode: refuse}]", "effects[1].at: ends at 1, before it begins at 5"),
        (
            "effects: [{target: web, at: 5, mode: refuse}]",
            "effects[1].at: expected two numbers, [from, to], or [from, null]",
        ),
        ("effects: [{target: web, at: [0, 1], mode: slow}]", "effects[1].seconds: missing; mode slow needs it"),
        ("effects: [{target: web, at: [0, 1], mode: refuse, p: 2}]", "effects[1].p: 2; expected a share from 0 to 1"),
        ("effects: [{target: web, at: [0, 1], mode: refuse, every: 9}]", "effects[1].for: missing; a periodic effect"),
        ("effects: [{at_location: lion, at: [0, 1], mode: dns_down}]", "no location 'lion', did you mean 'lyon'?"),
        ("effects: [{at: [0, 1], mode: dns_down}]", "effects[1]: expected either target or at_location"),
        ("seed: yes", "seed: True; expected a whole number"),
        (
            "human: [{t: 1, action: opne, components: web}]",
            "human[1].action: unknown word 'opne', did you mean 'open'?",
        ),
        ("planned: [{components: web}]", "planned[1]: expected either at, or local with tz"),
        ("planned: [{components: web, tz: Europe/Pari, local: [a, b]}]", "planned[1].local: expected two times"),
        ("epoch: soon", "epoch: 'soon'; expected a time such as"),
        ("expect: {clear: {T9: 1}}", "expect.clear.T9: unknown key"),
        ("expect: {never: [{states: [dwon]}]}", "expect.never[1]: unknown state 'dwon', did you mean 'down'?"),
        ("duration: 5", "duration: stands twice"),
    ],
)  # fmt: skip
def test_a_fault_names_its_place_and_the_nearest_word(read, more, told):
    assert told in fault(read, f"{WELL}, {more}")


def test_dependencies_that_come_round_are_refused(read):
    told = fault(read, "id: X, duration: 600, components: [{id: a, parents: [b]}, {id: b, parents: [a]}]")
    assert "components[1].parents: 'a' depends on itself, in the end" in told


def test_every_fault_is_told_at_once_with_its_line(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text("format: 2\nscenarios:\n- id: A\n  duration: x\n- id: B\n  components: []\n", encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        read_scenarios(path)
    places = [(fault.line, fault.where) for fault in raised.value.faults]
    assert places == [(1, ""), (3, "scenario A"), (4, "scenario A"), (5, "scenario B")]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the file is empty"),
        ("a: ]", "bad.yaml:1: not YAML"),
        ("- 1", "bad.yaml:1: the file is a list; expected a table"),
        ("format: 1", "scenarios: missing"),
    ],
)
def test_a_file_that_is_none_of_ours_is_refused(tmp_path, text, told):
    (tmp_path / "bad.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        read_scenarios(tmp_path / "bad.yaml")
    assert told in str(raised.value)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"none\.yaml: can't be read: No such file"):
        read_scenarios(tmp_path / "none.yaml")
