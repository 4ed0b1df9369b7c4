"""The last look at each check from each place; which checks are quiet."""

from __future__ import annotations

import itertools

import pytest
import sqlalchemy as sa

from probes.types import Outcome
from status.models import Check, Location, Observation
from status.queries.desk_looks import by_place, last_of_all, quiet
from tests.status.web.builder import NOW, Story, ago

NUMBERS = itertools.count(1)


@pytest.fixture
def story(sessions):
    """Two components, looked at from rbx (1) and gra (2)."""
    with sessions() as session:
        story = Story(session).begin()
        story.component("dns", "hosting", "DNS")
        story.component("sip", "telephony", "SIP")
        session.add_all(Location(slug=slug, created_at=ago(days=1)) for slug in ("rbx", "gra"))
        session.flush()
        yield story


def look(story, name, place, seconds, outcome):
    session = story.session
    check_id = session.scalars(sa.select(Check.id).where(Check.name == f"{name}-check")).one()
    location_id = session.scalars(sa.select(Location.id).where(Location.slug == place)).one()
    session.add(
        Observation(
            check_id=check_id, location_id=location_id, sequence=next(NUMBERS), late_ms=0, duration_us=1,
            outcome=outcome, reason_id=0, standing=True, due_ms=round(ago(seconds=seconds).timestamp() * 1000),
        )
    )  # fmt: skip
    session.flush()


def seen(story):
    return by_place(last_of_all(story.session), ("gra", "rbx"), NOW)


def test_the_last_look_of_each_place_counts(story):
    look(story, "dns", "rbx", 60, Outcome.OK)
    look(story, "dns", "rbx", 30, Outcome.FAILED)
    look(story, "dns", "gra", 20, Outcome.OK)
    assert seen(story)["dns"] == {"gra": Outcome.OK, "rbx": Outcome.FAILED}


def test_a_place_that_has_not_looked_for_three_intervals_has_seen_nothing(story):
    look(story, "dns", "rbx", 91, Outcome.OK)
    assert seen(story)["dns"] == {"gra": None, "rbx": None}


def test_of_several_checks_the_worst_is_told(story):
    first = story.session.scalars(sa.select(Check).where(Check.name == "dns-check")).one()
    values = {column.name: getattr(first, column.name) for column in Check.__table__.columns}
    story.session.add(Check(**{**values, "id": 99, "name": "dns-2-check"}))
    story.session.flush()
    look(story, "dns", "rbx", 30, Outcome.SLOW)
    look(story, "dns-2", "rbx", 30, Outcome.OK)
    assert seen(story)["dns"]["rbx"] is Outcome.SLOW


def test_a_check_nobody_has_looked_at_lately_is_quiet(story):
    look(story, "dns", "rbx", 90, Outcome.OK)
    look(story, "dns", "gra", 300, Outcome.OK)
    look(story, "sip", "rbx", 91, Outcome.OK)
    assert [check.name for check in quiet(last_of_all(story.session), NOW)] == ["sip-check"]


def test_a_check_never_looked_at_is_quiet_and_a_retired_one_is_not(story):
    for check in story.session.scalars(sa.select(Check)):
        check.retired_at = NOW if check.name == "dns-check" else None
    assert [check.name for check in quiet(last_of_all(story.session), NOW)] == ["sip-check"]
