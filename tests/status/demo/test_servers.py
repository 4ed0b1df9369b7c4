"""The servers of the demonstration when all is well."""

from __future__ import annotations

import smtplib
import socket
import ssl

import dns.query
import dns.rcode
import pytest

from probes.wire.sip import Stream, parse_datagram
from status.demo.radius import ACCOUNT
from tests.status.demo import clients
from tests.status.demo.conftest import Running


def test_the_site_answers_in_clear(running: Running) -> None:
    assert clients.page(running.ports_from) == "200 True"


def test_the_site_answers_over_tls_that_verifies_against_the_authority(running: Running) -> None:
    tls = ssl.create_default_context(cafile=str(running.keys.authority))
    assert clients.page(running.ports_from + 1, tls=tls) == "200 True"


def test_a_client_without_the_authority_refuses_the_certificate(running: Running) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        clients.page(running.ports_from + 1, tls=ssl.create_default_context())


def test_a_second_request_on_one_connection_is_answered(running: Running) -> None:
    with socket.create_connection(("127.0.0.1", running.ports_from), 5) as line:
        line.sendall(b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\nHEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert line.makefile("rb").read().count(b"HTTP/1.1 200 OK") == 2


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [(b"nonsense\r\n\r\n", b" 400 "), (b"POST / HTTP/1.1\r\n\r\n", b" 405 "), (b"G" * 20_000, b" 431 ")],
)
def test_the_site_refuses_what_is_no_page_request(running: Running, request_bytes: bytes, status: bytes) -> None:
    with socket.create_connection(("127.0.0.1", running.ports_from), 5) as line:
        line.sendall(request_bytes)
        assert status in line.recv(1000)


@pytest.mark.parametrize("over", [dns.query.udp, dns.query.tcp])
def test_the_zone_answers_with_authority(running: Running, over) -> None:
    answer = clients.ask_name(running.ports_from + 2, "exemple-telecom.demo.invalid", "MX", over=over)
    assert answer.answer[0][0].to_text() == "10 mail.exemple-telecom.demo.invalid."
    assert answer.flags & dns.flags.AA


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("www.exemple-telecom.demo.invalid", "127.0.0.1"),
        ("WWW.Exemple-Telecom.demo.invalid", "127.0.0.1"),
        ("nowhere.exemple-telecom.demo.invalid", "NXDOMAIN"),
        ("www.example.net", "REFUSED"),
    ],
)
def test_the_zone_knows_its_own_names_only(running: Running, name: str, answer: str) -> None:
    assert clients.address(running.ports_from + 2, name=name) == answer


@pytest.mark.parametrize(("name", "answer"), [("any.thing.demo.invalid", "127.0.0.1"), ("www.example.net", "NXDOMAIN")])
def test_the_resolver_knows_demo_invalid_only(running: Running, name: str, answer: str) -> None:
    assert clients.address(running.ports_from + 10, name=name) == answer


def test_the_resolver_has_an_empty_answer_for_ipv6(running: Running) -> None:
    answer = clients.ask_name(running.ports_from + 10, "www.demo.invalid", "AAAA")
    assert (answer.rcode(), answer.answer) == (dns.rcode.NOERROR, [])


def test_mail_is_taken_after_a_verified_starttls(running: Running) -> None:
    clients.send_mail(running.ports_from + 3, str(running.keys.authority), "x@exemple-telecom.demo.invalid")


def test_mail_for_others_is_not_relayed(running: Running) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        clients.send_mail(running.ports_from + 3, str(running.keys.authority), "x@example.net")


def test_options_over_udp_is_answered_with_where_it_came_from(running: Running) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.settimeout(5)
        line.connect(("127.0.0.1", running.ports_from + 4))
        line.send(clients.sip_request("udp"))
        answer = parse_datagram(line.recv(65_535))
        assert answer.code == 200
        assert answer.first("via").endswith(f";rport={line.getsockname()[1]};received=127.0.0.1")
        assert answer.first("to").endswith(";tag=demonstration")


def test_options_over_tcp_is_answered_when_it_comes_in_pieces(running: Running) -> None:
    request, stream = clients.sip_request("tcp"), Stream()
    with socket.create_connection(("127.0.0.1", running.ports_from + 4), 5) as line:
        line.sendall(b"\r\n\r\n" + request[:50])
        line.sendall(request[50:])
        while (answer := stream.next()) is None:
            stream.feed(line.recv(1000))
    assert answer.code == 200


def test_other_sip_methods_are_not_allowed(running: Running) -> None:
    with socket.create_connection(("127.0.0.1", running.ports_from + 4), 5) as line:
        line.sendall(clients.sip_request("tcp").replace(b"OPTIONS", b"INVITE"))
        assert line.recv(1000).startswith(b"SIP/2.0 405 ")


def test_sip_garbage_ends_the_connection(running: Running) -> None:
    with socket.create_connection(("127.0.0.1", running.ports_from + 4), 5) as line:
        line.sendall(b"nonsense\r\n\r\n")
        assert line.recv(1000) == b""


def test_radius_accepts_the_account_and_rejects_another_password(running: Running) -> None:
    port, password = running.ports_from + 5, running.keys.radius_password.read_text().strip()
    assert clients.log_in(port, running.keys, password) == "accept"
    assert clients.log_in(port, running.keys, "wrong") == "reject"
    assert ACCOUNT.endswith(".demo.invalid")


def test_radius_is_silent_to_another_secret(running: Running) -> None:
    with pytest.raises(TimeoutError):
        clients.log_in(running.ports_from + 5, running.keys, "x", timeout_s=0.2, secret=b"another")


def test_garbage_over_udp_is_swallowed_and_the_next_question_answered(running: Running) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        for offset in (2, 4, 5, 10, 13):
            line.sendto(b"\x00\xff" * 30, ("127.0.0.1", running.ports_from + offset))
    for service in ("dns", "sip", "radius"):
        assert clients.say(service, running.ports_from, running.keys) in {"127.0.0.1", "200", "accept"}


def test_the_three_references_answer(running: Running) -> None:
    assert clients.page(running.ports_from + 11) == "200 True"
    assert clients.greeting(running.ports_from + 12) == "dem"
    assert clients.address(running.ports_from + 13, name="example.net") == "127.0.0.1"
