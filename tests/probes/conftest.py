"""Fixtures of the probes' tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from probes.types import Reading
from tests.probes import running


@pytest.fixture
def run_probe() -> Callable[..., Reading]:
    """Run a kind once: `run_probe(KIND, timeout_s, **options)` gives its Reading or raises its ProbeFailure."""
    return running.run_probe
