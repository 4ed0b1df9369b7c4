"""ping: what hosts and the way to them may do, and what it is called."""

from __future__ import annotations

import gc
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from probes.kinds.ping import PingOptions
from probes.registry import kinds
from probes.types import Observation, Outcome
from probes.wire.icmp import Echo
from tests.probes.measuring import check_of, measure, measure_all
from tests.servers.loopback import closed_port
from tests.servers.pinged import EVERYBODY, FAR, NOBODY, ROUTER, Answers, Pinged, without_raw_sockets

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("ip") is None or not Path("/dev/net/tun").exists(),
    reason="needs root, iproute2's ip and /dev/net/tun",
)

QUICK = {"count": 4, "interval_ms": 10}
SOCKETS = pytest.mark.parametrize("may_ping", [EVERYBODY, NOBODY], ids=["ping socket", "raw socket"])
BOTH = pytest.mark.parametrize("version", [4, 6])


def well(echo: Echo) -> Answers:
    return [echo]


def silent(_echo: Echo) -> Answers:
    return []


def ping(far: Callable[[Echo], Answers], version: int = 4, may_ping: str = EVERYBODY, **options: Any) -> Observation:
    """Ping the far end of a line of its own."""
    timeout_s = options.pop("timeout_s", 2.0)
    with Pinged(far, may_ping) as network:
        return network.run(lambda: measure("ping", timeout_s, **{"target": FAR[version], **QUICK, **options}))


@SOCKETS
@pytest.mark.parametrize("target", ["127.0.0.1", "::1", "localhost"])
def test_this_machine_answers(target: str, may_ping: str) -> None:
    with Pinged(silent, may_ping) as network:
        seen = network.run(lambda: measure("ping", target=target, **QUICK))
    assert (seen.outcome, seen.loss) == (Outcome.OK, 0.0), seen
    assert {name: seen.evidence[name] for name in ("sent", "received")} == {"sent": 4, "received": 4}


@SOCKETS
@BOTH
def test_a_far_host_answers_large_packets(version: int, may_ping: str) -> None:
    seen = ping(well, version, may_ping, size=1_400)
    assert (seen.outcome, seen.loss) == (Outcome.OK, 0.0), seen


@SOCKETS
@BOTH
def test_the_share_that_got_lost_is_told_and_soon(version: int, may_ping: str) -> None:
    seen = ping(lambda echo: [echo] if echo.sequence % 4 else [], version, may_ping, timeout_s=10, count=8)
    assert (seen.outcome, seen.loss, seen.evidence["received"]) == (Outcome.OK, 0.25, 6), seen
    assert seen.duration_s < 2


def test_the_median_round_trip_is_the_latency_not_the_length_of_the_series() -> None:
    seen = ping(well, interval_ms=100)
    assert seen.latency_s < 0.1
    assert seen.duration_s > 0.3
    assert seen.evidence["min_ms"] <= seen.evidence["median_ms"] <= seen.evidence["max_ms"]


def late(delay_s: float) -> Callable[[Echo], Answers]:
    def far(echo: Echo) -> Iterator[Echo]:
        time.sleep(delay_s)
        yield echo

    return far


def test_a_long_way_is_slow() -> None:
    seen = ping(late(0.05), slow_ms=40, interval_ms=60)
    assert (seen.outcome, seen.reason, seen.loss) == (Outcome.SLOW, "slow", 0.0)
    assert "over slow_ms = 40" in seen.detail


def test_a_way_longer_than_the_series_loses_nothing() -> None:
    assert ping(late(1.2), timeout_s=5, count=2).loss == 0.0


@SOCKETS
@BOTH
def test_silence_times_out_at_the_deadline(version: int, may_ping: str) -> None:
    seen = ping(silent, version, may_ping, timeout_s=0.5)
    assert (seen.outcome, seen.reason, seen.evidence["sent"]) == (Outcome.FAILED, "timeout", 4), seen
    assert 0.4 < seen.duration_s < 0.6


@SOCKETS
@pytest.mark.parametrize(
    ("version", "error", "name"),
    [
        (4, (3, 1), "host unreachable"),
        (4, (3, 13), "communication prohibited"),
        (4, (11, 0), "time to live exceeded in transit"),
        (6, (1, 3), "address unreachable"),
        (6, (3, 0), "hop limit exceeded in transit"),
    ],
)
def test_an_error_of_the_way_is_named_at_once(version: int, error: tuple[int, int], name: str, may_ping: str) -> None:
    seen = ping(lambda _echo: [error], version, may_ping, timeout_s=10)
    assert (seen.outcome, seen.reason) == (Outcome.FAILED, "unreachable"), seen
    assert seen.detail == f"{FAR[version]}: {name}, says {ROUTER[version]}"
    assert seen.duration_s < 0.5


@SOCKETS
def test_an_error_among_replies_is_a_loss(may_ping: str) -> None:
    seen = ping(lambda echo: [(3, 1)] if echo.sequence == 1 else [echo], may_ping=may_ping)
    assert (seen.outcome, seen.loss) == (Outcome.OK, 0.25), seen
    assert seen.evidence["errors"] == [f"host unreachable, says {ROUTER[4]}"]


@SOCKETS
def test_a_redirect_is_no_loss(may_ping: str) -> None:
    seen = ping(lambda echo: [(5, 1), echo], may_ping=may_ping)
    assert (seen.outcome, seen.loss) == (Outcome.OK, 0.0), seen


@SOCKETS
@BOTH
def test_duplicates_and_strangers_do_not_count(version: int, may_ping: str) -> None:
    def far(echo: Echo) -> Answers:
        stranger = replace(echo, sequence=echo.sequence + 1)
        late = replace(echo, payload=bytes(len(echo.payload)))
        cut = replace(echo, payload=echo.payload[:-1])
        own = [echo, echo] if echo.sequence != 2 else []
        return [stranger, late, cut, replace(echo, identifier=echo.identifier ^ 1), *own]

    seen = ping(far, version, may_ping)
    assert (seen.outcome, seen.loss, seen.evidence["received"]) == (Outcome.OK, 0.25, 3), seen


def test_no_way_to_the_host_is_unreachable() -> None:
    assert ping(well, target="192.0.2.1").reason == "unreachable"


@SOCKETS
def test_a_line_cut_in_the_middle_is_a_loss(may_ping: str) -> None:
    def far(echo: Echo) -> Iterator[Echo]:
        yield echo
        network.cut()

    with Pinged(far, may_ping) as network:
        seen = network.run(lambda: measure("ping", target=FAR[4], count=3, interval_ms=300))
    assert (seen.outcome, seen.evidence["received"]) == (Outcome.OK, 1), seen
    assert seen.loss == pytest.approx(2 / 3)


def test_a_name_that_does_not_resolve_is_told_apart() -> None:
    seen = measure("ping", 0.5, resolvers=(f"127.0.0.1:{closed_port()}",), target="www.example.net")
    assert (seen.outcome, seen.reason) == (Outcome.BROKEN, "no_resolver")


def test_without_permission_it_is_unknown_and_says_what_to_do() -> None:
    with Pinged(well, NOBODY) as network:
        seen = network.run(lambda: without_raw_sockets(lambda: measure("ping", target=FAR[4])))
    assert (seen.outcome, seen.reason) == (Outcome.BROKEN, "no_permission")
    assert "net.ipv4.ping_group_range" in seen.detail
    assert "CAP_NET_RAW" in seen.detail


def test_little_time_ends_the_series_early() -> None:
    seen = ping(well, timeout_s=0.6, count=5, interval_ms=200)
    assert (seen.outcome, seen.evidence["sent"], seen.loss) == (Outcome.OK, 2, 0.0), seen


@SOCKETS
def test_a_thousand_at_once_end_cleanly(may_ping: str) -> None:
    checks = [check_of(kinds()["ping"], 10.0, target=FAR[4 + n % 2 * 2], **QUICK) for n in range(1_000)]
    with Pinged(well, may_ping) as network:
        gc.collect()  # what earlier tests left to be closed is not ours
        before = len(list(Path("/proc/self/fd").iterdir()))
        seen = network.run(lambda: measure_all(checks))
        after = len(list(Path("/proc/self/fd").iterdir()))
    assert {(one.outcome, one.reason) for one in seen} == {(Outcome.OK, "")}
    assert after == before


@pytest.mark.parametrize(
    "options",
    [
        {"target": ""},
        {"target": "192.0.2.1:80"},
        {"target": "a b"},
        {"count": 0},
        {"count": 101},
        {"count": 12, "interval_ms": 200},
        {"size": 15},
        {"size": 65_508},
        {"slow_ms": 0},
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        PingOptions.model_validate({"target": "192.0.2.1", **options})


@pytest.mark.parametrize("options", [{"count": 100, "interval_ms": 20}, {"target": "fe80::1%lo"}, {"size": 65_507}])
def test_right_options_are_taken(options: dict[str, Any]) -> None:
    PingOptions.model_validate({"target": "192.0.2.1", **options})
