from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from status.domain.refused import Refused
from status.domain.states import EventState, EventType, Impact, Publication, Verdict
from status.models import EventUpdate, Installation, Instruction, Notice, UpdateText, VerdictInterval
from status.models.engine import writing
from status.queries.decider import open_event_views
from status.services import actors, incidents, works
from status.services.events import find
from status.services.instructions import take_instructions
from status.services.updating import Update, update

NOW = datetime(2026, 11, 22, 13, 7, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)


@pytest.fixture
def anne(session):
    return actors.cli_user(session, "anne")


def opening(**rest) -> incidents.Opening:
    return incidents.Opening(**{"impacts": {2: Impact.PARTIAL}, "title": {"fr": "Appels coupés à Lille"}, **rest})


def work(**rest) -> works.Plan:
    times = {"start_at": NOW + timedelta(hours=1), "end_at": NOW + timedelta(hours=3)}
    return works.Plan(
        **{"type": EventType.UPGRADE, "impacts": {2: Impact.NONE}, "title": {"fr": "Mise à jour"}, **times, **rest}
    )


def published(session) -> list[EventUpdate]:
    return list(session.scalars(sa.select(EventUpdate).where(EventUpdate.k.is_not(None)).order_by(EventUpdate.id)))


def test_an_incident_by_hand_with_three_updates_and_its_end_is_five_posts(session, anne):
    event = incidents.open_incident(session, opening(texts={"fr": "Nous cherchons."}), anne, NOW)
    for minute, state in enumerate((EventState.IDENTIFIED, None, EventState.MONITORING), 1):
        what = Update(texts={"fr": f"Point {minute}"}, state=state)
        update(session, event, what, anne, NOW + timedelta(minutes=minute))
    incidents.close(session, event, {"fr": "Rétabli."}, anne, LATER)
    assert [post.k for post in published(session)] == [1, 2, 3, 4, 5]
    assert session.scalar(sa.select(sa.func.count(sa.distinct(UpdateText.uid)))) == 10
    assert (event.n, event.state, event.ended_at) == (42, EventState.RESOLVED, LATER)


def test_a_text_in_one_language_leaves_the_other_empty_but_identified(session, anne):
    incidents.open_incident(session, opening(texts={"fr": "Nous cherchons."}), anne, NOW)
    rows = {row.language: row for row in session.scalars(sa.select(UpdateText))}
    assert (rows["fr"].text, rows["en"].text) == ("Nous cherchons.", "")
    assert rows["en"].uid == "tag:status.example,2026:event/42/update/1/en"


def test_a_rollback_leaves_no_gap_in_the_numbers(world):
    def open_one(*, fails: bool) -> int:
        with writing(world) as session:
            event = incidents.open_incident(session, opening(), actors.cli_user(session, "anne"), NOW)
            if fails:
                raise RuntimeError
            return event.n

    with pytest.raises(RuntimeError):
        open_one(fails=True)
    assert [open_one(fails=False), open_one(fails=False)] == [42, 43]


def test_the_second_of_two_engineers_is_told(session, anne):
    event = incidents.open_incident(session, opening(), anne, NOW)
    seen = event.version
    update(session, event, Update(state=EventState.IDENTIFIED, version=seen), anne, NOW)
    with pytest.raises(Refused, match="FS#42 was changed by somebody else"):
        update(session, event, Update(state=EventState.MONITORING, version=seen), anne, NOW)


def test_a_move_that_is_not_allowed_names_those_that_are(session, anne):
    event = works.plan(session, work(), anne, NOW)
    with pytest.raises(Refused, match="from planned to in-progress; allowed from there: confirmed, cancelled"):
        works.start(session, event, {}, anne, NOW)


def test_each_deed_leaves_an_instruction(session, anne):
    event = incidents.open_incident(session, opening(), anne, NOW)
    incidents.close(session, event, {}, anne, LATER)
    assert [row.data["deed"] for row in take_instructions(session, LATER)] == ["open", "close"]
    assert take_instructions(session, LATER) == []
    assert session.scalar(sa.select(Instruction.actor_id).limit(1)) == anne.id


def test_a_draft_is_published_with_all_that_was_written_on_it(session, anne):
    event = incidents.open_incident(session, opening(draft=True, texts={"fr": "a"}), anne, NOW)
    update(session, event, Update(texts={"fr": "b"}), anne, NOW)
    assert published(session) == []
    incidents.publish(session, event, anne, LATER)
    assert [(post.k, post.published_at) for post in published(session)] == [(1, LATER), (2, LATER)]


def test_a_withdrawn_incident_keeps_number_and_page_and_tells_why(session, anne):
    event = incidents.open_incident(session, opening(), anne, NOW)
    incidents.withdraw(session, event, {"fr": "sonde mal réglée"}, anne, LATER)
    assert (event.n, event.publication, event.withdrawn_reason) == (42, Publication.WITHDRAWN, "sonde mal réglée")
    assert [post.action for post in published(session)] == ["open", "withdraw"]
    assert session.scalar(sa.select(sa.func.count(Notice.id))) == 2


def test_a_withdrawn_draft_leaves_nothing(session, anne):
    event = incidents.open_incident(session, opening(draft=True), anne, NOW)
    incidents.withdraw(session, event, {"fr": "essai"}, anne, LATER)
    assert (event.n, published(session), session.get(Installation, 1).next_event_number) == (None, [], 42)


@pytest.mark.parametrize(
    ("what", "message"),
    [
        (Update(), "says nothing"),
        (Update(progress=101), "expected 0 to 100"),
        (Update(next_update_at=NOW), "give a time to come"),
        (Update(happened_at=NOW + timedelta(days=9), texts={"fr": "x"}), "still to come"),
        (Update(texts={"de": "Störung"}), "no language 'de'"),
        (Update(texts={"fr": "x" * 10_001}), "at most 10000"),
        (Update(state=EventState.PLANNED), "allowed from there: identified, monitoring, resolved"),
        (Update(title={"fr": " "}), "the new title is empty"),
    ],
)
def test_a_wrong_update_is_refused_with_its_reason(session, anne, what, message):
    event = incidents.open_incident(session, opening(), anne, NOW)
    with pytest.raises(Refused, match=message):
        update(session, event, what, anne, LATER)


@pytest.mark.parametrize(
    ("what", "message"),
    [
        (opening(impacts={}), "at least one component"),
        (opening(title={"fr": " \x00 "}), "title is empty"),
        (opening(title={"fr": "x" * 201}), "at most 200"),
        (opening(happened_at=LATER), "still to come"),
        (opening(state=EventState.RESOLVED), "does not begin as resolved"),
        (opening(impacts={4: Impact.FULL}), "touches only internal components"),
    ],
)
def test_a_wrong_opening_is_refused_with_its_reason(session, anne, what, message):
    with pytest.raises(Refused, match=message):
        incidents.open_incident(session, what, anne, NOW)


def test_a_title_left_empty_in_one_language_is_none_there(session, anne):
    event = incidents.open_incident(session, opening(title={"fr": "Coupure", "en": " "}), anne, NOW)
    assert event.title == {"fr": "Coupure"}


def test_control_characters_never_reach_the_database(session, anne):
    event = incidents.open_incident(
        session, opening(title={"fr": "a\x08b\u202ec\nd"}, texts={"fr": "\x1b[31mx"}), anne, NOW
    )
    assert event.title == {"fr": "abc d"}
    assert session.scalar(sa.select(UpdateText.text).where(UpdateText.language == "fr")) == "[31mx"


def test_events_are_found_by_number_and_uid(session, anne):
    event = incidents.open_incident(session, opening(), anne, NOW)
    assert all(find(session, reference) is event for reference in ("42", "FS#42", "fs#42", event.uid))
    with pytest.raises(Refused, match="no event '43'"):
        find(session, "43")


def test_a_resolved_incident_is_reopened_with_a_post_of_its_own(session, anne):
    event = incidents.open_incident(session, opening(), anne, NOW)
    incidents.close(session, event, {}, anne, LATER)
    incidents.reopen(session, event, {"fr": "De nouveau."}, anne, LATER)
    assert (event.state, event.ended_at) == (EventState.INVESTIGATING, None)
    assert published(session)[-1].action == "reopen"


def test_a_promised_time_that_has_passed_is_forgotten(session, anne):
    event = incidents.open_incident(session, opening(next_update_at=NOW + timedelta(minutes=5)), anne, NOW)
    update(session, event, Update(texts={"fr": "Toujours rien."}), anne, LATER)
    assert event.next_update_at is None


def test_a_work_goes_its_way(session, anne):
    event = works.plan(session, work(), anne, NOW)
    works.confirm(session, event, {}, anne, NOW)
    works.start(session, event, {}, anne, NOW)
    works.finish(session, event, {"fr": "Terminé."}, anne, LATER)
    assert [post.action for post in published(session)] == ["plan", "confirm", "work-start", "finish"]
    assert (event.state, event.progress, event.ended_at) == (EventState.DONE, 100, LATER)


def test_a_work_is_verified_then_rolled_back(session, anne):
    event = works.plan(session, work(), anne, NOW)
    works.confirm(session, event, {}, anne, NOW)
    works.start(session, event, {}, anne, NOW)
    works.verify(session, event, {}, anne, LATER)
    works.roll_back(session, event, {}, anne, LATER)
    assert event.state is EventState.ROLLED_BACK


def test_every_announced_pair_of_times_is_kept(session, anne):
    event = works.plan(session, work(), anne, NOW)
    times = (NOW + timedelta(days=1), NOW + timedelta(days=1, hours=2))
    works.new_times(session, event, times, {}, anne, now=NOW)
    assert (event.planned_start_at, len(event.planned_history), event.state) == (times[0], 2, EventState.PLANNED)


def test_a_running_work_is_extended_by_its_end_alone(session, anne):
    event = works.plan(session, work(), anne, NOW)
    works.confirm(session, event, {}, anne, NOW)
    works.start(session, event, {}, anne, NOW)
    works.new_times(session, event, (None, NOW + timedelta(hours=5)), {}, anne, now=NOW)
    assert event.planned_end_at == NOW + timedelta(hours=5)
    with pytest.raises(Refused, match="a running an end"):
        works.new_times(session, event, (NOW, NOW + timedelta(hours=6)), {}, anne, now=NOW)


def test_a_cancelled_work_does_not_come_back(session, anne):
    event = works.plan(session, work(draft=True), anne, NOW)
    works.cancel(session, event, {}, anne, NOW)
    with pytest.raises(Refused, match="none, it is final"):
        works.confirm(session, event, {}, anne, NOW)


@pytest.mark.parametrize(
    ("what", "message"),
    [
        (work(impacts={}), "at least one component"),
        (work(type=EventType.INCIDENT), "maintenance or an upgrade"),
        (work(end_at=NOW), "before it begins"),
        (work(start_at=NOW - timedelta(days=2), end_at=NOW - timedelta(days=1)), "which is past"),
    ],
)
def test_a_wrong_plan_is_refused_with_its_reason(session, anne, what, message):
    with pytest.raises(Refused, match=message):
        works.plan(session, what, anne, NOW)


def test_what_belongs_to_incidents_is_refused_on_works_and_the_reverse(session, anne):
    a_work = works.plan(session, work(), anne, NOW)
    incident = incidents.open_incident(session, opening(), anne, NOW)
    with pytest.raises(Refused, match="only an incident can be closed"):
        incidents.close(session, a_work, {}, anne, NOW)
    with pytest.raises(Refused, match="not a work"):
        works.confirm(session, incident, {}, anne, NOW)


def test_the_same_actor_is_one_row(session, anne):
    assert actors.cli_user(session, "anne") is anne
    assert actors.robot(session) is actors.robot(session)


def test_a_withdrawn_incident_stays_in_view_while_it_fails(session, anne):
    event = incidents.open_incident(session, opening(), anne, NOW)
    incidents.withdraw(session, event, {"fr": "sonde mal réglée"}, anne, NOW)
    interval = VerdictInterval(
        component_id=2, verdict=Verdict.DOWN, began_at=NOW, decided_at=NOW, origin="probe", rule_point="4"
    )
    session.add(interval)
    incidents.open_incident(session, opening(), anne, NOW + timedelta(days=3))
    assert [view.withdrawn for view in open_event_views(session)] == [True, False]
    interval.ended_at = NOW + timedelta(days=3)
    session.flush()
    assert [view.withdrawn for view in open_event_views(session)] == [False]
