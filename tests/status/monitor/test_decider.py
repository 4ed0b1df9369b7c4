"""The decider with the database in the loop, on both engines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from probes.types import Outcome
from status.clock import utc
from status.domain.states import EventState, EventType, Impact, Publication
from status.models import Check, Component, Event, Evidence, Installation, Observation, Step
from status.models.engine import reading, writing
from status.services import holds
from status.services.actors import cli_user
from status.services.incidents import Opening, close, hand_back, open_incident, take
from status.services.merging import merge
from tests.status.monitor.conftest import Desk


def fail(desk: Desk, *slugs: str, times: int = 5) -> None:
    for _ in range(times):
        desk.see(Outcome.FAILED, *slugs)


def heal(desk: Desk, *slugs: str, times: int = 4) -> None:
    for _ in range(times):
        desk.see(Outcome.OK, *slugs)


def test_an_outage_becomes_one_public_incident_with_a_number(desk: Desk) -> None:
    fail(desk, "voice")
    (event,) = desk.events()
    assert (event.n, event.state, event.publication) == (1, EventState.INVESTIGATING, Publication.PUBLIC)
    assert event.title["fr"]
    assert event.title["en"]


def test_a_plain_outage_untouched_by_a_person_is_three_posts(desk: Desk) -> None:
    fail(desk, "voice")
    heal(desk, "voice")
    for _ in range(35):
        desk.see(Outcome.OK)
    assert desk.posts() == ["open", "return", "close"]
    assert desk.events()[0].state is EventState.RESOLVED
    assert desk.notices() == 3


def test_components_under_one_label_are_one_incident(desk: Desk) -> None:
    fail(desk, "web-1", "web-2")
    assert [event.merge_label for event in desk.events()] == ["shelf"]


def test_verdict_intervals_follow_each_other_without_a_gap(desk: Desk) -> None:
    fail(desk)
    heal(desk)
    assert desk.intervals() == [("operational", True), ("down", True), ("operational", False)]


def test_after_a_restart_in_an_outage_the_same_incident_goes_on(desk: Desk) -> None:
    fail(desk, "voice")
    desk.start()
    fail(desk, "voice")
    heal(desk, "voice")
    assert desk.posts() == ["open", "return"]
    assert len(desk.events()) == 1


def test_after_a_long_stop_nothing_is_green_before_it_was_looked_at(desk: Desk) -> None:
    desk.now = desk.now.plus(600)
    desk.start()
    desk.turn()
    assert desk.intervals()[-1][0] == "unknown"


def test_a_restart_moments_later_keeps_what_was_known(desk: Desk) -> None:
    desk.now = desk.now.plus(5)
    desk.start()
    desk.turn()
    assert desk.intervals() == [("operational", False)]


def test_a_broken_probe_is_never_an_outage(desk: Desk) -> None:
    for _ in range(10):
        desk.see(Outcome.BROKEN, "voice")
    assert desk.events() == []


def test_a_failure_keeps_its_evidence_and_the_step_names_it(desk: Desk) -> None:
    fail(desk, "voice")
    with reading(desk.sessions) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Evidence)) == 5
        assert session.scalar(sa.select(sa.func.count()).select_from(Observation)) == 8
        opened = session.scalars(sa.select(Step).where(Step.action == "open")).one()
    assert len(opened.data["evidence"]) >= 4


def test_every_batch_says_when_it_was_verified_and_only_changes_raise_the_revision(desk: Desk) -> None:
    before = desk.revision()
    desk.see(Outcome.OK)
    assert desk.revision() == before
    with reading(desk.sessions) as session:
        assert session.scalars(sa.select(Installation.verified_at)).one() == utc(desk.now.wall)
    fail(desk, "voice")
    assert desk.revision() > before


def test_what_the_robot_did_is_logged_once_it_is_kept(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "status.monitor.decider")
    fail(desk, "voice", times=3)
    desk.now = desk.now.plus(10)
    last = desk.observation(desk.check_ids(["voice"])[0], Outcome.FAILED)
    with desk.sessions() as session:
        assert desk.decider
        desk.decider.turn(session, desk.now, [last])
        told_before = list(caplog.messages)
        session.commit()
    assert (told_before, caplog.messages) == ([], ["robot_acted"])


def test_the_same_observation_twice_keeps_nothing_of_its_batch(desk: Desk) -> None:
    once = desk.observation(desk.check_ids()[0], Outcome.OK)
    desk.turn(once)
    with pytest.raises(sa.exc.IntegrityError):
        desk.turn(once)


def test_an_observation_of_a_check_that_left_the_file_is_dropped(desk: Desk) -> None:
    desk.turn(desk.observation(4_711, Outcome.OK))
    with reading(desk.sessions) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Observation)) == 3


def open_by_hand(desk: Desk, slug: str) -> None:
    with writing(desk.sessions) as session:
        component = session.scalars(sa.select(Component).where(Component.slug == slug)).one()
        opening = Opening(
            impacts={component.id: Impact.FULL},
            title={"fr": "Panne", "en": "Outage"},
            texts={"fr": "Nous cherchons."},
        )
        open_incident(session, opening, cli_user(session, "alice"), utc(desk.now.wall))


def test_a_person_opened_first_so_the_robot_attaches(desk: Desk) -> None:
    open_by_hand(desk, "voice")
    fail(desk, "voice")
    (event,) = desk.events()
    assert event.type is EventType.INCIDENT
    assert desk.posts() == ["open"]
    with reading(desk.sessions) as session:
        assert "attach" in session.scalars(sa.select(Step.action)).all()


def held(desk: Desk, slug: str, action: str) -> None:
    with writing(desk.sessions) as session:
        check = session.scalars(sa.select(Check).where(Check.name == f"check-{slug}")).one()
        now, person = utc(desk.now.wall), cli_user(session, "alice")
        if action == "mute":
            holds.mute(session, check, now + timedelta(minutes=10), person, now)
        else:
            holds.disable(session, check, None, person, now, reason="it lies")


def test_a_muted_check_opens_nothing_until_its_mute_is_over(desk: Desk) -> None:
    held(desk, "voice", "mute")
    fail(desk, "voice")
    assert (desk.events(), desk.intervals()[-1][0]) == ([], "down")
    desk.now = desk.now.plus(560)
    fail(desk, "voice", times=1)
    assert desk.posts() == ["open"]


def test_a_disabled_check_decides_nothing(desk: Desk) -> None:
    held(desk, "voice", "disable")
    fail(desk, "voice")
    assert (desk.events(), desk.intervals()[-1][0]) == ([], "unknown")


def test_what_comes_and_goes_is_one_unstable_incident_also_after_a_restart(desk: Desk) -> None:
    for _ in range(3):
        fail(desk, "voice")
        heal(desk, "voice")
        desk.start()
    (event,) = desk.events()
    assert event.unstable
    assert desk.posts()[-1] == "unstable"


def test_a_person_s_closing_of_what_still_fails_is_not_undone(desk: Desk) -> None:
    fail(desk, "voice")
    with writing(desk.sessions) as session:
        event = session.scalars(sa.select(Event)).one()
        close(session, event, {"fr": "Fausse alerte."}, cli_user(session, "alice"), utc(desk.now.wall))
    fail(desk, "voice")
    desk.start()
    fail(desk, "voice")
    assert [event.state for event in desk.events()] == [EventState.RESOLVED]


def deed(desk: Desk, do: Callable[..., object]) -> None:
    with writing(desk.sessions) as session:
        event = session.scalars(sa.select(Event).order_by(Event.n)).first()
        do(session, event, cli_user(session, "alice"), utc(desk.now.wall))


def test_what_was_handed_back_after_all_was_well_returns_and_closes(desk: Desk) -> None:
    fail(desk, "voice")
    deed(desk, take)
    heal(desk, "voice", times=6)
    deed(desk, hand_back)
    heal(desk, times=1)
    assert desk.events()[0].state is EventState.MONITORING
    heal(desk, times=32)
    assert desk.events()[0].state is EventState.RESOLVED


def test_a_late_member_of_what_was_merged_joins_where_it_went(desk: Desk) -> None:
    fail(desk, "voice", "web-1")
    with writing(desk.sessions) as session:
        first, second = session.scalars(sa.select(Event).order_by(Event.merge_label)).all()
        alice = cli_user(session, "alice")
        merge(session, [first], second, alice, utc(desk.now.wall), texts={})
    fail(desk, "web-2")
    assert sorted(event.publication.value for event in desk.events()) == ["merged", "public"]
