"""Leases and their fences."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta

from status.models.engine import Sessions, writing
from status.services import leases

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ELSEWHERE = "other/1:boot:17:4711"


def test_a_free_lease_is_taken_with_a_fence(sessions: Sessions) -> None:
    with writing(sessions) as session:
        assert leases.take(session, "decider", "a", NOW, 10) == 1


def test_a_lease_held_elsewhere_is_not_taken_before_it_ends(sessions: Sessions) -> None:
    with writing(sessions) as session:
        leases.take(session, "decider", ELSEWHERE, NOW, 10)
        assert leases.take(session, "decider", "b", NOW + timedelta(seconds=9), 10) is None


def test_an_ended_lease_is_taken_with_a_higher_fence(sessions: Sessions) -> None:
    with writing(sessions) as session:
        first = leases.take(session, "decider", ELSEWHERE, NOW, 10)
        second = leases.take(session, "decider", "b", NOW + timedelta(seconds=10), 10)
    assert (first, second) == (1, 2)


def test_a_lease_that_ends_in_the_far_future_was_written_by_a_wrong_clock_and_is_taken(sessions: Sessions) -> None:
    with writing(sessions) as session:
        leases.take(session, "decider", ELSEWHERE, NOW + timedelta(hours=1), 10)
        assert leases.take(session, "decider", "b", NOW, 10) == 2


def test_two_names_are_two_leases(sessions: Sessions) -> None:
    with writing(sessions) as session:
        leases.take(session, "decider", ELSEWHERE, NOW, 10)
        assert leases.take(session, "prober:rbx", "b", NOW, 10) == 1


def test_a_lease_of_a_dead_process_here_is_taken_at_once(sessions: Sessions) -> None:
    with writing(sessions) as session:
        leases.take(session, "decider", _holder_that_died(), NOW, 3600)
        assert leases.take(session, "decider", leases.this_holder(), NOW, 10) == 2


def test_a_lease_of_a_living_process_here_is_left_alone(sessions: Sessions) -> None:
    with writing(sessions) as session:
        leases.take(session, "decider", leases.this_holder(), NOW, 10)
        assert leases.take(session, "decider", ELSEWHERE, NOW, 10) is None


def test_a_pid_used_again_by_another_process_is_not_the_holder() -> None:
    machine_and_pid, _, start = leases.this_holder().rpartition(":")
    assert leases.is_dead(f"{machine_and_pid}:{int(start) - 1}")


def test_a_process_of_another_machine_or_boot_is_never_taken_for_dead() -> None:
    assert not leases.is_dead(ELSEWHERE)
    assert not leases.is_dead("garbage")


def test_the_holder_itself_takes_again_with_a_new_fence(sessions: Sessions) -> None:
    with writing(sessions) as session:
        leases.take(session, "decider", ELSEWHERE, NOW, 10)
        assert leases.take(session, "decider", ELSEWHERE, NOW, 10) == 2


def test_a_renewed_lease_lasts_longer(sessions: Sessions) -> None:
    with writing(sessions) as session:
        leases.take(session, "decider", ELSEWHERE, NOW, 10)
        assert leases.renew(session, "decider", 1, NOW + timedelta(seconds=9), 10)
        assert leases.take(session, "decider", "b", NOW + timedelta(seconds=18), 10) is None


def test_a_lost_lease_is_neither_renewed_nor_checked(sessions: Sessions) -> None:
    with writing(sessions) as session:
        leases.take(session, "decider", ELSEWHERE, NOW, 10)
        leases.take(session, "decider", "b", NOW + timedelta(seconds=11), 10)
        assert not leases.renew(session, "decider", 1, NOW + timedelta(seconds=12), 10)
        assert not leases.check(session, "decider", 1)
        assert leases.check(session, "decider", 2)


def test_a_released_lease_is_free_and_its_fence_is_void(sessions: Sessions) -> None:
    with writing(sessions) as session:
        leases.take(session, "decider", ELSEWHERE, NOW, 10)
        leases.release(session, "decider", 1)
        assert not leases.check(session, "decider", 1)
        assert leases.take(session, "decider", "b", NOW, 10) == 2


def test_releasing_a_lost_lease_leaves_the_new_holder(sessions: Sessions) -> None:
    with writing(sessions) as session:
        leases.take(session, "decider", ELSEWHERE, NOW, 10)
        leases.take(session, "decider", "b", NOW + timedelta(seconds=11), 10)
        leases.release(session, "decider", 1)
        assert leases.check(session, "decider", 2)


def _holder_that_died() -> str:
    script = "from status.services.leases import this_holder; print(this_holder())"
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.strip()
