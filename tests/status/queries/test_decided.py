"""Availability counts a person's word where there is one, and leaves false alarms out (SPEC §1 f)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from status.domain.audience import PUBLIC
from status.domain.availability import Availability
from status.domain.states import EventState, Impact, Publication, PublicState, Verdict
from status.models import EventComponent
from status.models.engine import writing
from status.queries.components import read_places
from status.queries.history import read_availability
from status.services import actors, incidents
from status.services.updating import Update, update
from tests.status.web.builder import NOW, Story

DOWN, DEGRADED, UNWATCHED = PublicState.DOWN, PublicState.DEGRADED, PublicState.UNWATCHED


def hours(count: float) -> datetime:
    return NOW - timedelta(hours=count)


@pytest.fixture
def counted(sessions) -> Callable[..., Availability]:
    """Sip, well for 200 days but for what a story adds; its last 90 days."""

    def count(*chapters: Callable[[Story], object]) -> Availability:
        with writing(sessions) as session:
            story = Story(session).begin()
            story.component("sip", "telephony", "SIP")
            for chapter in chapters:
                chapter(story)
            session.flush()
            places = read_places(session, PUBLIC)
            found = read_availability(session, places, [places.by_slug("sip")], NOW, ZoneInfo("Europe/Paris"))
            return found[story.ids["sip"]]

    return count


def outage(story: Story) -> None:
    """Detected down from 4 to 2 hours ago, with the robot's incident on it."""
    story.verdict("sip", Verdict.DOWN, hours(4), hours(2))


def incident(story: Story, **how):
    posts = [(hours(4), EventState.INVESTIGATING, {})]
    rest = {"began": hours(4), "ended": hours(2), "state": EventState.RESOLVED, "posts": posts, **how}
    return story.event(("Panne", "Outage"), ["sip"], **rest)


def test_without_a_persons_word_detection_counts(counted):
    found = counted(outage, incident)
    assert (found.seconds_of(DOWN), found.outages) == (2 * 3600, 1)


def test_an_impact_a_person_set_counts_instead_from_then_on(counted):
    def corrected(story: Story) -> None:
        event = incident(story, ended=None, state=EventState.INVESTIGATING)
        anne = actors.cli_user(story.session, "anne")
        update(story.session, event, Update(impact=Impact.DEGRADED), anne, hours(3))
        incidents.close(story.session, event, {}, anne, hours(1))

    found = counted(outage, corrected)
    assert (found.seconds_of(DOWN), found.seconds_of(DEGRADED)) == (3600, 2 * 3600)


def test_what_no_check_saw_counts_since_it_happened(counted):
    def told(story: Story) -> None:
        opening = incidents.Opening({story.ids["sip"]: Impact.FULL}, {"fr": "Coupure"}, happened_at=hours(5))
        anne = actors.cli_user(story.session, "anne")
        event = incidents.open_incident(story.session, opening, anne, hours(4))
        incidents.close(story.session, event, {}, anne, hours(2), ended_at=hours(3))

    assert counted(told).seconds_of(DOWN) == 2 * 3600


def test_a_draft_counts_nothing(counted):
    def drafted(story: Story) -> None:
        opening = incidents.Opening({story.ids["sip"]: Impact.FULL}, {"fr": "Coupure"}, draft=True)
        incidents.open_incident(story.session, opening, actors.cli_user(story.session, "anne"), hours(4))

    assert counted(drafted).seconds_of(DOWN) == 0


def test_what_was_handed_back_is_counted_as_detected(counted):
    def handed_back(story: Story) -> None:
        event = incident(story, impact=Impact.NONE)
        story.session.query(EventComponent).filter_by(event_uid=event.uid).update({"set_by": 1})

    assert counted(outage, handed_back).seconds_of(DOWN) == 2 * 3600


def test_a_false_alarm_is_left_out_as_far_as_it_failed(counted):
    def denied(story: Story) -> None:
        incident(story, ended=hours(3), publication=Publication.WITHDRAWN)

    found = counted(outage, denied)
    assert (found.seconds_of(DOWN), found.outages, found.ratio) == (0, 0, 1.0)
    assert found.seconds_of(UNWATCHED) == 2 * 3600
