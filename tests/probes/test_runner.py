"""The runner: whatever a probe does, an Observation comes back in time and says whose fault it was."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from probes.options import Options
from probes.runner import Runner, make_tools
from probes.types import CannotProbe, Job, Kind, Observation, Outcome, Pending, ProbeFailure, Reading, Secret
from tests.probes.measuring import check_of, measure_all, now, single
from tests.servers.loopback import TCPServer, hang


def run(
    probe: Callable[[Job], Any], timeout_s: float = 2.0, *, blocking: bool = False, runs: int = 1, **options: Any
) -> list[Observation]:
    kind = Kind("trial", "A probe under trial", Options, {}, **{"blocking" if blocking else "probe": probe})
    return measure_all([check_of(kind, timeout_s)] * runs, known={"trial": kind}, **options)


async def well(job: Job) -> Reading:
    job.trace("all is well")
    return Reading({"total": 0.1}, {"code": 200})


async def slow(_job: Job) -> Reading:
    return Reading(slow_reason="300 ms")


async def failing(job: Job) -> Reading:
    job.trace("< 500\x1b[31m")
    raise ProbeFailure("http_status", "answered 500", {"status": 500})


async def lacking(_job: Job) -> Reading:
    raise CannotProbe("no_permission", "no raw socket")


async def unsecret(_job: Job) -> Reading:
    return Reading(evidence={"never": Secret("env:NO_SUCH_SECRET").resolve()})


async def buggy(_job: Job) -> Reading:
    raise KeyError("ours")


async def endless(_job: Job) -> Reading:
    await asyncio.Event().wait()
    raise AssertionError


async def stubborn(_job: Job) -> Reading:
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        await asyncio.Event().wait()
    raise AssertionError


async def late(_job: Job) -> Reading:
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        return Reading()
    raise AssertionError


@pytest.mark.parametrize(
    ("probe", "outcome", "reason"),
    [
        (well, Outcome.OK, ""),
        (slow, Outcome.SLOW, "slow"),
        (failing, Outcome.FAILED, "http_status"),
        (lacking, Outcome.BROKEN, "no_permission"),
        (unsecret, Outcome.BROKEN, "secret_missing"),
        (buggy, Outcome.BROKEN, "internal_error"),
    ],
)
def test_each_end_has_its_outcome(probe: Callable[[Job], Any], outcome: Outcome, reason: str) -> None:
    (seen,) = run(probe)
    assert (seen.outcome, seen.reason) == (outcome, reason)


def test_the_trace_is_kept_only_when_something_was_wrong_and_is_safe_to_print() -> None:
    assert run(well)[0].trace == ()
    (line,) = run(failing)[0].trace
    assert line.endswith("< 500\\x1b[31m")


@pytest.mark.parametrize(("probe", "most_s"), [(endless, 0.8), (late, 0.8), (stubborn, 2.0)])
def test_the_deadline_holds_whatever_the_probe_does(probe: Callable[[Job], Any], most_s: float) -> None:
    (seen,) = run(probe, 0.3)
    assert (seen.outcome, seen.reason) == (Outcome.FAILED, "timeout")
    assert 0.3 <= seen.duration_s < most_s


def test_a_single_orders_timeout_caps_the_checks() -> None:
    (seen,) = run(endless, 5.0, order=single(timeout_s=0.2))
    assert seen.duration_s < 0.7


def test_a_pending_is_told_once_when_it_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probes.runner.PENDING_AFTER_S", 0.1)
    told: list[Pending] = []
    (seen,) = run(endless, 0.3, on_pending=told.append)
    assert [(pending.check_id, pending.began) for pending in told] == [(1, seen.began)]


def test_a_bug_is_logged_once_with_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        run(buggy, runs=3)
    (record,) = caplog.records
    assert record.exc_info


def test_a_cancelled_run_is_not_recorded() -> None:
    kind = Kind("trial", "", Options, {}, probe=endless)

    async def cancelled() -> bool:
        runner = Runner(make_tools(), {"trial": kind}, 1, now)
        task = asyncio.ensure_future(runner.measure(check_of(kind), single(), 1, now(), lambda _: None))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        runner.close()
        return task.cancelled()

    assert asyncio.run(cancelled())


def test_blocking_probes_run_in_a_pool_and_a_full_one_is_our_own_fault() -> None:
    together = threading.Barrier(2)

    def wait(_job: Job) -> Reading:
        together.wait(2)
        return Reading(evidence={"thread": threading.current_thread().name})

    seen = run(wait, blocking=True, runs=3, pool_size=2)
    assert [each.outcome for each in seen] == [Outcome.OK, Outcome.OK, Outcome.BROKEN]
    assert seen[2].reason == "no_capacity"
    assert seen[0].evidence["thread"].startswith("kind-trial")


def test_a_hung_blocking_probe_is_ended_by_its_socket() -> None:
    ended = threading.Event()

    def read(job: Job) -> Reading:
        with job.sockets.add(socket.create_connection(("127.0.0.1", server.port))) as sock:
            sock.recv(1)
        ended.set()
        return Reading()

    with TCPServer(hang) as server:
        began = time.monotonic()
        (seen,) = run(read, 0.3, blocking=True)
        assert ended.wait(2)
    assert (seen.outcome, seen.reason) == (Outcome.FAILED, "timeout")
    assert time.monotonic() - began < 1.5
