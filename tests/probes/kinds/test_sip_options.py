"""The kind sip_options against servers that answer well, badly, late or never."""

from __future__ import annotations

import socket
import time

import pytest
from pydantic import ValidationError

from probes.kinds.sip_options import KIND, SIPOptions
from probes.types import ProbeFailure
from tests.servers.loopback import TCPServer, UDPServer, closed_port, drip, hang
from tests.servers.sip import answering, on_the_nth, over_tcp, reply

RESPONSE = b"SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP 127.0.0.1\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_server_that_answers_by_udp_is_well(run_probe, host):
    with UDPServer(answering(), host) as server:
        reading = run_probe(KIND, host=host, port=server.port)
    assert reading.evidence["code"] == 200
    assert reading.evidence["server"] == "lab/1.0"
    assert reading.evidence["retransmits"] == 0
    assert {"resolve", "connect", "answer", "total"} <= set(reading.phases_s)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_server_that_answers_by_tcp_is_well(run_probe, host):
    with TCPServer(over_tcp(reply), host) as server:
        reading = run_probe(KIND, host=host, port=server.port, transport="tcp")
    assert (reading.evidence["code"], reading.evidence["phrase"]) == (200, "OK")


@pytest.mark.parametrize("status", ["404 Not Found", "405 Method Not Allowed", "486 Busy Here", "603 Decline"])
def test_any_answer_but_a_server_error_proves_life(run_probe, status):
    with UDPServer(answering(status)) as server:
        reading = run_probe(KIND, host="127.0.0.1", port=server.port)
    assert reading.evidence["code"] == int(status[:3])


@pytest.mark.parametrize("status", ["503 Service Unavailable", "500 Server Internal Error"])
def test_a_server_error_is_a_failure(run_probe, status):
    with UDPServer(answering(status)) as server, pytest.raises(ProbeFailure, match=status) as failed:
        run_probe(KIND, host="127.0.0.1", port=server.port)
    assert failed.value.reason == "sip_status"
    assert failed.value.evidence["code"] == int(status[:3])


def test_accepted_codes_are_configurable(run_probe):
    with UDPServer(answering("503 Busy")) as server:
        reading = run_probe(KIND, host="127.0.0.1", port=server.port, accept_codes=(200, "500-503"))
    assert reading.evidence["code"] == 503


def test_a_code_outside_the_accepted_ones_is_a_failure(run_probe):
    with UDPServer(answering("404 Not Found")) as server, pytest.raises(ProbeFailure, match="expected 200"):
        run_probe(KIND, host="127.0.0.1", port=server.port, accept_codes=(200,))


def test_the_request_names_the_configured_users_and_domains(run_probe):
    with UDPServer(answering()) as server:
        users = {"to_user": "echo", "to_domain": "lab.test", "from_user": "bob", "from_domain": "example.net"}
        run_probe(KIND, host="127.0.0.1", port=server.port, **users)
    assert server.seen[0].startswith(b"OPTIONS sip:echo@lab.test SIP/2.0\r\n")
    assert b"From: <sip:bob@example.net>;tag=" in server.seen[0]


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_closed_udp_port_is_refused_at_once(run_probe, host):
    began = time.monotonic()
    with pytest.raises(ProbeFailure) as failed:
        run_probe(KIND, 5, host=host, port=closed_port(socket.SOCK_DGRAM, host))
    assert failed.value.reason == "refused"
    assert time.monotonic() - began < 0.5


def test_a_closed_tcp_port_is_refused(run_probe):
    with pytest.raises(ProbeFailure) as failed:
        run_probe(KIND, host="127.0.0.1", port=closed_port(), transport="tcp")
    assert failed.value.reason == "refused"


def test_a_lost_request_is_sent_again(run_probe):
    with UDPServer(on_the_nth(2)) as server:
        reading = run_probe(KIND, 4, host="127.0.0.1", port=server.port)
    assert reading.evidence["retransmits"] == 1
    assert server.seen[0] == server.seen[1]
    assert 0.45 < reading.phases_s["answer"] < 1.0


def test_a_silent_server_times_out_on_time_with_its_retransmissions(run_probe):
    began = time.monotonic()
    with UDPServer(lambda _: []) as server, pytest.raises(ProbeFailure) as failed:
        run_probe(KIND, 1.2, host="127.0.0.1", port=server.port)
    assert failed.value.reason == "timeout"
    assert failed.value.evidence["retransmits"] == 1
    assert 1.1 < time.monotonic() - began < 1.7


@pytest.mark.parametrize("talk", [hang, drip(RESPONSE)], ids=["hangs", "drips"])
def test_a_tcp_server_that_never_ends_times_out_on_time(run_probe, talk):
    began = time.monotonic()
    with TCPServer(talk) as server, pytest.raises(ProbeFailure) as failed:
        run_probe(KIND, 1.2, host="127.0.0.1", port=server.port, transport="tcp")
    assert failed.value.reason == "stalled"
    assert time.monotonic() - began < 1.7


def test_garbage_before_the_answer_does_no_harm(run_probe):
    with UDPServer(lambda request: [b"\x00\xff", b"\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n", reply(request)]) as server:
        reading = run_probe(KIND, host="127.0.0.1", port=server.port)
    assert reading.evidence["code"] == 200


def test_a_provisional_answer_is_not_the_end(run_probe):
    with UDPServer(lambda request: [reply(request, "100 Trying"), reply(request)]) as server:
        reading = run_probe(KIND, host="127.0.0.1", port=server.port)
    assert reading.evidence["code"] == 200


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: [b"\x00" * 40],
        lambda request: [reply(request)[:90]],
        lambda request: [request],
        lambda request: [reply(request).replace(b"branch=z9hG4bK", b"branch=z9hG4bKx")],
        lambda request: [reply(request).replace(b" OPTIONS", b" REGISTER")],
    ],
    ids=["garbage", "cut", "echo", "other branch", "other method"],
)
def test_udp_answers_to_something_else_are_the_wrong_protocol(run_probe, answer):
    with UDPServer(answer) as server, pytest.raises(ProbeFailure, match="only something else") as failed:
        run_probe(KIND, 0.8, host="127.0.0.1", port=server.port)
    assert failed.value.reason == "protocol"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"220 mail.lab.test ESMTP\r\n", "protocol"),
        (b"\x00\xff" * 20 + b"\r\n", "protocol"),
        (b"SIP/2.0 200 OK\r\nX: " + b"a" * 40_000, "too_large"),
        (b"a" * 40_000, "too_large"),
    ],
    ids=["smtp", "garbage", "endless header", "endless line"],
)
def test_a_tcp_server_of_another_kind_is_told_apart(run_probe, data, reason):
    with TCPServer(over_tcp(lambda _: data)) as server, pytest.raises(ProbeFailure) as failed:
        run_probe(KIND, host="127.0.0.1", port=server.port, transport="tcp")
    assert failed.value.reason == reason


def test_an_answer_cut_in_the_middle_is_closed(run_probe):
    with (
        TCPServer(lambda connection, _: connection.sendall(RESPONSE[:30])) as server,
        pytest.raises(ProbeFailure) as failed,
    ):
        run_probe(KIND, host="127.0.0.1", port=server.port, transport="tcp")
    assert failed.value.reason in {"closed", "reset"}


def test_a_late_answer_is_slow(run_probe):
    with UDPServer(on_the_nth(2)) as server:
        reading = run_probe(KIND, host="127.0.0.1", port=server.port, slow_ms=100)
    assert reading.slow_reason


@pytest.mark.parametrize(
    "bad",
    [
        {"accept_codes": ["2xx"]},
        {"to_user": "a b"},
        {"to_domain": "x\r\ny"},
        {"transport": "tls"},
        {"accept_codes": []},
    ],
)
def test_bad_options_are_refused(bad):
    with pytest.raises(ValidationError):
        SIPOptions(host="127.0.0.1", **bad)
