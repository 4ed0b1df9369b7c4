"""The resolver: what it answers, whom it asks, and that dead zones starve nobody."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from pathlib import Path

import dns.flags
import dns.message
import pytest
import uvloop

from probes.deadline import Deadline
from probes.net.resolve import Family, Resolver
from probes.net.system import Hosts, parse_hosts, parse_resolv_conf, parse_server
from probes.registry import kinds
from probes.types import CannotProbe, Outcome, ProbeFailure
from tests.probes.measuring import check_of, measure_all
from tests.servers import dns as names
from tests.servers import http
from tests.servers.loopback import Answer, TCPServer, UDPServer, closed_port

BOTH = ("two.test A 192.0.2.1", "two.test AAAA 2001:db8::1")


def look_up(
    *servers: UDPServer | int, name: str = "two.test", family: Family = "any", limit_s: float = 2.0
) -> tuple[str, ...]:
    ports = (server if isinstance(server, int) else server.port for server in servers)

    async def run() -> tuple[str, ...]:
        resolver = Resolver(tuple(f"127.0.0.1:{port}" for port in ports), hosts=Hosts(Path("/nowhere")))
        try:
            return await resolver.resolve(name, family, Deadline.after(limit_s))
        finally:
            resolver.close()

    return uvloop.run(run())


@pytest.mark.parametrize(
    ("family", "expected"),
    [("any", ("192.0.2.1", "2001:db8::1")), ("ipv4", ("192.0.2.1",)), ("ipv6", ("2001:db8::1",))],
)
def test_the_family_asked_is_given_ipv4_first(family: Family, expected: tuple[str, ...]) -> None:
    with UDPServer(names.records(*BOTH)) as server:
        assert look_up(server, family=family) == expected


def test_aliases_are_followed_in_the_answer() -> None:
    chain = ("two.test CNAME b.test.", "b.test CNAME c.test.", "c.test A 192.0.2.7")
    with UDPServer(names.records(*chain)) as server:
        assert look_up(server, family="ipv4") == ("192.0.2.7",)


def test_one_family_that_answers_suffices() -> None:
    def answer(query: bytes) -> Iterable[bytes]:
        return [names.respond(query, *BOTH)] if query[-3] == 28 else []

    with UDPServer(answer) as server:
        began = time.monotonic()
        assert look_up(server) == ("2001:db8::1",)
        assert time.monotonic() - began < 0.8


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (names.code("NXDOMAIN"), "dns_nxdomain"),
        (names.code("SERVFAIL"), "dns_servfail"),
        (names.code("REFUSED"), "dns_refused"),
        (names.code("FORMERR"), "dns_error"),
        (names.records(), "dns_nodata"),
        (names.silent, "dns_timeout"),
    ],
)
def test_each_failure_has_its_reason_and_names_the_server(answer: Answer, reason: str) -> None:
    with UDPServer(answer) as server, pytest.raises(ProbeFailure) as caught:
        look_up(server, limit_s=0.3)
    assert caught.value.reason == reason
    assert caught.value.evidence["server"] == f"127.0.0.1:{server.port}"


@pytest.mark.parametrize("first", [names.code("SERVFAIL"), names.code("REFUSED"), names.silent])
def test_the_next_server_is_asked(first: Answer) -> None:
    with UDPServer(first) as bad, UDPServer(names.records(*BOTH)) as good:
        assert look_up(bad, good, limit_s=3.0)[0] == "192.0.2.1"


def test_a_dead_first_server_does_not_matter() -> None:
    with UDPServer(names.records(*BOTH)) as good:
        assert look_up(closed_port(), good)[0] == "192.0.2.1"


def test_no_server_that_listens_is_our_own_fault() -> None:
    with pytest.raises(CannotProbe) as caught:
        look_up(closed_port())
    assert caught.value.reason == "no_resolver"


def test_answers_to_other_questions_are_ignored() -> None:
    def answer(query: bytes) -> Iterable[bytes]:
        other_id = bytes([query[0] ^ 1]) + query[1:]
        other_name = query.replace(b"two", b"six")
        forged = "{} A 198.51.100.1"
        yield names.respond(other_id, forged.format("two.test"))
        yield names.respond(other_name, forged.format("six.test"))
        yield b"\0" * 11
        yield names.respond(query, *BOTH)

    with UDPServer(answer) as server:
        assert look_up(server, family="ipv4") == ("192.0.2.1",)


def test_a_broken_answer_is_an_error_of_the_server() -> None:
    def answer(query: bytes) -> Iterable[bytes]:
        return [names.respond(query, *BOTH)[:-3]]

    with UDPServer(answer) as server, pytest.raises(ProbeFailure, match="dns_error"):
        look_up(server)


def test_a_cut_answer_is_asked_for_again_over_tcp(monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(response: dns.message.Message) -> None:
        response.flags |= dns.flags.TC
        response.answer.clear()

    many = tuple(f"two.test A 192.0.2.{n}" for n in range(1, 60))
    with TCPServer(names.over_stream(names.records(*many))) as stream:
        datagrams = UDPServer(names.records(change=cut), port=stream.port)
        with datagrams:
            assert len(look_up(datagrams, family="ipv4")) == 59


def test_addresses_and_the_hosts_file_come_first(tmp_path: Path) -> None:
    (tmp_path / "hosts").write_text("::1 Both # a remark\n127.0.0.1 other both\nnonsense both\n", encoding="utf-8")

    async def run(name: str, family: Family) -> tuple[str, ...]:
        resolver = Resolver((f"127.0.0.1:{closed_port()}",), hosts=Hosts(tmp_path / "hosts"))
        return await resolver.resolve(name, family, Deadline.after(1))

    assert asyncio.run(run("BOTH.", "any")) == ("127.0.0.1", "::1")
    assert asyncio.run(run("both", "ipv6")) == ("::1",)
    assert asyncio.run(run("localhost", "ipv4")) == ("127.0.0.1",)
    assert asyncio.run(run("2001:db8::5", "any")) == ("2001:db8::5",)


def test_names_that_cannot_be_asked_for_are_an_error() -> None:
    with UDPServer(names.silent) as server, pytest.raises(ProbeFailure, match="dns_error"):
        look_up(server, name="x" * 64 + ".test")


def test_five_hundred_dead_names_leave_a_hundred_targets_alone() -> None:
    http_kind = kinds()["http"]
    answer = names.silent_below(".dead", "{name} A 127.0.0.1")
    with UDPServer(answer) as server, TCPServer(http.reply(http.OK)) as target:
        dead = [check_of(http_kind, 2.0, url=f"http://n{n}.zone.dead/") for n in range(250)]
        dead += [check_of(http_kind, 2.0, url=f"http://www.zone{n}.dead/") for n in range(250)]
        live = [check_of(http_kind, 2.0, url=f"http://n{n}.live.test:{target.port}/") for n in range(100)]
        seen = measure_all([*dead, *live], resolvers=(f"127.0.0.1:{server.port}",))
    assert {(each.outcome, each.reason) for each in seen[:500]} == {(Outcome.FAILED, "dns_timeout")}
    assert {each.outcome for each in seen[500:]} == {Outcome.OK}
    assert max(each.duration_s for each in seen) < 2.5


def test_servers_and_system_files_are_read() -> None:
    assert str(parse_server("[2001:db8::1]:5353")) == "[2001:db8::1]:5353"
    assert parse_hosts("127.0.0.1 a b # c\n#127.0.0.2 d\n") == {"a": ("127.0.0.1",), "b": ("127.0.0.1",)}
    found = parse_resolv_conf("search x\nnameserver 192.0.2.1\nnameserver nonsense\n nameserver ::1 # x\n")
    assert list(map(str, found)) == ["192.0.2.1", "[::1]"]


@pytest.mark.parametrize("text", ["", "ns.example.net", "192.0.2.1:0", "192.0.2.1:x", "[192.0.2.1"])
def test_a_server_that_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no name server"):
        parse_server(text)
