"""Agents' batches out of the inbox, on both engines: clocks, lateness, nothing twice."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from probes.agent_messages import Item, Moment, Post, Round, Seen, Troubled, Waiting
from probes.types import Instant, Observation, Pending
from status.clock import utc
from status.domain.detection import Trouble
from status.domain.self_test import SelfTestRound
from status.models import Inbox, Location
from status.models import Observation as ObservationRow
from status.models.engine import Sessions, writing
from status.monitor.inbox import InboxReader, Taken, is_waiting, set_aside_first
from status.monitor.recording import Recorder
from status.services.locations import take_post

NOW = Instant(50_000.0, 1_790_000_000.0)
BEHIND = 48_000.0
"""The agent's steady clock is this far behind ours."""


class Box:
    """An inbox, an agent that posts into it, and a reader on a virtual clock."""

    def __init__(self, sessions: Sessions) -> None:
        self.sessions = sessions
        self.now = NOW
        self.reader = InboxReader(late_after_s=60)
        with writing(sessions) as session:
            for slug in ("rbx", "gra"):
                session.add(Location(slug=slug, created_at=utc(NOW.wall), set_aside_at=None, set_aside_reason=""))
            session.flush()
            self.ids = {row.slug: row.id for row in session.scalars(sa.select(Location))}

    def post(self, *items: Item, location: str = "rbx", travelled_s: float = 0.0, behind: float = BEHIND) -> None:
        """Post items now; `travelled_s` after they were sent."""
        sent = Moment(steady=self.now.steady - behind - travelled_s, wall=0)
        with writing(self.sessions) as session:
            post = Post(location=location, boot="boot", sent=sent, items=items)
            take_post(session, self.ids[location], post, self.now)

    def take(self) -> Taken:
        with writing(self.sessions) as session:
            taken = self.reader.take(session, self.now)
            seen = [item for item in taken.inputs if isinstance(item, Observation)]
            Recorder(self.ids).record(session, [*seen, *taken.late])
            return taken

    def stored(self) -> int:
        with self.sessions() as session:
            return session.scalars(sa.select(sa.func.count()).select_from(ObservationRow)).one()


@pytest.fixture
def box(sessions: Sessions) -> Box:
    return Box(sessions)


def seen(sequence: int, ago_s: float = 1.0, check: int = 1, outcome: int = 0) -> Seen:
    began = NOW.steady - BEHIND - ago_s
    reason = "refused" if outcome == 2 else ""
    return Seen(
        check=check, sequence=sequence, order="standing/1", standing=True, due=began, began=began, duration_s=0.1,
        outcome=outcome, reason=reason,
    )  # fmt: skip


def test_moments_are_placed_on_our_clocks(box):
    box.post(seen(1, ago_s=3))
    (item,) = box.take().inputs
    assert isinstance(item, Observation)
    assert item.began == Instant(pytest.approx(NOW.steady - 3), pytest.approx(NOW.wall - 3))
    assert (item.location, item.sequence) == ("rbx", 1)


def test_the_batch_that_travelled_fastest_tells_the_offset(box):
    box.post(travelled_s=5)
    box.post()
    box.post(seen(1, ago_s=3), travelled_s=9)
    (item,) = box.take().inputs
    assert item.began.steady == pytest.approx(NOW.steady - 3)


def test_a_drifting_clock_is_followed(box):
    box.post()
    box.take()
    box.now = NOW.plus(700)
    box.post(seen(1, ago_s=-629), behind=BEHIND + 70)
    (item,) = box.take().inputs
    assert item.began.steady == pytest.approx(NOW.steady + 699)


def test_nothing_is_placed_in_the_future(box):
    box.post(travelled_s=-30)
    box.post(seen(1, ago_s=0))
    (item,) = box.take().inputs
    assert item.began.steady <= box.now.steady


def test_our_wall_clock_set_back_between_changes_nothing(box):
    box.post(seen(1, ago_s=3))
    box.now = Instant(NOW.steady + 1, NOW.wall - 3_600)
    (item,) = box.take().inputs
    assert item.began.steady == pytest.approx(NOW.steady - 3)


def test_a_web_process_on_another_machine_is_understood_by_the_wall_clock(box):
    box.post(seen(1, ago_s=3))
    with writing(box.sessions) as session:
        row = session.scalars(sa.select(Inbox)).one()
        row.data = {**row.data, "boot": "another machine", "steady": 12.0}
    box.now = NOW.plus(2)
    (item,) = box.take().inputs
    assert item.began.steady == pytest.approx(NOW.steady - 3)


def test_late_observations_are_stored_and_give_no_evidence(box):
    box.post(seen(1, ago_s=61, outcome=2), seen(2, ago_s=59, outcome=2))
    taken = box.take()
    assert [item.sequence for item in taken.inputs] == [2]
    assert [item.sequence for item in taken.late] == [1]
    assert box.stored() == 2


def test_late_pendings_rounds_and_troubles_are_dropped(box):
    old = NOW.steady - BEHIND - 70
    box.post(
        Waiting(check=1, sequence=1, standing=True, began=old),
        Round(began=old, ended=old + 1, well=(False,)),
        Troubled(at=old, reason="the clock was set"),
    )
    assert box.take() == Taken((), (), more=False)


def test_every_sort_of_input_arrives_in_the_order_it_was_seen(box):
    at = NOW.steady - BEHIND - 2
    box.post(
        Waiting(check=1, sequence=1, standing=True, began=at),
        Round(began=at, ended=at + 1, well=(True, False)),
        seen(1),
        Troubled(at=at, reason="lag"),
    )
    kinds = [type(item) for item in box.take().inputs]
    assert kinds == [Pending, SelfTestRound, Observation, Trouble]


def test_a_batch_sent_twice_counts_once(box):
    items = (seen(1), seen(2, check=2), Round(began=1_990.0, ended=1_991.0, well=(True,)))
    box.post(*items)
    box.post(*items)
    assert len(box.take().inputs) == 3
    box.post(*items, Waiting(check=1, sequence=1, standing=True, began=1_999.0))
    assert box.take().inputs == ()
    assert box.stored() == 2


def test_two_locations_may_use_the_same_numbers(box):
    box.post(seen(1))
    box.post(seen(1), location="gra")
    assert {item.location for item in box.take().inputs} == {"rbx", "gra"}


def test_what_was_taken_is_gone_and_what_is_rolled_back_stays(box):
    box.post(seen(1))
    with box.sessions() as session:
        assert len(box.reader.take(session, box.now).inputs) == 1
        session.rollback()
        assert is_waiting(session)
    assert len(box.take().inputs) == 1
    with box.sessions() as session:
        assert not is_waiting(session)


def test_a_long_inbox_is_taken_in_parts(box):
    for start in range(0, 1_500, 300):
        box.post(*(seen(number) for number in range(start, start + 300)))
    first, second = box.take(), box.take()
    assert (len(first.inputs), first.more) == (1_200, True)
    assert (len(second.inputs), second.more) == (300, False)


def test_what_a_retired_location_left_is_dropped(box):
    box.post(seen(1))
    with writing(box.sessions) as session:
        session.get_one(Location, box.ids["rbx"]).retired_at = datetime(2026, 1, 1, tzinfo=UTC)
    assert box.take().inputs == ()


def test_a_row_of_another_release_is_set_aside_and_the_rest_taken(box, caplog):
    with writing(box.sessions) as session:
        data = {"steady": 1.0, "boot": "b", "post": {"nonsense": 1}}
        session.add(Inbox(location_id=box.ids["rbx"], received_at=utc(NOW.wall), data=data))
    box.post(seen(1))
    assert len(box.take().inputs) == 1
    assert caplog.messages == ["inbox_row_set_aside"]


def test_a_batch_that_nothing_can_be_stored_with_is_set_aside(box, caplog):
    box.post(seen(1))
    box.post(seen(2))
    with writing(box.sessions) as session:
        set_aside_first(session)
    assert [item.sequence for item in box.take().inputs] == [2]
    assert caplog.messages == ["inbox_row_set_aside"]
