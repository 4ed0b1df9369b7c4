"""http: what servers may do, and what it is called."""

from __future__ import annotations

import socket
import threading
import time
import tracemalloc
from typing import Any

import pytest
from pydantic import ValidationError

from probes.kinds.http import HTTPOptions
from probes.types import Outcome
from tests.lab.ca import DAY, Authority, Certificate
from tests.probes.measuring import measure
from tests.servers import dns, http
from tests.servers.loopback import Talk, TCPServer, UDPServer, closed_port, drip, hang

CUT = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this"


def url(server: TCPServer, path: str = "/", scheme: str = "http") -> str:
    host = f"[{server.host}]" if ":" in server.host else server.host
    return f"{scheme}://{host}:{server.port}{path}"


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


def test_a_right_answer_is_ok_and_keeps_its_phases_and_peer() -> None:
    with TCPServer(http.reply(http.OK)) as server:
        seen = measure("http", url=url(server), expect_body="well", expect_headers={"x-part": "front"})
    assert seen.outcome is Outcome.OK
    assert list(seen.phases_s) == ["resolve", "connect", "first_byte", "total"]
    assert seen.evidence == {"peer": f"127.0.0.1:{server.port}", "status": 200, "http": "1.1"}
    assert seen.trace == ()


@pytest.mark.parametrize(
    ("talk", "options", "reason"),
    [
        (http.reply(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"), {}, "http_status"),
        (http.reply(http.OK), {"expect_status": [204, "300-399"]}, "http_status"),
        (http.reply(http.OK), {"expect_headers": {"X-Part": "back"}}, "http_header"),
        (http.reply(http.OK), {"expect_headers": {"X-None": ""}}, "http_header"),
        (http.reply(http.OK), {"expect_body": "shop"}, "http_body"),
        (http.reply(http.OK), {"reject_body": "well"}, "http_body"),
        (http.reply(http.OK), {"expect_body_regex": "^well"}, "http_body"),
        (http.reply(http.OK), {"max_bytes": 5}, "too_large"),
        (http.reply(b"\x00\xff garbage\r\n\r\n" * 50), {}, "protocol"),
        (http.reply(b"HTTP/1.1 OK 200\r\n\r\n"), {}, "protocol"),
        (http.reply(CUT), {}, "closed"),
        (http.reply(b"HTTP/1.1 200 OK\r\nContent-Le"), {}, "closed"),
        (http.reply(b""), {}, "closed"),
        (http.reset, {}, "reset"),
        (hang, {}, "stalled"),
        (drip(http.OK), {}, "stalled"),
        (http.late(5, http.OK), {}, "stalled"),
        (http.endless(b"HTTP/1.1 200 OK\r\n", b"X-More: " + b"m" * 900 + b"\r\n"), {}, "too_large"),
        (http.endless(b"HTTP/1.1 200 OK\r\nX-More: ", b"m" * 900), {}, "too_large"),
    ],
)
def test_each_fault_has_its_name(talk: Talk, options: dict[str, Any], reason: str) -> None:
    with TCPServer(talk) as server:
        began = time.monotonic()
        seen = measure("http", 1.2, url=url(server), **options)
        lasted_s = time.monotonic() - began
    assert (seen.outcome, seen.reason) == (Outcome.FAILED, reason), seen
    assert seen.trace
    assert lasted_s < 1.6


def test_a_slow_right_answer_is_slow() -> None:
    with TCPServer(http.late(0.2, http.OK)) as server:
        seen = measure("http", url=url(server), slow_ms=100)
    assert (seen.outcome, seen.reason) == (Outcome.SLOW, "slow")


def test_a_closed_port_is_refused() -> None:
    seen = measure("http", url=f"http://127.0.0.1:{closed_port()}/")
    assert (seen.outcome, seen.reason) == (Outcome.FAILED, "refused")


def test_one_gigabyte_is_too_large_and_takes_no_memory() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"
    with TCPServer(http.endless(head, b"m" * 65_536)) as server:
        tracemalloc.start()
        seen = measure("http", 5.0, url=url(server))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert seen.reason == "too_large"
    assert most < 4 * 1_048_576


def test_an_announced_gigabyte_is_refused_at_its_header() -> None:
    with TCPServer(http.reply(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")) as server:
        assert measure("http", url=url(server)).reason == "too_large"


def test_the_head_of_a_gigabyte_is_ok() -> None:
    with TCPServer(http.reply(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")) as server:
        assert measure("http", url=url(server), method="HEAD").outcome is Outcome.OK


def test_compression_is_not_asked_for_and_a_bomb_stays_packed() -> None:
    bomb = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00"
    with TCPServer(http.reply(bomb)) as server:
        assert measure("http", url=url(server)).outcome is Outcome.OK


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no ::1")
def test_an_ipv6_server_is_reached() -> None:
    with TCPServer(http.reply(http.OK), "::1") as server:
        seen = measure("http", url=url(server), family="ipv6")
    assert seen.evidence["peer"] == f"[::1]:{server.port}"


def test_a_redirect_is_judged_itself_by_default() -> None:
    with TCPServer(http.reply(http.redirect("/elsewhere"))) as server:
        assert measure("http", url=url(server)).evidence["status"] == 302


def test_redirects_are_followed_as_far_as_told() -> None:
    answers = {"/": http.redirect("/b"), "/b": http.redirect("c"), "/c": http.OK}
    with TCPServer(http.by_path(answers)) as server:
        seen = measure("http", url=url(server), follow_redirects=2)
        short = measure("http", url=url(server), follow_redirects=1)
    assert (seen.evidence["status"], seen.evidence["redirects"]) == (200, 2)
    assert short.reason == "http_redirect"


def test_a_redirect_to_another_scheme_is_not_followed() -> None:
    with TCPServer(http.reply(http.redirect("file:///etc/passwd"))) as server:
        seen = measure("http", url=url(server), follow_redirects=3)
    assert (seen.outcome, seen.reason) == (Outcome.FAILED, "http_redirect")


def test_a_redirects_name_is_looked_up_by_our_resolver() -> None:
    with TCPServer(http.reply(http.redirect("http://gone.test/"))) as server, UDPServer(dns.code("NXDOMAIN")) as names:
        resolvers = (f"127.0.0.1:{names.port}",)
        seen = measure("http", url=url(server), follow_redirects=1, resolvers=resolvers)
    assert seen.reason == "dns_nxdomain"


def test_the_next_address_is_tried_when_one_is_refused() -> None:
    answer = dns.records("two.test A 127.0.0.2", "two.test A 127.0.0.1")
    with TCPServer(http.reply(http.OK)) as server, UDPServer(answer) as names:
        resolvers = (f"127.0.0.1:{names.port}",)
        seen = measure("http", url=f"http://two.test:{server.port}/", resolvers=resolvers)
    assert (seen.outcome, seen.evidence["peer"]) == (Outcome.OK, f"127.0.0.1:{server.port}")


def test_connect_to_leaves_the_urls_name_in_the_request() -> None:
    asked: list[bytes] = []

    def talk(connection: socket.socket, _over: object) -> None:
        asked.append(http.read_request(connection))
        connection.sendall(http.OK)

    with TCPServer(talk) as server:
        measure("http", url="http://www.example.invalid/", connect_to=f"127.0.0.1:{server.port}")
    assert b"Host: www.example.invalid\r\n" in asked[0]


def test_credentials_are_sent_and_do_not_follow_to_another_origin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PASSWORD", "geheim")
    asked: list[bytes] = []

    def talk(connection: socket.socket, _over: object) -> None:
        asked.append(http.read_request(connection))
        connection.sendall(http.OK)

    with TCPServer(talk) as other, TCPServer(http.reply(http.redirect(url(other)))) as server:
        options = {"user": "probe", "password": "env:HTTP_PASSWORD", "headers": {"Cookie": "a=b", "X-Mine": "1"}}
        measure("http", url=url(other), **options)
        measure("http", url=url(server), follow_redirects=1, **options)
    assert b"Authorization: Basic" in asked[0]
    assert b"Authorization" not in asked[1]
    assert b"Cookie" not in asked[1]
    assert b"X-Mine: 1" in asked[1]


def test_a_missing_secret_is_our_own_fault() -> None:
    seen = measure("http", url="http://127.0.0.1:1/", user="probe", password="env:NO_SUCH_SECRET")
    assert (seen.outcome, seen.reason) == (Outcome.BROKEN, "secret_missing")


def test_the_environments_proxies_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed_port()}")
    with TCPServer(http.reply(http.OK)) as server:
        assert measure("http", url=url(server)).outcome is Outcome.OK


@pytest.mark.parametrize(
    "options",
    [
        {"url": "ftp://example.net/"},
        {"url": "http://"},
        {"url": "http://user:secret@example.net/"},
        {"url": "http://example.net:99999/"},
        {"url": "http://example.net/a b"},
        {"url": "http://example.net/", "expect_status": ["99"]},
        {"url": "http://example.net/", "expect_body_regex": "("},
        {"url": "http://example.net/", "headers": {"X": "a\r\nEvil: 1"}},
        {"url": "http://example.net/", "connect_to": "example.net"},
        {"url": "http://example.net/", "body": "x"},
        {"url": "http://example.net/", "unknown": 1},
    ],
)
def test_wrong_options_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        HTTPOptions.model_validate(options)


def test_names_outside_ascii_become_labels_for_the_wire() -> None:
    options = HTTPOptions(url="https://Hébergement.example/été?q=ç#top")
    assert options.url == "https://xn--hbergement-b7a.example/%C3%A9t%C3%A9?q=%C3%A7"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


def over_tls(certificate: Certificate) -> Talk:
    context = certificate.server_context()

    def talk(connection: socket.socket, over: threading.Event) -> None:
        with context.wrap_socket(connection, server_side=True) as wrapped:
            http.reply(http.OK)(wrapped, over)

    return talk


def test_a_verified_certificate_is_ok_and_its_handshake_is_a_phase(authority: Authority) -> None:
    with TCPServer(over_tls(authority.issue("good"))) as server:
        seen = measure("http", url=url(server, scheme="https"), ca_file=str(authority.pem))
    assert seen.outcome is Outcome.OK, seen
    assert seen.phases_s["tls"] > 0


@pytest.mark.parametrize(
    ("issue", "reason", "code"),
    [
        ({"begins": -90 * DAY, "ends": -DAY}, "tls_expired", 10),
        ({"begins": DAY}, "tls_expired", 9),
        ({"self_signed": True}, "tls_untrusted", 18),
        ({"names": ("www.elsewhere.test",)}, "tls_wrong_name", None),
    ],
)
def test_a_bad_certificate_has_its_reason(
    authority: Authority, issue: dict[str, Any], reason: str, code: int | None
) -> None:
    with TCPServer(over_tls(authority.issue(reason, **issue))) as server:
        seen = measure("http", url=url(server, scheme="https"), ca_file=str(authority.pem))
        unverified = measure("http", url=url(server, scheme="https"), verify=False)
    assert (seen.outcome, seen.reason) == (Outcome.FAILED, reason), seen
    assert code in {None, seen.evidence["verify_code"]}
    assert unverified.outcome is Outcome.OK


@pytest.mark.parametrize("talk", [http.reply(http.OK), hang])
def test_a_server_that_speaks_no_tls_fails_in_time(talk: Talk) -> None:
    with TCPServer(talk) as server:
        seen = measure("http", 1.0, url=url(server, scheme="https"), verify=False)
    assert seen.reason in {"tls_failed", "stalled"}
    assert seen.evidence["phase"] == "tls"


def test_a_ca_file_that_is_missing_is_our_own_fault(authority: Authority) -> None:
    with TCPServer(over_tls(authority.issue("plain"))) as server:
        seen = measure("http", url=url(server, scheme="https"), ca_file="/nowhere/ca.pem")
    assert (seen.outcome, seen.reason) == (Outcome.BROKEN, "internal_error")
