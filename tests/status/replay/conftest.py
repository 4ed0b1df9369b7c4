"""Scenario files made for one test, and the suite that may lie beside the checkout."""

from __future__ import annotations

from pathlib import Path

import pytest

from status.replay.reading import read_scenarios
from tests.conftest import SHARED_ABSENT

SHARED = Path(__file__).parents[4] / "shared" / "detection"


@pytest.fixture
def read(tmp_path):
    """Reads one scenario, given as the YAML of its fields."""

    def read_one(fields: str):
        (tmp_path / "one.yaml").write_text(f"format: 1\nscenarios:\n- {{{fields}}}\n", encoding="utf-8")
        return read_scenarios(tmp_path / "one.yaml")[0]

    return read_one


@pytest.fixture
def shared():
    """The folder of the shared suite; a test that needs it is skipped without."""
    if not (SHARED / "scenarios.yaml").exists():
        pytest.skip(f"{SHARED_ABSENT}: {SHARED}")
    return SHARED
