from __future__ import annotations

import importlib.util
import random

import pytest
import yaml

from status.replay.reading import read_scenarios
from status.replay.world import World, draw

EVERYTHING = """id: X, duration: 4000, background_fail: 0.02,
components: [{id: a, latency: 2}, {id: b, by_ip: true, loss: true}],
effects: [{target: a, at: [10, 900], mode: refuse, every: 60, for: 20, shift: 7},
{target: '*', at: [500, 700], mode: stall, loc: lyon},
{target: a, at: [900, 1500], mode: slow, seconds: 4}, {target: a, at: [1500, 2000], mode: ramp, to: 12},
{target: b, at: [0, 2000], mode: loss, p: 0.4}, {target: b, at: [2000, null], mode: http500, p: 0.3},
{at_location: paris, at: [100, 300], mode: uplink_down}, {at_location: '*', at: [2100, 2300], mode: dns_down},
{at_location: lille, at: [2300, 2600], mode: loss, p: 0.3},
{at_location: lyon, at: [2600, 2900], mode: latency_add, seconds: 5},
{at_location: lyon, at: [2900, 3500], mode: canary_ref_down, ref: 1}]"""


@pytest.fixture
def reference(shared):
    """The shared meaning of a scenario."""
    spec = importlib.util.spec_from_file_location("shared_world", shared / "world.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.World


def same_answers(theirs, ours, scenario, times: int, chance: random.Random) -> None:
    for _ in range(times):
        component, location = chance.randrange(len(scenario.components)), chance.randrange(3)
        ms, timeout = chance.randrange(int(scenario.duration * 1000)), chance.choice([3.0, 8.0, 10.0])
        name = scenario.components[component].name
        ok, taken, reason, _, loss = theirs.probe(name, scenario.locations[location], ms / 1000, timeout)
        assert (ok, taken, reason, loss) == ours.probe(component, location, ms, timeout), (scenario.name, name, ms)
        assert tuple(theirs.canary(scenario.locations[location], ms / 1000)) == ours.references(location, ms)


def test_every_shared_scenario_answers_as_the_reference_world_does(reference, shared):
    raw = yaml.safe_load((shared / "scenarios.yaml").read_text(encoding="utf-8"))["scenarios"]
    for fields, scenario in zip(raw, read_scenarios(shared / "scenarios.yaml"), strict=True):
        same_answers(reference(fields, 7), World(scenario, 7), scenario, 200, random.Random(scenario.name))


def test_every_mode_answers_as_the_reference_world_does(reference, read):
    fields = yaml.safe_load(f"{{{EVERYTHING}}}")
    scenario = read(EVERYTHING)
    same_answers(reference(fields, 3), World(scenario, 3), scenario, 10_000, random.Random(1))


def test_a_draw_is_the_hash_of_its_key():
    assert draw(1, 0, 2, 600_000, 9) == 0.3442673324367172
    assert draw(1, 0, 2, 600_001, 9) != draw(1, 0, 2, 600_000, 9)


def test_the_same_question_has_the_same_answer_in_any_order(read):
    scenario = read(EVERYTHING)
    one, other = World(scenario, 3), World(scenario, 3)
    forwards = [one.probe(1, 0, ms, 10.0) for ms in range(0, 3_000_000, 9973)]
    backwards = [other.probe(1, 0, ms, 10.0) for ms in reversed(range(0, 3_000_000, 9973))]
    assert forwards == backwards[::-1]
