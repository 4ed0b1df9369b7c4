"""The kind dns and the resolver against a real BIND: well, wrong record, every bad answer, stopped, hung."""

from __future__ import annotations

import asyncio
import time

import pytest

from probes.deadline import Deadline
from probes.kinds.dns import KIND
from probes.net.resolve import Resolver
from probes.types import ProbeFailure
from tests.probes.running import run_probe

pytestmark = pytest.mark.lab


@pytest.fixture
def server(bind):
    return f"127.0.0.1:{bind.ports['dns']}"


@pytest.mark.parametrize("tcp", [False, True])
def test_bind_gives_the_record(server, tcp):
    run_probe(KIND, server=server, name="www.lab.test", expect=["127.0.0.1"], require_aa=True, tcp=tcp)


def test_bind_gives_the_record_over_ipv6(bind):
    run_probe(KIND, server=f"[::1]:{bind.ports['dns']}", name="lab.test", type="MX", expect=["10 mail.lab.test."])


def test_a_wrong_record_fails(server):
    with pytest.raises(ProbeFailure) as failed:
        run_probe(KIND, server=server, name="www.lab.test", expect=["192.0.2.1"])
    assert failed.value.reason == "dns_wrong_answer"


@pytest.mark.parametrize(
    ("name", "kind", "reason"),
    [
        ("none.lab.test", "A", "dns_nxdomain"),
        ("only4.lab.test", "AAAA", "dns_nodata"),
        ("broken.test", "A", "dns_servfail"),
        ("example.org", "A", "dns_refused"),
    ],
)
def test_every_bad_answer_has_its_reason(server, name, kind, reason):
    with pytest.raises(ProbeFailure) as failed:
        run_probe(KIND, server=server, name=name, type=kind)
    assert failed.value.reason == reason


def test_the_resolver_follows_an_alias(server):
    async def look_up() -> tuple[str, ...]:
        resolver = Resolver((server,))
        try:
            return await resolver.resolve("alias.lab.test", "any", Deadline.after(2))
        finally:
            resolver.close()

    assert asyncio.run(look_up()) == ("127.0.0.1", "::1")


def test_a_hung_bind_times_out_and_comes_back(bind, server):
    bind.server.freeze()
    began = time.monotonic()
    try:
        with pytest.raises(ProbeFailure) as failed:
            run_probe(KIND, 1, server=server, name="www.lab.test")
    finally:
        bind.server.thaw()
    assert failed.value.reason == "dns_timeout"
    assert time.monotonic() - began < 1.5
    run_probe(KIND, server=server, name="www.lab.test")


def test_a_stopped_bind_is_refused(bind, server):
    bind.server.stop()
    try:
        with pytest.raises(ProbeFailure) as failed:
            run_probe(KIND, server=server, name="www.lab.test")
    finally:
        bind.server.start()
    assert failed.value.reason == "refused"
