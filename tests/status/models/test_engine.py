"""What the databases are told beyond their tables."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from status.models import Event
from status.models.engine import refresh_statistics, writing
from tests.status.publication.provider import Provider, make_provider

BY_UID = "EXPLAIN QUERY PLAN SELECT n FROM event WHERE uid IN ('a', 'b') AND publication IN ('public', 'withdrawn')"


@pytest.fixture
def provider(sessions, engine, tmp_path) -> Provider:
    return make_provider(sessions, engine, tmp_path)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_sqlite_looks_for_rows_by_their_key_once_it_was_told_how_values_are_spread(provider, engine):
    for n in range(30):
        provider.open(title=f"Panne {n}", fr="Oui.")
    refresh_statistics(provider.sessions)
    with engine.connect() as connection:
        plan = [row[3] for row in connection.execute(sa.text(BY_UID))]
    assert plan == ["SEARCH event USING INDEX sqlite_autoindex_event_1 (uid=?)"]


def test_nothing_is_changed_by_it(provider):
    uid = provider.open(fr="Oui.")
    refresh_statistics(provider.sessions)
    with writing(provider.sessions) as session:
        assert session.scalars(sa.select(Event.uid)).all() == [uid]
