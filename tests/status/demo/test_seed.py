"""The past that a new demonstration begins with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.demo.seed import seed
from status.domain.states import ENDED_STATES, EventState, Policy, Visibility
from status.models import (
    Base,
    Component,
    Event,
    EventComponent,
    EventUpdate,
    Installation,
    Notice,
    UpdateText,
    VerdictInterval,
)
from status.models.engine import Sessions, create_file, make_engine, make_sessions, writing

NOW = datetime(2026, 11, 22, 20, 30, tzinfo=UTC)
TREE = {
    "hosting": ("hebergement-web", "dns"),
    "email": ("messagerie",),
    "telephony": ("voix",),
    "xdsl": ("adsl-authentification",),
}


def component(slug: str, parent: int | None) -> Component:
    empty = {"symptoms": [], "resources": [], "departments": [], "exchanges": [], "operators": []}
    return Component(
        slug=slug, parent_id=parent, name={"fr": slug, "en": slug}, description={}, **empty, depends_on=[],
        redundant_with=[], needs=None, position=0, merge_label=slug, visibility=Visibility.PUBLIC,
        legacy_project=None, policy_down=Policy.PUBLISH, policy_degraded=Policy.DRAFT, retired_at=None,
    )  # fmt: skip


def arrange(session: Session) -> None:
    session.add(
        Installation(
            id=1, authority="demo.invalid", year=2026, demonstration=True, created_at=NOW, next_event_number=28_001,
            revision=3, verified_at=None,
        )
    )  # fmt: skip
    for area, slugs in TREE.items():
        parent = component(area, None)
        session.add(parent)
        session.flush()
        session.add_all(component(slug, parent.id) for slug in slugs)
    session.flush()


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """An SQLite database whose past was told at NOW; only read."""
    engine = make_engine(f"sqlite:///{tmp_path_factory.mktemp('past')}/travaux.db")
    create_file(engine)
    Base.metadata.create_all(engine)
    with writing(make_sessions(engine)) as session:
        arrange(session)
        seed(session, NOW)
        yield session
    engine.dispose()


@pytest.fixture
def session(sessions: Sessions) -> Iterator[Session]:
    """A demonstration's database without a past."""
    with writing(sessions) as session:
        arrange(session)
        yield session


def all_of(session: Session, table):
    return session.scalars(sa.select(table)).all()


def test_it_tells_fourteen_past_events_and_two_works_to_come(session: Session) -> None:
    assert seed(session, NOW) == 16
    events = all_of(session, Event)
    assert sum(event.state in ENDED_STATES and event.ended_at < NOW for event in events) == 14
    coming = sorted(event.planned_start_at for event in events if event.ended_at is None)
    assert [start - NOW < timedelta(days=days) for start, days in zip(coming, (2, 8), strict=True)] == [True, True]


def test_the_same_moment_gives_the_same_past(session: Session) -> None:
    seed(session, NOW)
    first = {(event.uid, event.n, event.started_at) for event in all_of(session, Event)}
    session.rollback()
    arrange(session)
    seed(session, NOW)
    assert {(event.uid, event.n, event.started_at) for event in all_of(session, Event)} == first


def test_every_area_has_a_past(told: Session) -> None:
    assert {row.path.split("/")[0] for row in all_of(told, EventComponent)} == set(TREE)


def test_numbers_rise_with_time_without_a_gap(told: Session) -> None:
    events = told.scalars(sa.select(Event).order_by(Event.published_at)).all()
    assert [event.n for event in events] == list(range(28_001, 28_017))
    assert told.get_one(Installation, 1).next_event_number == 28_017


def test_nothing_is_published_in_the_future_and_little_of_late(told: Session) -> None:
    updates = all_of(told, EventUpdate)
    assert max(update.published_at for update in updates) < NOW
    assert len({update.event_uid for update in updates if NOW - update.published_at < timedelta(days=14)}) <= 3


def test_every_update_has_its_words_and_identifier_in_both_languages(told: Session) -> None:
    numbers = {update.id: (update.event_uid, update.k) for update in all_of(told, EventUpdate)}
    events = {event.uid: event.n for event in all_of(told, Event)}
    texts = all_of(told, UpdateText)
    assert len(texts) == 2 * len(numbers)
    for text in texts:
        uid, k = numbers[text.update_id]
        assert text.text
        assert text.uid == f"tag:demo.invalid,2026:event/{events[uid]}/update/{k}/{text.language}"


def test_french_words_keep_their_punctuation_on_the_line(told: Session) -> None:
    french = told.scalars(sa.select(UpdateText.text).where(UpdateText.language == "fr")).all()
    assert not [text for text in french for mark in ":;?!" if f" {mark}" in text]


def test_ended_events_touch_nothing_any_more_and_last_as_long_as_told(told: Session) -> None:
    ended = told.scalars(sa.select(Event).where(Event.state == EventState.RESOLVED)).all()
    assert {event.impact.value for event in ended} == {"none"}
    assert all(timedelta(minutes=5) < event.ended_at - event.started_at < timedelta(hours=6) for event in ended)


def test_verdicts_cover_ninety_days_without_a_gap_and_end_now(told: Session) -> None:
    for slug in ("hebergement-web", "dns", "messagerie", "voix", "adsl-authentification"):
        wanted = sa.select(VerdictInterval).join(Component).where(Component.slug == slug)
        spans = told.scalars(wanted.order_by(VerdictInterval.id)).all()
        assert NOW - spans[0].began_at > timedelta(days=90)
        assert [span.ended_at for span in spans] == [*(span.began_at for span in spans[1:]), NOW]
        assert len({span.verdict for span in spans}) > 1


def test_nobody_is_notified_of_the_past(told: Session) -> None:
    assert all_of(told, Notice) == []
    assert told.get_one(Installation, 1).revision > 3


def test_a_database_with_events_is_left_alone(told: Session) -> None:
    assert seed(told, NOW) == 0
    assert len(all_of(told, Event)) == 16


def test_a_missing_component_leaves_its_stories_out(session: Session) -> None:
    session.execute(sa.delete(Component).where(Component.slug == "voix"))
    assert seed(session, NOW) == 12


def test_it_tells_the_same_just_after_midnight(session: Session) -> None:
    midnight = NOW.replace(hour=23, minute=1)
    assert seed(session, midnight) == 16
    assert session.scalar(sa.select(sa.func.max(EventUpdate.published_at))) < midnight
