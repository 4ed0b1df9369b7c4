"""dns: what name servers may do, and what it is called."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable
from typing import Any

import dns.flags
import dns.message
import pytest
from pydantic import ValidationError

from probes.kinds.dns import DNSOptions
from probes.types import Outcome
from tests.probes.measuring import measure
from tests.servers import dns as names
from tests.servers.loopback import Answer, TCPServer, UDPServer, closed_port, drip, hang

WWW = "www.test A 192.0.2.1"


def garbage(_query: bytes) -> Iterable[bytes]:
    return [b"\xff" * 40]


def cut(response: dns.message.Message) -> None:
    response.flags |= dns.flags.TC
    response.answer.clear()


def ask(server: UDPServer | TCPServer, **options: Any) -> Any:
    return measure("dns", 1.2, **{"name": "www.test", "server": f"127.0.0.1:{server.port}", **options})


def test_the_expected_record_is_ok() -> None:
    with UDPServer(names.records(WWW, "www.test A 192.0.2.2")) as server:
        seen = ask(server, expect=["192.0.2.1"])
    assert seen.outcome is Outcome.OK, seen
    assert seen.evidence["records"] == ["192.0.2.1", "192.0.2.2"]


@pytest.mark.parametrize(
    ("answer", "options", "reason"),
    [
        (names.records(WWW), {"expect": ["192.0.2.9"]}, "dns_wrong_answer"),
        (names.records(WWW, "www.test A 192.0.2.2"), {"expect": ["192.0.2.1"], "exact": True}, "dns_wrong_answer"),
        (names.records(WWW), {"require_aa": True}, "dns_wrong_answer"),
        (names.records(WWW), {"require_ad": True}, "dns_wrong_answer"),
        (names.records(), {}, "dns_nodata"),
        (names.code("NXDOMAIN"), {}, "dns_nxdomain"),
        (names.code("SERVFAIL"), {}, "dns_servfail"),
        (names.code("REFUSED"), {}, "dns_refused"),
        (names.code("NOTIMP"), {}, "dns_error"),
        (names.silent, {}, "dns_timeout"),
        (garbage, {}, "protocol"),
    ],
)
def test_each_fault_has_its_name(answer: Answer, options: dict[str, Any], reason: str) -> None:
    with UDPServer(answer) as server:
        seen = ask(server, **options)
    assert (seen.outcome, seen.reason) == (Outcome.FAILED, reason), seen


def test_an_answer_that_was_cut_is_asked_for_again_over_tcp() -> None:
    with UDPServer(names.records(change=cut)) as server:
        refused = ask(server)
    with TCPServer(names.over_stream(names.records(WWW))) as server:
        seen = ask(server, tcp=True, expect=["192.0.2.1"])
    assert (refused.reason, seen.outcome) == ("refused", Outcome.OK)


@pytest.mark.parametrize(("talk", "reason"), [(hang, "dns_timeout"), (drip(b"\0\x40abc"), "dns_timeout")])
def test_a_stream_that_does_not_end_times_out(talk: Any, reason: str) -> None:
    with TCPServer(talk) as server:
        began = time.monotonic()
        seen = ask(server, tcp=True)
        assert time.monotonic() - began < 1.7
    assert seen.reason == reason


def test_a_stream_cut_in_the_middle_is_closed() -> None:
    def talk(connection: socket.socket, _over: object) -> None:
        connection.recv(512)
        connection.sendall(b"\0\x40half")

    with TCPServer(talk) as server:
        assert ask(server, tcp=True).reason == "closed"


def test_a_closed_port_is_refused() -> None:
    seen = measure("dns", name="www.test", server=f"127.0.0.1:{closed_port()}")
    assert seen.reason == "refused"


def test_text_and_names_are_compared_as_zone_files_have_them() -> None:
    with UDPServer(names.records('www.test TXT "v=spf1 -all"', "www.test MX 10 Mail.Test.")) as server:
        assert ask(server, type="TXT", expect=["v=spf1 -all"]).outcome is Outcome.OK
        assert ask(server, type="MX", expect=["10 mail.test"]).outcome is Outcome.OK


@pytest.mark.parametrize(
    "options",
    [
        {"type": "NOPE"},
        {"expect": ["not an address"]},
        {"exact": True},
        {"server": "127.0.0.1:0"},
        {"name": "a..b"},
        {"name": "x" * 64},
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        DNSOptions.model_validate({"name": "www.test", "server": "127.0.0.1", **options})
