"""A beat for each whole loop, and none once a part of it stands."""

from __future__ import annotations

from dataclasses import replace

import pytest

from status.domain.heartbeat import HOLDS_S, Seen, begin, step


class World:
    """A probe each 10 s, a verdict a second, a publication each minute, but for what stands."""

    def __init__(self, every_s: float = 60) -> None:
        self.every_s = every_s
        self.seen = Seen(0, 0, 0)
        self.state = begin(self.seen)
        self.beats: list[int] = []

    def run(self, begins: int, ends: int, stands: str = "") -> None:
        for now in range(begins, ends):
            moves = {"observed": now // 10, "verified": now, "published": now // 60}
            self.seen = replace(self.seen, **{name: at for name, at in moves.items() if name != stands})
            self.state, beat = step(self.state, now, self.seen, self.every_s)
            self.beats += [now] if beat else []


def test_it_beats_with_each_publication():
    world = World()
    world.run(1, 301)
    assert world.beats == [60, 120, 180, 240, 300]


@pytest.mark.parametrize("part", ["observed", "verified", "published"])
def test_it_stops_within_two_minutes_once_a_part_stands(part):
    world = World()
    world.run(1, 301)
    world.run(301, 900, part)
    assert max(world.beats) <= 301 + 60
    world.run(900, 1_100)
    assert world.beats[-1] > 900


def test_a_loop_that_ended_long_ago_is_not_told_of():
    world = World(every_s=600)
    world.run(1, 61)
    world.run(61, 2_000, "published")
    assert world.beats == [60]
    assert HOLDS_S < 60


def test_clocks_that_are_set_back_stop_nothing():
    world = World()
    world.run(1, 121)
    state, seen = world.state, world.seen
    back = Seen(-900, seen.verified, seen.published)
    for now, seen_now in enumerate((back, replace(back, verified=-5), replace(back, verified=-5, published=-6)), 181):
        state, beat = step(state, now, seen_now, 60)
    assert beat is True
