"""The kind radius against servers that judge well, badly, or not at all."""

from __future__ import annotations

import socket
import time

import pytest

from probes.kinds.radius import KIND
from probes.types import ProbeFailure, SecretMissing
from tests.servers.loopback import UDPServer, closed_port
from tests.servers.radius import PASSWORD, SECRET, USER, honest, judging, reply


@pytest.fixture
def options(monkeypatch):
    monkeypatch.setenv("LAB_RADIUS_SECRET", SECRET.decode())
    monkeypatch.setenv("LAB_RADIUS_PASSWORD", PASSWORD)
    return {"host": "127.0.0.1", "user": USER, "secret": "env:LAB_RADIUS_SECRET", "password": "env:LAB_RADIUS_PASSWORD"}


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_server_that_tells_right_from_wrong_is_well(run_probe, options, host):
    with UDPServer(judging(honest), host) as server:
        reading = run_probe(KIND, **{**options, "host": host}, port=server.port)
    assert reading.evidence["code"] == 2
    assert reading.evidence["wrong_password_code"] == 3
    assert reading.evidence["signed"] is True
    assert {"resolve", "accept", "reject", "total"} <= set(reading.phases_s)


def test_a_server_that_accepts_any_password_is_a_failure(run_probe, options):
    with UDPServer(judging(lambda *_: True)) as server, pytest.raises(ProbeFailure) as failed:
        run_probe(KIND, **options, port=server.port)
    assert failed.value.reason == "radius_accepts_wrong_password"


def test_the_wrong_password_can_be_left_out(run_probe, options):
    with UDPServer(judging(lambda *_: True)) as server:
        run_probe(KIND, **options, port=server.port, check_wrong_password=False)
    assert len(server.seen) == 1


def test_a_refused_account_is_told_with_the_servers_words(run_probe, options):
    with UDPServer(judging(lambda *_: False)) as server, pytest.raises(ProbeFailure, match="Wrong password") as failed:
        run_probe(KIND, **options, port=server.port)
    assert failed.value.reason == "radius_rejected"


def test_a_challenge_is_no_acceptance(run_probe, options):
    with UDPServer(lambda data: [reply(data, 11)]) as server, pytest.raises(ProbeFailure, match="challenge") as failed:
        run_probe(KIND, **options, port=server.port)
    assert failed.value.reason == "radius_rejected"


def test_a_wrong_secret_is_silence_and_the_message_says_so(run_probe, options):
    with (
        UDPServer(judging(honest, secret=b"another")) as server,
        pytest.raises(ProbeFailure, match="down, filtered or wrong secret") as failed,
    ):
        run_probe(KIND, 0.6, **options, port=server.port)
    assert failed.value.reason == "radius_silent"


def test_silence_ends_on_time_after_two_retransmissions_of_the_same_bytes(run_probe, options):
    began = time.monotonic()
    with UDPServer(lambda _: []) as server, pytest.raises(ProbeFailure) as failed:
        run_probe(KIND, 0.9, **options, port=server.port)
    assert (failed.value.reason, failed.value.evidence["retransmits"]) == ("radius_silent", 2)
    assert len(set(server.seen)) == 1
    assert time.monotonic() - began < 1.4


def test_silence_after_the_accept_names_the_wrong_password(run_probe, options):
    def only_the_first(data: bytes) -> list[bytes]:
        return [reply(data, 2)] if len(server.seen) == 1 else []

    with UDPServer(only_the_first) as server, pytest.raises(ProbeFailure, match="during reject") as failed:
        run_probe(KIND, 0.6, **options, port=server.port)
    assert failed.value.reason == "radius_silent"


def test_an_answer_signed_with_another_secret_is_told_apart(run_probe, options):
    with UDPServer(lambda data: [reply(data, 2, b"another")]) as server, pytest.raises(ProbeFailure) as failed:
        run_probe(KIND, 0.6, **options, port=server.port)
    assert failed.value.reason == "radius_authenticator"


def test_a_forged_answer_before_the_real_one_does_no_harm(run_probe, options):
    honestly = judging(honest)
    with UDPServer(lambda data: [b"\x02", reply(data, 2, b"forged"), *honestly(data)]) as server:
        reading = run_probe(KIND, **options, port=server.port)
    assert reading.evidence["wrong_password_code"] == 3


@pytest.mark.parametrize(
    "answer",
    [lambda _: [b"HTTP/1.1 400 Bad Request\r\n\r\n"], lambda data: [data], lambda data: [reply(data, 2)[:30]]],
    ids=["garbage", "echo", "cut"],
)
def test_answers_that_are_not_radius_are_the_wrong_protocol(run_probe, options, answer):
    with UDPServer(answer) as server, pytest.raises(ProbeFailure) as failed:
        run_probe(KIND, 0.6, **options, port=server.port)
    assert failed.value.reason == "protocol"


def test_a_lost_request_is_sent_again(run_probe, options):
    honestly = judging(honest)
    with UDPServer(lambda data: honestly(data) if len(server.seen) > 1 else []) as server:
        reading = run_probe(KIND, 1.5, **options, port=server.port)
    assert reading.phases_s["accept"] >= 0.45
    assert server.seen[0] == server.seen[1] != server.seen[2]


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_closed_port_is_refused_at_once(run_probe, options, host):
    began = time.monotonic()
    with pytest.raises(ProbeFailure) as failed:
        run_probe(KIND, 5, **{**options, "host": host}, port=closed_port(socket.SOCK_DGRAM, host))
    assert failed.value.reason == "refused"
    assert time.monotonic() - began < 0.5


def test_a_signature_can_be_required(run_probe, options):
    unsigned = UDPServer(lambda data: [reply(data, 2, signed=False)])
    with unsigned as server, pytest.raises(ProbeFailure, match="without Message-Authenticator") as failed:
        run_probe(KIND, 0.6, **options, port=server.port, require_signature=True)
    assert failed.value.reason == "radius_authenticator"


def test_a_missing_secret_is_our_own_fault(run_probe, options):
    with pytest.raises(SecretMissing, match="NO_SUCH_VARIABLE"):
        run_probe(KIND, **{**options, "secret": "env:NO_SUCH_VARIABLE"}, port=1)


def test_nothing_secret_is_in_evidence(run_probe, options):
    with UDPServer(judging(honest)) as server:
        reading = run_probe(KIND, **options, port=server.port)
    assert SECRET.decode() not in repr(reading)
    assert PASSWORD not in repr(reading)
