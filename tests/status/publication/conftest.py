from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from status.models.engine import Sessions
from tests.status.publication.provider import Provider, make_provider


@pytest.fixture
def provider(sessions: Sessions, engine: sa.Engine, tmp_path: Path) -> Provider:
    """A provider with nothing wrong, verified at noon."""
    return make_provider(sessions, engine, tmp_path)
