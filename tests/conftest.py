"""Fixtures shared by all tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from status.models import Base
from status.models.engine import Sessions, make_engine, make_sessions


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sa.Engine]:
    """An SQLite database on disk with every table."""
    engine = make_engine(f"sqlite:///{tmp_path}/travaux.db")
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def sessions(engine: sa.Engine) -> Sessions:
    """Sessions of the test's database."""
    return make_sessions(engine)
