"""The installation's row: set once, checked at every start."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from status.config.model import Settings
from status.domain.refused import Refused
from status.models import Installation
from status.models.engine import writing
from status.services.installation import ensure

NOW = datetime(2026, 3, 1, tzinfo=UTC)
LATER = datetime(2027, 3, 1, tzinfo=UTC)
DEMO = Settings.model_validate({"demo": {}})


def site(**keys):
    return Settings.model_validate({"site": {"public_url": "https://status.example.net:8443", **keys}})


def started(sessions, settings, now=NOW):
    with writing(sessions) as session:
        return ensure(session, settings, now)


def test_the_first_start_sets_authority_and_year(sessions):
    row = started(sessions, site(next_event_number=1200))
    assert (row.id, row.authority, row.year, row.next_event_number) == (1, "status.example.net", 2026, 1200)
    assert not row.demonstration


def test_authority_and_year_never_follow_the_configuration(sessions):
    started(sessions, site())
    row = started(sessions, site(public_url="https://other.example.net"), LATER)
    assert (row.authority, row.year) == ("status.example.net", 2026)


def test_a_demonstration_has_an_authority_that_can_t_exist(sessions):
    row = started(sessions, DEMO)
    assert (row.authority, row.demonstration) == ("demo.invalid", True)


@pytest.mark.parametrize(("configured", "expected"), [(5, 10), (10, 10), (20, 20)])
def test_the_next_event_number_only_rises(sessions, configured, expected):
    started(sessions, site(next_event_number=10))
    assert started(sessions, site(next_event_number=configured)).next_event_number == expected


def test_a_demonstration_refuses_a_real_database(sessions):
    started(sessions, site())
    with pytest.raises(Refused, match="belongs to a real installation"):
        started(sessions, DEMO)


def test_a_real_configuration_refuses_a_demonstration_s_database(sessions):
    started(sessions, DEMO)
    with pytest.raises(Refused, match="belongs to a demonstration"):
        started(sessions, site())


def test_a_refusal_changes_nothing(sessions):
    started(sessions, DEMO)
    with pytest.raises(Refused):
        started(sessions, site(next_event_number=99))
    with sessions() as session:
        assert session.get(Installation, 1).next_event_number == 1
