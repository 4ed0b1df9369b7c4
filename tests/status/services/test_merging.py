"""Incidents that are one trouble, and one that is two."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from status.domain.decisions import Action
from status.domain.refused import Refused
from status.domain.states import EventState, EventType, Impact, Publication, Visibility
from status.models import Component, Event, EventComponent, EventUpdate, Instruction, UpdateText
from status.queries.decider import open_event_views
from status.services import actors, assigning, incidents, merging, works
from status.services.robot import apply_decision
from status.services.updating import Update, update

NOW = datetime(2026, 11, 22, 13, 7, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)


@pytest.fixture
def anne(session):
    return actors.cli_user(session, "anne")


@pytest.fixture
def opened(session, decide):
    """The robot opens an incident on some components (default: sip, full)."""

    def open_(uid: str, *components, at: float = 0, **rest) -> Event:
        apply_decision(session, decide(Action.OPEN, at, *components, uid=uid, **rest), NOW + timedelta(seconds=at))
        return session.get(Event, uid)

    return open_


@pytest.fixture
def pair(opened):
    return opened("a", (2, Impact.FULL)), opened("b", (3, Impact.DEGRADED), at=60)


@pytest.fixture
def merge(session, anne):
    def merge_(into: Event, *events: Event, **rest) -> None:
        merging.merge(session, events, into, anne, LATER, **{"texts": {}, **rest})

    return merge_


@pytest.fixture
def split(session, anne):
    def split_(event: Event, *component_ids: int, **rest) -> Event:
        return merging.split(session, event, merging.Part(component_ids, **rest), anne, LATER)

    return split_


def impacts(session, event: Event) -> dict[int, Impact]:
    here = sa.select(EventComponent).where(EventComponent.event_uid == event.uid, EventComponent.left_at.is_(None))
    return {row.component_id: row.impact for row in session.scalars(here)}


def posts(session, event: Event, language: str = "en") -> list[tuple[str, str]]:
    """Give an event's published actions with their words."""
    rows = session.scalars(sa.select(EventUpdate).where(EventUpdate.event_uid == event.uid).order_by(EventUpdate.k))
    return [(row.action, session.get(UpdateText, (row.id, language)).text) for row in rows if row.k]


def test_a_merged_incident_keeps_its_number_and_leads_to_the_other(session, pair, merge):
    into, event = pair
    merge(into, event)
    assert (event.n, event.publication, event.merged_into) == (43, Publication.MERGED, into.uid)
    assert (event.state, event.ended_at, into.state) == (EventState.RESOLVED, LATER, EventState.INVESTIGATING)


def test_a_merge_is_one_post_on_each(session, pair, merge):
    into, event = pair
    merge(into, event, texts={"en": "Same fibre."})
    assert posts(session, event)[1:] == [("merged", "Same fibre.")]
    assert posts(session, into)[1:] == [("merge", "Now followed here: FS#43 (fax en).\nSame fibre.")]
    assert posts(session, into, "fr")[-1][1] == "Désormais suivi ici\u00a0: FS#43 (fax fr)."


def test_several_incidents_come_in_with_one_post(session, opened, merge):
    into, *others = opened("a"), opened("b", (3, Impact.FULL)), opened("c", (2, Impact.FULL))
    merge(into, *others)
    assert posts(session, into)[1:] == [("merge", "Now followed here: FS#43 (fax en) and FS#44 (sip en).")]


def test_components_join_with_their_impact_and_the_worst_wins(session, opened, merge):
    into = opened("a", (2, Impact.DEGRADED), (3, Impact.FULL))
    merge(into, opened("b", (2, Impact.FULL)), opened("c", (3, Impact.DEGRADED)))
    assert impacts(session, into) == {2: Impact.FULL, 3: Impact.FULL}
    assert into.impact is Impact.FULL


def test_an_impact_set_by_a_person_stays_his(session, opened, merge, anne):
    into, event = opened("a", (2, Impact.FULL)), opened("b", (2, Impact.FULL))
    update(session, into, Update(impact=Impact.NONE), anne, NOW)
    merge(into, event)
    assert impacts(session, into) == {2: Impact.NONE}


def test_an_impact_set_by_a_person_comes_in_as_his(session, pair, merge, anne):
    into, event = pair
    update(session, event, Update(impact=Impact.PARTIAL), anne, NOW)
    merge(into, event)
    assert {row.component_id: row.set_by == anne.id for row in session.scalars(
        sa.select(EventComponent).where(EventComponent.event_uid == into.uid))} == {2: False, 3: True}  # fmt: skip


def test_merging_takes_nothing_over(session, pair, merge):
    into, event = pair
    merge(into, event)
    (view,) = open_event_views(session)
    assert (view.uid, view.taken, sorted(view.components)) == (into.uid, False, [2, 3])


def test_what_comes_in_still_failing_ends_the_watching(session, pair, merge, decide):
    into, event = pair
    apply_decision(session, decide(Action.RETURN, 90, (2, Impact.NONE), uid="a"), NOW)
    merge(into, event)
    assert into.state is EventState.INVESTIGATING
    assert open_event_views(session)[0].returned is not None  # the book takes it only while monitoring


def test_the_older_beginning_holds(session, pair, merge):
    older, newer = pair
    merge(newer, older)
    assert newer.started_at == NOW


def test_a_merged_draft_leaves_no_page(session, opened, merge):
    into, draft = opened("a"), opened("b", (3, Impact.DEGRADED), public=False)
    merge(into, draft)
    assert (draft.n, draft.publication, posts(session, draft)) == (None, Publication.MERGED, [])
    assert posts(session, into)[-1][1] == "Now followed here: fax en."


def test_a_hidden_component_comes_in_without_a_word(session, opened, merge):
    into, hidden = opened("a"), opened("b", (4, Impact.FULL))
    merge(into, hidden)
    assert len(posts(session, into)) == 1
    assert 4 in impacts(session, into)


def test_what_comes_in_hidden_makes_nothing_worse_in_public(session, opened, merge):
    into = opened("a", (2, Impact.DEGRADED))
    merge(into, opened("b", (4, Impact.FULL)))
    assert into.impact is Impact.DEGRADED


def test_what_stays_hidden_after_a_split_makes_nothing_worse_in_public(session, opened, split):
    whole = opened("a", (2, Impact.DEGRADED), (3, Impact.FULL), (4, Impact.FULL))
    apart = split(whole, 3, 4)
    assert (whole.impact, apart.impact) == (Impact.DEGRADED, Impact.FULL)
    assert split(opened("b", (2, Impact.FULL), (3, Impact.DEGRADED), (4, Impact.FULL)), 3, 4).impact is Impact.DEGRADED


def test_a_public_incident_does_not_go_into_one_only_customers_may_know(session, opened, merge):
    session.get_one(Component, 4).visibility = Visibility.CUSTOMERS
    private, public = opened("one", (4, Impact.FULL)), opened("two", (2, Impact.FULL))
    with pytest.raises(Refused, match="known to customers alone"):
        merge(private, public)
    merge(public, private)
    assert f"FS#{private.n}" not in str(posts(session, public))


def test_a_part_only_customers_may_know_is_not_numbered_in_public(session, opened, split):
    session.get_one(Component, 4).visibility = Visibility.CUSTOMERS
    whole = opened("one", (2, Impact.FULL), (4, Impact.FULL))
    apart = split(whole, 4)
    assert (apart.publication, apart.n) == (Publication.PUBLIC, 43)
    assert "43" not in str(posts(session, whole))


def test_the_robot_leaves_a_merged_incident_alone(session, pair, merge, decide):
    into, event = pair
    merge(into, event)
    apply_decision(session, decide(Action.CLOSE, 900, (3, Impact.NONE), uid="b"), LATER)
    assert (event.publication, len(posts(session, event))) == (Publication.MERGED, 2)


def test_the_decider_is_told_of_both(session, pair, merge):
    into, event = pair
    merge(into, event)
    told = [row.data for row in session.scalars(sa.select(Instruction).order_by(Instruction.id))]
    assert told == [{"event_uid": uid, "deed": "merge"} for uid in (event.uid, into.uid)]


def test_what_cannot_be_merged_is_refused_with_its_reason(session, pair, merge, opened, anne):
    into, event = pair
    draft = opened("d", (2, Impact.DEGRADED), public=False)
    with pytest.raises(Refused, match="FS#42 cannot be merged into itself"):
        merge(into, into)
    with pytest.raises(Refused, match="named twice"):
        merge(into, event, event)
    with pytest.raises(Refused, match="FS#42 is public and d a draft"):
        merge(draft, into)
    merge(into, event)
    with pytest.raises(Refused, match="FS#43 is merged already: it cannot be merged into"):
        merge(event, into)
    with pytest.raises(Refused, match="FS#43 is merged already: it cannot be merged"):
        merge(into, event)


def test_nothing_is_merged_with_what_is_over_or_planned(session, pair, merge, anne):
    into, event = pair
    plan = works.Plan(EventType.UPGRADE, {2: Impact.NONE}, {"fr": "x"}, LATER, LATER + timedelta(hours=1))
    work = works.plan(session, plan, anne, NOW)
    incidents.close(session, event, {}, anne, NOW)
    with pytest.raises(Refused, match="FS#43 is resolved: only an open one can be merged into; reopen it"):
        merge(event, into)
    with pytest.raises(Refused, match="FS#44 is a upgrade: only an incident"):
        merge(into, work)


def test_another_version_of_the_target_is_a_conflict(session, pair, merge):
    into, event = pair
    with pytest.raises(Refused, match="changed by somebody else"):
        merge(into, event, version=into.version - 1)


@pytest.fixture
def whole(opened):
    return opened("a", (2, Impact.FULL), (3, Impact.DEGRADED))


def test_a_part_leaves_with_a_number_of_its_own(session, whole, split):
    apart = split(whole, 3)
    assert (apart.n, apart.split_from, apart.impact, apart.started_at) == (43, "a", Impact.DEGRADED, NOW)
    assert (impacts(session, whole), impacts(session, apart)) == ({2: Impact.FULL}, {3: Impact.DEGRADED})


def test_both_link_to_each_other_with_one_post(session, whole, split):
    apart = split(whole, 3, texts={"en": "Another switch."}, title={"en": "Fax"})
    assert posts(session, whole)[1:] == [("split", "Now followed in FS#43: fax en.\nAnother switch.")]
    said = "Until now this was part of FS#42, where its first posts are.\nAnother switch."
    assert posts(session, apart) == [("split", said)]
    assert apart.title == {"en": "Fax"}


def test_a_part_is_held_and_set_as_the_whole_was(session, whole, split, anne, decide):
    robots = split(whole, 3)
    apply_decision(session, decide(Action.CLOSE, 900, (3, Impact.NONE), uid=robots.uid), LATER)
    assert (robots.taken_by, robots.state) == (None, EventState.RESOLVED)


def test_a_part_of_a_taken_incident_is_taken(session, whole, split, anne, decide):
    update(session, whole, Update(state=EventState.IDENTIFIED, impacts={3: Impact.PARTIAL}), anne, NOW)
    apart = split(whole, 3)
    apply_decision(session, decide(Action.CLOSE, 900, (3, Impact.NONE), uid=apart.uid), LATER)
    assert (apart.taken_by, apart.state, apart.impact) == (anne.id, EventState.IDENTIFIED, Impact.PARTIAL)


def test_a_part_of_an_acknowledged_incident_is_acknowledged(session, whole, split, anne):
    assigning.acknowledge(session, whole, anne, NOW)
    apart = split(whole, 3)
    assert (apart.acknowledged_by, apart.acknowledged_at) == (anne.id, NOW)


def test_a_part_of_what_came_back_will_close_by_itself(session, whole, split, decide):
    apply_decision(session, decide(Action.RETURN, 90, (2, Impact.NONE), (3, Impact.NONE), uid="a"), NOW)
    apart = split(whole, 3)
    returned = {view.uid: view.returned for view in open_event_views(session)}
    assert returned[apart.uid] == returned["a"] == NOW.timestamp() + 90


def test_nothing_hidden_alone_stays_public(session, opened, split):
    whole = opened("a", (2, Impact.FULL), (4, Impact.FULL))
    with pytest.raises(Refused, match="what stays names no public component: leave one that others may know"):
        split(whole, 2)
    session.get_one(Component, 4).visibility = Visibility.CUSTOMERS
    with pytest.raises(Refused, match="what stays names no public component"):
        split(whole, 2)


def test_nothing_hidden_alone_stays_before_customers(session, opened, split):
    session.get_one(Component, 4).visibility = Visibility.CUSTOMERS
    session.get_one(Component, 3).visibility = Visibility.INTERNAL
    whole = opened("a", (3, Impact.FULL), (4, Impact.FULL))
    with pytest.raises(Refused, match="what stays names no component of customers"):
        split(whole, 4)


def test_a_draft_splits_into_drafts(session, opened, split):
    draft = opened("a", (2, Impact.DEGRADED), (3, Impact.DEGRADED), public=False)
    apart = split(draft, 3)
    assert (apart.publication, apart.n, posts(session, draft)) == (Publication.DRAFT, None, [])


def test_what_cannot_leave_is_refused_with_its_reason(session, whole, split, opened):
    with pytest.raises(Refused, match="all components of FS#42 would leave"):
        split(whole, 2, 3)
    with pytest.raises(Refused, match="FS#42 does not touch 'canary-core'; it touches sip, fax"):
        split(whole, 4)
    with pytest.raises(Refused, match="name at least one component"):
        split(whole)
    with_hidden = opened("h", (2, Impact.FULL), (4, Impact.FULL))
    with pytest.raises(Refused, match="the part names only internal components"):
        split(with_hidden, 4)
