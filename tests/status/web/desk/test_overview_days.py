"""The overview's edges: which days its works are of, and what a very large outage costs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from status.domain.states import EventState, EventType, Verdict
from tests.status.web.builder import Story, ago
from tests.status.web.days import quiet
from tests.status.web.signing_in import sign_in

LAST_OF_TOMORROW = datetime(2026, 11, 23, 22, 59, tzinfo=UTC)
"""23:59 in Paris, where the day of the tests is 22 November."""

MIDNIGHT = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)


def with_a_work(start_at):
    def day(session):
        story = quiet(session)
        planned = (start_at, start_at + timedelta(hours=1))
        story.event(
            ("Routeurs neufs", "New routers"), ["dns"], kind=EventType.UPGRADE, state=EventState.CONFIRMED, by=2,
            planned=planned,
        )  # fmt: skip
        return story

    return day


@pytest.mark.parametrize(("start_at", "listed"), [(LAST_OF_TOMORROW, True), (MIDNIGHT, False)])
def test_works_of_today_and_tomorrow_end_at_the_sites_midnight(app, fill, start_at, listed):
    fill(with_a_work(start_at))
    assert ("Routeurs neufs" in sign_in(app, "bob").get("/desk").text) is listed


def test_four_hundred_components_down_cost_no_more_statements_than_two(app, fill, statements):
    ids = fill(two_down).ids
    bob = sign_in(app, "bob")
    bob.get("/desk")
    statements.clear()
    bob.get("/desk")
    few = len(statements)
    with app.extensions["travaux"].sessions() as session:
        many_down(Story(session, ids))
        session.commit()
    statements.clear()
    page = bob.get("/desk").text
    assert '<span class="count">402</span>' in page
    assert len(statements) == few


def two_down(session):
    story = quiet(session)
    for slug in ("dns", "sip"):
        story.verdict(slug, Verdict.DOWN, ago(minutes=3), reason="timeout")
    return story


def many_down(story):
    for number in range(400):
        story.component(f"grappe-{number}", "vps", f"Grappe {number}")
        story.verdict(f"grappe-{number}", Verdict.DOWN, ago(minutes=3), reason="timeout")
