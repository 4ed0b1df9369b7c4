from __future__ import annotations

import pytest

from status.domain.phases import phase_at


def test_three_locations_share_an_interval_evenly():
    assert [phase_at(0.1, index, 3) for index in range(3)] == pytest.approx([0.1, 0.1 + 1 / 3, 0.1 + 2 / 3])


def test_one_location_keeps_its_place():
    assert phase_at(0.7, 0, 1) == 0.7


@pytest.mark.parametrize("index", range(7))
def test_a_phase_stays_below_one(index):
    assert 0 <= phase_at(0.999_999_999_999_999_9, index, 7) < 1
