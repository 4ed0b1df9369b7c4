from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace

from status.replay.noise import APART_S, YEAR_S, judged_year, noisy_year
from status.replay.setting import Setting


def test_a_year_holds_what_the_model_says():
    year = noisy_year(1, 0)
    assert Counter(truth.kind for truth in year.truth) == {"outage": 12, "degraded": 4}
    on_lines = Counter(effect.mode for effect in year.effects if effect.targets is None)
    paths = [effect for effect in year.effects if effect.targets is not None and effect.location != "*"]
    assert (on_lines, len(paths)) == ({"uplink_down": 18, "latency_add": 12}, 18)
    assert len(year.effects) == 18 + 12 + 18 + 50 + 16


def test_effects_keep_apart_and_within_the_year():
    spans = sorted((effect.start, effect.end) for effect in noisy_year(3, 1).effects)
    assert all(following[0] - one[1] >= APART_S for one, following in itertools.pairwise(spans))
    assert (spans[0][0] >= 3600, spans[-1][1] <= YEAR_S) == (True, True)


def test_a_year_is_drawn_from_its_seed():
    assert noisy_year(1, 0) == noisy_year(1, 0)
    assert len({noisy_year(seed, year).effects for seed in (1, 2) for year in (0, 1)}) == 4


def test_one_location_has_the_troubles_of_one():
    assert len(noisy_year(1, 0, ("paris",)).effects) == 6 + 4 + 6 + 50 + 16


def test_the_first_outage_of_a_noisy_year_is_found():
    year = noisy_year(1, 0)
    first = min((truth for truth in year.truth if truth.kind == "outage"), key=lambda truth: truth.start)
    until = first.end + 1800
    effects = tuple(effect for effect in year.effects if effect.end is not None and effect.end < until)
    result = judged_year((replace(year, duration=until, effects=effects, truth=(first,)), Setting(9), 0))
    assert (result.score.missed, len(result.score.outages)) == (0, 1)
