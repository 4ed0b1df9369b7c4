"""One process's hold on a lease, while others want it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from status.clock import utc
from status.models.engine import Sessions, reading, writing
from status.services import leases
from status.services.life_signs import read_life_signs
from status.services.tenure import LEASE_S, LeaseLost, Tenure
from tests.status.publication.provider import FakeClock

ELSEWHERE = "other/1:boot:17:4711"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def tenure(sessions: Sessions, clock: FakeClock) -> Tenure:
    return Tenure("publisher", sessions, clock)


def take_it(sessions: Sessions, clock: FakeClock) -> None:
    """Another takes the lease, as it may once the holder was silent for too long."""
    at = utc(clock().wall)
    with writing(sessions) as session:
        assert leases.take(session, "publisher", ELSEWHERE, at + timedelta(seconds=LEASE_S), LEASE_S) is not None


def test_it_waits_while_another_holds_the_lease(sessions, clock, tenure):
    with writing(sessions) as session:
        leases.take(session, "publisher", ELSEWHERE, utc(clock().wall), 10)
    assert not tenure.keep("publishing")
    clock.pass_time(11)
    assert tenure.keep("publishing")


def test_a_lease_kept_is_not_for_another(sessions, clock, tenure):
    for _ in range(8):
        assert tenure.keep()
        clock.pass_time(LEASE_S / 4)
    with writing(sessions) as session:
        assert leases.take(session, "publisher", ELSEWHERE, utc(clock().wall), LEASE_S) is None


def test_a_lost_lease_forbids_every_write(sessions, clock, tenure):
    assert tenure.keep()
    with tenure.writing():
        pass
    take_it(sessions, clock)
    with pytest.raises(LeaseLost), tenure.writing():
        pytest.fail("nothing may be written")
    with reading(sessions) as session:
        assert not tenure.holds(session)


def test_a_lease_renewed_alone_is_never_taken_anew(sessions, clock, tenure):
    assert tenure.take()
    tenure.renew()
    with writing(sessions) as session:
        leases.release(session, "publisher", tenure.fence)
    clock.pass_time(6)
    with pytest.raises(LeaseLost):
        tenure.renew()


def test_a_lost_lease_is_tried_again_at_once(sessions, clock, tenure):
    assert tenure.keep()
    with writing(sessions) as session:
        leases.release(session, "publisher", tenure.fence)
        with pytest.raises(LeaseLost):
            tenure.check(session)
    assert tenure.keep()


def test_it_says_what_it_does(sessions, clock, tenure):
    tenure.keep("publishing")
    with reading(sessions) as session:
        assert [(sign.process, sign.note) for sign in read_life_signs(session)] == [("publisher", "publishing")]


def test_it_says_that_it_waits(sessions, clock, tenure):
    take_it(sessions, clock)
    tenure.keep("publishing")
    with reading(sessions) as session:
        assert [sign.note for sign in read_life_signs(session)] == ["waiting for the lease"]


def test_whoever_leaves_makes_room(sessions, clock, tenure):
    assert tenure.keep()
    tenure.leave()
    with writing(sessions) as session:
        assert leases.take(session, "publisher", ELSEWHERE, utc(clock().wall), LEASE_S) is not None
