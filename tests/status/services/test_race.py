"""A person and the robot write on the same events at once, in two processes, on both engines (rule, point 12)."""

from __future__ import annotations

import pytest

from status.models import Check
from status.models.engine import writing
from tests.status.services.race import race


@pytest.mark.parametrize(
    ("decisions", "deeds", "seed"),
    [(90, 24, 3), *(pytest.param(500, 120, seed, marks=pytest.mark.story) for seed in (5, 6, 7))],
)
def test_no_field_a_person_wrote_changes_while_the_robot_decides(world, engine, decisions, deeds, seed):
    with writing(world) as session:
        session.add(
            Check(id=1, name="sip", component_id=2, kind="tcp", interval_s=30, timeout_s=10, options={}, detection={},
                  phase=0.5, retired_at=None)
        )  # fmt: skip
    url = engine.url.render_as_string(hide_password=False)
    for uid, wrote, stands in race(url, world, decisions, deeds, seed):
        assert (uid, stands) == (uid, wrote)
