from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from status.domain.states import Impact
from status.models import Installation
from status.models.engine import writing
from status.services import actors, incidents

NOW = datetime(2026, 11, 22, 13, 7, tzinfo=UTC)


def test_incidents_opened_at_the_same_moment_take_numbers_without_gap_or_clash(world):
    def open_one(index: int) -> int | None:
        with writing(world) as session:
            opening = incidents.Opening(impacts={2: Impact.PARTIAL}, title={"fr": f"Incident {index}"})
            return incidents.open_incident(session, opening, actors.cli_user(session, "anne"), NOW).n

    with ThreadPoolExecutor(8) as pool:
        numbers = sorted(pool.map(open_one, range(24)))
    assert numbers == list(range(42, 66))
    with world() as session:
        assert session.get(Installation, 1).revision == 24
