from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from status.domain.decisions import Action
from status.domain.states import EventState, EventType, Impact, Publication, Visibility
from status.models import Component, Event, EventComponent, EventUpdate, Installation, Note, Notice, Step, UpdateText
from status.queries.decider import open_event_views, work_views
from status.services import actors, assigning, incidents, works
from status.services.changing import change
from status.services.events import find
from status.services.robot import apply_decision
from status.services.updating import Update, update

NOW = datetime(2026, 11, 22, 13, 7, tzinfo=UTC)
UID = "0197-event"


@pytest.fixture
def robot(session, decide):
    def act(action: Action, at: float = 0, *components, **rest) -> Event:
        apply_decision(session, decide(action, at, *components, **rest), NOW + timedelta(seconds=at))
        return session.get(Event, rest.get("uid", UID))

    return act


@pytest.fixture
def person(session):
    return actors.cli_user(session, "anne")


def posts(session) -> list[EventUpdate]:
    published = sa.select(EventUpdate).where(EventUpdate.k.is_not(None))
    return list(session.scalars(published.order_by(EventUpdate.k)))


def plain_outage(robot) -> Event:
    robot(Action.OPEN, 0)
    robot(Action.RETURN, 120, (2, Impact.NONE), began=NOW.timestamp() + 100)
    return robot(Action.CLOSE, 420, (2, Impact.NONE))


def test_a_plain_outage_is_three_posts(session, robot):
    event = plain_outage(robot)
    assert [(post.k, post.action) for post in posts(session)] == [(1, "open"), (2, "return"), (3, "close")]
    assert (event.n, event.state) == (42, EventState.RESOLVED)
    assert event.ended_at == NOW + timedelta(seconds=100)


def test_an_incident_that_opens_again_has_nobody_on_it_any_more(session, robot, person):
    assigning.acknowledge(session, robot(Action.OPEN, 0), person, NOW)
    robot(Action.RETURN, 120, (2, Impact.NONE), began=NOW.timestamp() + 100)
    robot(Action.CLOSE, 420, (2, Impact.NONE))
    assert session.get(Event, UID).acknowledged_at is not None
    assert robot(Action.REOPEN, 500).acknowledged_at is None


def test_each_post_has_its_identifier_in_every_language_and_one_notice(session, robot):
    plain_outage(robot)
    uids = set(session.scalars(sa.select(UpdateText.uid)))
    assert uids == {f"tag:status.example,2026:event/42/update/{k}/{lang}" for k in (1, 2, 3) for lang in ("fr", "en")}
    assert session.scalar(sa.select(sa.func.count(Notice.id))) == 3
    assert session.get(Installation, 1).revision == 3


def test_the_opening_speaks_to_customers(session, robot):
    event = robot(Action.OPEN)
    text = session.get(UpdateText, (posts(session)[0].id, "fr")).text
    assert event.title["fr"] == "sip fr\u00a0: les appels n’aboutissent pas"
    assert text.startswith("Le service de téléphonie ne répond pas\u00a0: les appels n’aboutissent pas.")


def test_every_step_keeps_its_evidence(session, robot):
    plain_outage(robot)
    steps = session.scalars(sa.select(Step).order_by(Step.id)).all()
    assert [step.action for step in steps] == ["open", "return", "close"]
    assert steps[0].data["evidence"] == [[1, "here", 7]]
    assert steps[0].component_id == 2


def test_opening_twice_changes_nothing(session, robot):
    robot(Action.OPEN)
    robot(Action.OPEN)
    assert len(posts(session)) == 1


def test_a_draft_has_no_number_and_no_post(session, robot):
    event = robot(Action.OPEN, 0, (2, Impact.DEGRADED), public=False)
    robot(Action.WORSE, 30)
    assert (event.n, event.publication, event.impact) == (None, Publication.DRAFT, Impact.FULL)
    assert posts(session) == []
    assert session.get(Installation, 1).next_event_number == 42


def test_publishing_a_draft_is_one_post_that_speaks_of_the_present(session, robot):
    robot(Action.OPEN, 0, (2, Impact.DEGRADED), public=False)
    robot(Action.RETURN, 300, (2, Impact.NONE))
    event = robot(Action.PUBLISH, 600)
    assert [post.state for post in posts(session)] == [EventState.MONITORING]
    assert session.get(UpdateText, (posts(session)[0].id, "en")).text.startswith("Service restored")
    assert event.n == 42


def test_publishing_what_one_location_alone_saw_tells_the_impact_it_has_now(session, robot):
    robot(Action.OPEN, 0, (2, Impact.PARTIAL), public=False, internal=True)
    event = robot(Action.PUBLISH, 60, (2, Impact.FULL))
    (row,) = session.scalars(sa.select(EventComponent))
    assert (row.impact, event.impact, posts(session)[0].impact) == (Impact.FULL, Impact.FULL, Impact.FULL)
    assert not event.internal


def test_an_incident_of_hidden_components_stays_a_draft(session, robot):
    event = robot(Action.OPEN, 0, (4, Impact.FULL))
    robot(Action.PUBLISH, 600, (4, Impact.FULL))
    assert (event.publication, event.n, posts(session)) == (Publication.DRAFT, None, [])


def test_an_incident_only_customers_may_know_takes_its_number_and_names_nothing(session, robot):
    session.get_one(Component, 4).visibility = Visibility.CUSTOMERS
    event = robot(Action.OPEN, 0, (4, Impact.FULL))
    assert (event.publication, event.n) == (Publication.PUBLIC, 42)
    said = session.scalars(sa.select(UpdateText.text)).all()
    assert [
        words for words in (*said, *event.title.values(), str(posts(session)[0].generated)) if "canary" in words
    ] == []


def test_a_hidden_component_is_named_nowhere(session, robot):
    event = robot(Action.OPEN, 0, (4, Impact.FULL), (2, Impact.FULL))
    texts = session.scalars(sa.select(UpdateText.text)).all()
    assert "canary" not in f"{event.title}{event.advice}{event.resources}{posts(session)[0].generated}{texts}"


@pytest.mark.parametrize("hidden", [Visibility.INTERNAL, Visibility.CUSTOMERS])
def test_what_a_hidden_component_suffers_is_not_told_of_a_public_one(session, robot, hidden):
    session.get_one(Component, 4).visibility = hidden
    event = robot(Action.OPEN, 0, (4, Impact.FULL), (2, Impact.DEGRADED))
    [opening] = posts(session)
    assert (event.impact, opening.impact, opening.generated["impact"]) == (Impact.DEGRADED, Impact.DEGRADED, "degraded")
    assert event.severity == 4


def test_what_leaves_takes_its_impact_along_seen_or_not(session, robot):
    event = robot(Action.OPEN, 0, (2, Impact.DEGRADED), (3, Impact.FULL), (4, Impact.FULL))
    robot(Action.LEAVE, 60, (3, Impact.FULL))
    assert event.impact is Impact.DEGRADED


def test_a_work_is_announced_to_the_decider_with_the_worst_it_may_do(session, person):
    plan = works.Plan(
        EventType.MAINTENANCE, {2: Impact.DEGRADED, 4: Impact.FULL}, {"fr": "x"}, NOW, NOW + timedelta(hours=1)
    )
    assert works.plan(session, plan, person, NOW - timedelta(days=1)).impact is Impact.DEGRADED
    [view] = work_views(session)
    assert view.impact is Impact.FULL


def test_components_join_with_a_post(session, robot):
    robot(Action.OPEN)
    event = robot(Action.JOIN, 60, (3, Impact.DEGRADED))
    names = [name["fr"] for name in posts(session)[-1].generated["components"]]
    assert names == ["sip fr", "fax fr"]
    assert event.resources == ["rack-sip", "rack-fax"]


def test_worse_better_and_reopen_are_posted(session, robot):
    robot(Action.OPEN, 0, (2, Impact.DEGRADED))
    robot(Action.WORSE, 60)
    robot(Action.BETTER, 120, (2, Impact.DEGRADED))
    robot(Action.RETURN, 180, (2, Impact.NONE))
    robot(Action.CLOSE, 480, (2, Impact.NONE))
    event = robot(Action.REOPEN, 600)
    assert [p.action for p in posts(session)] == ["open", "worse", "better", "return", "close", "reopen"]
    assert (event.state, event.ended_at, event.severity) == (EventState.INVESTIGATING, None, 4)


def test_a_decision_that_changes_nothing_posts_nothing(session, robot):
    robot(Action.OPEN)
    robot(Action.WORSE, 60)
    assert len(posts(session)) == 1


def test_on_a_taken_incident_the_robot_tells_of_the_return_and_no_more(session, robot, person):
    event = robot(Action.OPEN)
    update(session, event, Update(state=EventState.IDENTIFIED, impact=Impact.PARTIAL), person, NOW)
    robot(Action.WORSE, 60)
    robot(Action.RETURN, 120, (2, Impact.NONE))
    robot(Action.CLOSE, 420, (2, Impact.NONE))
    assert (event.state, event.impact) == (EventState.IDENTIFIED, Impact.PARTIAL)
    assert [post.action for post in posts(session)] == ["open", "update", "return"]


def test_the_robot_attaches_to_a_persons_incident_as_evidence_only(session, robot, person):
    opening = incidents.Opening(impacts={2: Impact.PARTIAL}, title={"fr": "Appels coupés"})
    event = incidents.open_incident(session, opening, person, NOW)
    robot(Action.ATTACH, 30, uid=event.uid)
    step = session.scalars(sa.select(Step)).one()
    assert (step.action, step.event_uid, step.data["applied"]) == ("attach", event.uid, False)
    assert len(posts(session)) == 1


def test_a_persons_impact_on_one_component_stays(session, robot, person):
    event = robot(Action.OPEN)
    update(session, event, Update(impacts={2: Impact.PARTIAL}), person, NOW)
    incidents.hand_back(session, event, person, NOW)
    update(session, event, Update(impacts={2: Impact.DEGRADED}), person, NOW)
    change(session, event, {"taken_by": None})
    robot(Action.WORSE, 60, (2, Impact.FULL), (3, Impact.FULL))
    rows = {row.component_id: row.impact for row in session.scalars(sa.select(EventComponent))}
    assert rows == {2: Impact.DEGRADED, 3: Impact.FULL}


def test_after_handing_back_the_robot_closes_again(session, robot, person):
    event = robot(Action.OPEN)
    update(session, event, Update(state=EventState.IDENTIFIED), person, NOW)
    incidents.hand_back(session, event, person, NOW)
    robot(Action.RETURN, 120, (2, Impact.NONE))
    robot(Action.CLOSE, 420, (2, Impact.NONE))
    assert event.state is EventState.RESOLVED


def test_a_withdrawn_incident_is_left_alone(session, robot, person):
    event = robot(Action.OPEN)
    incidents.withdraw(session, event, {"fr": "sonde mal réglée"}, person, NOW)
    robot(Action.REOPEN, 60)
    assert event.publication is Publication.WITHDRAWN
    assert [post.action for post in posts(session)] == ["open", "withdraw"]


def test_a_change_in_between_is_read_again(session, robot, monkeypatch):
    event = robot(Action.OPEN)
    real = session.get
    stale = iter([True])

    def get_then_be_overtaken(entity, *args, **kwargs):
        found = real(entity, *args, **kwargs)
        if entity is Event and next(stale, False):
            session.execute(sa.text("UPDATE event SET version = version + 1"))
        return found

    monkeypatch.setattr(session, "get", get_then_be_overtaken)
    robot(Action.WORSE, 60, (3, Impact.FULL))
    assert event.version == session.scalar(sa.select(Event.version))
    assert posts(session)[-1].action == "worse"


def test_an_unknown_event_is_a_bug(robot):
    with pytest.raises(LookupError, match="no event nowhere"):
        robot(Action.RETURN, uid="nowhere")


def test_the_decider_sees_what_it_needs(session, robot, person):
    robot(Action.OPEN)
    robot(Action.RETURN, 120, (2, Impact.NONE))
    (view,) = open_event_views(session)
    assert view.components == {2: (Impact.NONE, False)}
    assert (view.taken, view.returned, view.ended) == (False, NOW.timestamp() + 120, None)
    incidents.close(session, find(session, "42"), {}, person, NOW + timedelta(seconds=200))
    (view,) = open_event_views(session)
    assert (view.closed_by_person, view.ended) == (True, NOW.timestamp() + 200)


def test_an_incident_closed_long_ago_is_out_of_sight(session, robot):
    plain_outage(robot)
    robot(Action.OPEN, 2 * 3600, uid="0198-later")
    assert [view.uid for view in open_event_views(session)] == ["0198-later"]


def planned(session, person) -> Event:
    plan = works.Plan(
        EventType.MAINTENANCE,
        {2: Impact.INTERRUPTION},
        {"fr": "Remplacement"},
        NOW + timedelta(hours=1),
        NOW + timedelta(hours=2),
    )
    return works.plan(session, plan, person, NOW)


def test_a_confirmed_work_starts_by_itself(session, robot, person):
    event = planned(session, person)
    works.confirm(session, event, {}, person, NOW)
    robot(Action.WORK_START, 3600, uid=event.uid)
    assert (event.state, event.started_at) == (EventState.IN_PROGRESS, NOW + timedelta(hours=1))
    assert [post.action for post in posts(session)] == ["plan", "confirm", "work-start"]


def test_an_unconfirmed_work_is_told_once_and_not_in_public(session, robot, person):
    event = planned(session, person)
    assert work_views(session)[0].alerted is False
    robot(Action.WORK_START, 3600, uid=event.uid)
    robot(Action.WORK_UNCONFIRMED, 3600, uid=event.uid)
    assert event.state is EventState.PLANNED
    assert work_views(session)[0].alerted is True
    assert session.scalars(sa.select(Note)).one().event_uid == event.uid
    assert len(posts(session)) == 1


def test_on_a_taken_incident_only_new_components_join(session, robot, person):
    event = robot(Action.OPEN)
    update(session, event, Update(impact=Impact.PARTIAL), person, NOW)
    robot(Action.JOIN, 60, (3, Impact.FULL))
    robot(Action.JOIN, 90, (3, Impact.DEGRADED))
    rows = {row.component_id: row.impact for row in session.scalars(sa.select(EventComponent))}
    assert (rows, event.impact) == ({2: Impact.PARTIAL, 3: Impact.FULL}, Impact.PARTIAL)
    assert [post.action for post in posts(session)] == ["open", "update", "join"]


def test_what_joins_a_taken_incident_does_not_move_its_state(session, robot, person):
    event = robot(Action.OPEN)
    robot(Action.RETURN, 30, (2, Impact.NONE))
    incidents.take(session, event, person, NOW)
    robot(Action.JOIN, 60, (3, Impact.FULL))
    assert event.state is EventState.MONITORING
    assert [post.action for post in posts(session)] == ["open", "return", "join"]


def test_a_late_decision_changes_nothing_on_what_a_person_closed(session, robot, person):
    event = robot(Action.OPEN)
    incidents.close(session, event, {}, person, NOW)
    robot(Action.JOIN, 60, (3, Impact.FULL))
    robot(Action.REOPEN, 60)
    assert event.state is EventState.RESOLVED
    assert [post.action for post in posts(session)] == ["open", "close"]
