"""The tree as a reader sees it."""

from __future__ import annotations

from status.domain.audience import INTERNAL, PUBLIC, Audience, AudienceType
from status.domain.states import EventState, EventType, Impact, PublicState, Verdict, Visibility
from status.models import Customer, CustomerComponent
from status.queries.tree import read_tree
from tests.status.web.builder import Story, ago


def begin(session) -> Story:
    story = Story(session).begin()
    story.component("vps", "hosting", "VPS")
    return story


def test_a_child_of_a_hidden_component_hangs_on_the_nearest_shown_one(sessions):
    with sessions() as session:
        story = begin(session)
        story.component("cause", "vps", "Cause", visibility=Visibility.INTERNAL)
        story.component("leaf", "cause", "Feuille")
        tree = read_tree(session, PUBLIC)
    assert [node.place.slug for node in tree.below(tree.areas[0])] == ["vps", "leaf"]
    assert len(tree.by_id) == 6


def test_the_desk_sees_everything_and_a_customer_his_own(sessions):
    with sessions() as session:
        story = begin(session)
        mine = story.component("mine", "vps", "A", visibility=Visibility.CUSTOMERS)
        story.component("theirs", "vps", "B", visibility=Visibility.CUSTOMERS)
        session.add(Customer(uid="c1", external_ref="1", name="C", language="fr", retired_at=None))
        session.flush()
        session.add(CustomerComponent(customer_uid="c1", component_id=mine, circuits=[]))
        session.flush()
        customer = read_tree(session, Audience(AudienceType.CUSTOMER, "c1"))
        assert len(read_tree(session, INTERNAL).by_id) == 7
    assert {node.place.slug for node in customer.by_id.values()} >= {"mine", "vps"}
    assert customer.places.by_slug("theirs") is None


def test_a_persons_impact_wins_and_dates_the_state(sessions):
    with sessions() as session:
        story = begin(session)
        story.event(("Panne", "Outage"), ["vps"], impact=Impact.FULL, began=ago(hours=1), by=2)
        vps = read_tree(session, PUBLIC).by_id[story.ids["vps"]]
    assert (vps.state, vps.since) == (PublicState.DOWN, ago(hours=1))


def test_a_work_shows_beside_an_outage_never_instead_of_it(sessions):
    with sessions() as session:
        story = begin(session)
        story.component("leaf", "vps", "Feuille")
        work = {"kind": EventType.MAINTENANCE, "state": EventState.IN_PROGRESS, "began": ago(hours=2), "by": 2}
        story.event(("Travaux", "Works"), ["vps"], **work)
        story.verdict("leaf", Verdict.DOWN, ago(minutes=9))
        tree = read_tree(session, PUBLIC)
    leaf, vps = tree.by_id[story.ids["leaf"]], tree.by_id[story.ids["vps"]]
    assert (leaf.state, leaf.since) == (PublicState.DOWN, ago(minutes=9))
    assert (vps.state, vps.facts.work_below) == (PublicState.DOWN, True)


def test_the_tree_takes_a_fixed_number_of_statements(sessions, engine):
    import sqlalchemy as sa

    seen = []
    with sessions() as session:
        begin(session)
        sa.event.listen(engine, "before_cursor_execute", lambda *call: seen.append(call[2]))
        read_tree(session, PUBLIC)
    assert len(seen) == 4
