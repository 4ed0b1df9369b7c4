"""A place is what stands there: its components summed up, and what open events say of it."""

from __future__ import annotations

import pytest

from status.domain.audience import PUBLIC
from status.domain.states import EventState, EventType, Impact, PlaceKind, PublicState, Verdict, Visibility
from status.queries.place_states import PlaceState, read_naming
from status.queries.tree import read_tree
from tests.status.web.builder import Story, ago
from tests.status.web.placing import locate, name, put

DEPARTMENT, EXCHANGE, RESOURCE = PlaceKind.DEPARTMENT, PlaceKind.EXCHANGE, PlaceKind.RESOURCE


@pytest.fixture
def story(sessions):
    """Two exchanges of the north, one of them in the list of exchanges; a rack."""
    with sessions() as session:
        story = Story(session).begin()
        for slug in ("lille", "arras", "baie"):
            story.component(slug, "xdsl", slug.title())
        put(story, "lille", departments=("59",), exchanges=("59350LIL",))
        put(story, "arras", exchanges=("62041ARR",))
        put(story, "baie", resources=("LIM0313",))
        locate(session, "62041ARR", "Arras", "62041", "62")
        yield story


def at(story: Story, kind: PlaceKind, code: str) -> PlaceState:
    return read_naming(story.session, read_tree(story.session, PUBLIC)).at(kind, code)


def test_a_place_is_the_sum_of_its_components(story):
    story.component("lille-2", "xdsl", "Lille 2")
    put(story, "lille-2", departments=("59",))
    story.verdict("lille-2", Verdict.DOWN, ago(minutes=9))
    now = at(story, DEPARTMENT, "59")
    assert (now.state, now.since) == (PublicState.DEGRADED, ago(minutes=9))
    assert [node.place.slug for node in now.components] == ["lille-2", "lille"]


def test_an_exchange_counts_for_the_department_it_lies_in(story):
    story.verdict("arras", Verdict.DOWN, ago(minutes=9))
    assert at(story, EXCHANGE, "62041ARR").state is PublicState.DOWN
    assert at(story, DEPARTMENT, "62").state is PublicState.DOWN


def test_an_event_that_touches_nothing_there_gives_the_place_its_own_impact(story):
    event = story.event(("Fibre coupée", "Fibre cut"), ["xdsl"], impact=Impact.FULL, began=ago(hours=1), by=2)
    name(story.session, event, DEPARTMENT, "59")
    now = at(story, DEPARTMENT, "59")
    assert (now.state, now.since, [card.n for card in now.events]) == (PublicState.DOWN, ago(hours=1), [event.n])


def test_an_event_that_touches_one_of_its_components_speaks_through_it(story):
    story.component("lille-2", "xdsl", "Lille 2")
    put(story, "lille-2", departments=("59",))
    event = story.event(("Panne", "Outage"), ["lille"], impact=Impact.FULL, began=ago(hours=1), by=2)
    name(story.session, event, DEPARTMENT, "59")
    assert at(story, DEPARTMENT, "59").state is PublicState.DEGRADED


def test_an_exchange_that_only_an_event_names_shows_in_its_department(story):
    locate(story.session, "80021AMI", "Amiens", "80021", "80")
    event = story.event(("Panne", "Outage"), ["xdsl"], impact=Impact.PARTIAL, began=ago(hours=1), by=2)
    name(story.session, event, EXCHANGE, "80021AMI")
    assert at(story, EXCHANGE, "80021AMI").state is PublicState.DEGRADED
    assert at(story, DEPARTMENT, "80").state is PublicState.DEGRADED


def test_a_work_shows_beside_an_outage_never_instead_of_it(story):
    work = {"kind": EventType.MAINTENANCE, "state": EventState.IN_PROGRESS, "began": ago(hours=2), "by": 2}
    name(story.session, story.event(("Travaux", "Works"), ["xdsl"], **work), RESOURCE, "LIM0313")
    assert at(story, RESOURCE, "LIM0313").state is PublicState.MAINTENANCE
    story.verdict("baie", Verdict.DOWN, ago(minutes=9))
    assert at(story, RESOURCE, "LIM0313").state is PublicState.DOWN


def test_where_nothing_is_nothing_is_claimed(story):
    assert at(story, DEPARTMENT, "2A").state is PublicState.UNWATCHED


def test_a_hidden_component_stands_nowhere(story):
    story.component("cause", "xdsl", "Cause", visibility=Visibility.INTERNAL)
    put(story, "cause", departments=("75",))
    story.verdict("cause", Verdict.DOWN, ago(minutes=9))
    event = story.event(("Cause", "Cause"), ["cause"], began=ago(hours=1))
    name(story.session, event, DEPARTMENT, "75")
    now = at(story, DEPARTMENT, "75")
    assert (now.state, now.events) == (PublicState.UNWATCHED, ())


def test_a_draft_and_an_ended_event_say_nothing(story):
    ended = story.event(("Fin", "End"), ["xdsl"], state=EventState.RESOLVED, began=ago(hours=2), ended=ago(hours=1))
    name(story.session, ended, DEPARTMENT, "62")
    assert at(story, DEPARTMENT, "62").events == ()
