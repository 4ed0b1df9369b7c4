"""What the decider does with incidents a person merged or split."""

from __future__ import annotations

import pytest

from probes.types import Outcome
from status.clock import utc
from status.models.engine import writing
from status.services import actors, incidents, merging
from status.services.events import components_of, find
from tests.status.monitor.conftest import Desk


def fail(desk: Desk, *slugs: str, times: int = 6) -> None:
    for _ in range(times):
        desk.see(Outcome.FAILED, *slugs)


def recover(desk: Desk, *slugs: str, times: int = 5) -> None:
    for _ in range(times):
        desk.see(Outcome.OK, *slugs)


@pytest.fixture
def two(desk: Desk) -> Desk:
    """FS#1 on voice, FS#2 on web-1 and web-2; all of them fail."""
    fail(desk, "voice")
    fail(desk)
    assert [event.n for event in desk.events()] == [1, 2]
    return desk


def merge(desk: Desk, event: str, into: str) -> None:
    with writing(desk.sessions) as session:
        anne = actors.cli_user(session, "anne")
        source, target = find(session, event), find(session, into)
        merging.merge(session, [source], target, anne, utc(desk.now.wall), texts={})


def states(desk: Desk) -> list[tuple[int | None, str, str]]:
    return [(event.n, event.publication.value, event.state.value) for event in desk.events()]


def test_a_merged_incident_goes_on_in_the_other_until_all_are_well(two):
    merge(two, "2", "1")
    recover(two, "voice")
    fail(two, "web-1", "web-2")
    assert states(two) == [(1, "public", "investigating"), (2, "merged", "resolved")]
    recover(two)
    assert states(two) == [(1, "public", "monitoring"), (2, "merged", "resolved")]


def test_a_restart_after_a_merge_opens_nothing(two):
    merge(two, "2", "1")
    two.start()
    fail(two)
    assert [publication for _, publication, _ in states(two)] == ["public", "merged"]


def test_a_part_returns_by_itself_and_closes(two):
    with writing(two.sessions) as session:
        whole = find(session, "2")
        (first, _) = components_of(session, whole)
        part = merging.Part([first.component_id])
        merging.split(session, whole, part, actors.cli_user(session, "anne"), utc(two.now.wall))
    recover(two, "web-1")
    fail(two, "web-2", "voice", times=2)
    assert states(two)[2] == (3, "public", "monitoring")
    assert states(two)[1] == (2, "public", "investigating")


def test_what_was_withdrawn_is_not_opened_again_for_the_same_failures(two):
    with writing(two.sessions) as session:
        anne = actors.cli_user(session, "anne")
        incidents.withdraw(session, find(session, "1"), {"fr": "sonde mal réglée"}, anne, utc(two.now.wall))
    for _ in range(120):
        two.see(Outcome.FAILED, seconds=60)
    assert [n for n, _, _ in states(two)] == [1, 2]
    two.start()
    fail(two)
    assert [n for n, _, _ in states(two)] == [1, 2]
    recover(two)
    fail(two)
    assert 3 in [n for n, _, _ in states(two)]
