"""No address that somebody types makes us ask anything but a public server, or one in the networks we name.

Real listeners stand where the hostile ones lead, on every loopback address and one port, and must see no connection.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import dns.message
import dns.rrset
import pytest

from status.domain.refused import Refused
from status.notifiers.addresses import is_public, read_url
from status.notifiers.posting import Postman, kept_target
from status.notifiers.registry import channels
from status.notifiers.types import NotSent
from tests.servers import http
from tests.servers.loopback import TCPServer, UDPServer

HOOKS = ("webhook", "slack", "teams", "ntfy")
V4 = ("127.0.0.1", "127.0.0.2", "127.255.255.254")


@dataclass
class Trap:
    """Listeners that note who connects. `port` is the same on all of them."""

    port: int
    seen: list[str]


@pytest.fixture
def trap() -> Iterator[Trap]:
    seen: list[str] = []
    with ExitStack() as stack:
        first = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        port = first.getsockname()[1]
        rest = [stack.enter_context(socket.create_server((host, port))) for host in V4[1:]]
        six = stack.enter_context(socket.create_server(("::1", port), family=socket.AF_INET6))
        listeners = [first, *rest, six]
        for listener in listeners:
            threading.Thread(target=note, args=(listener, seen), daemon=True).start()
        yield Trap(port, seen)
        for listener in listeners:
            listener.shutdown(socket.SHUT_RDWR)


def note(listener: socket.socket, seen: list[str]) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        seen.append(str(listener.getsockname()))
        connection.close()


HOSTILE = [
    # loopback, in every way it can be written
    "https://127.0.0.1:{port}/", "https://127.0.0.2:{port}/", "https://127.255.255.254:{port}/", "https://[::1]:{port}/",
    "https://localhost:{port}/", "https://LOCALHOST.:{port}/", "https://127.0.0.1.:{port}/", "https://2130706433:{port}/",
    "https://0x7f000001:{port}/", "https://0x7f.1:{port}/", "https://017700000001:{port}/", "https://0177.0.0.1:{port}/",
    "https://127.1:{port}/", "https://127.0.1:{port}/", "https://0:{port}/", "https://0.0.0.0:{port}/", "https://[::]:{port}/",
    "https://00000177.0.0.01:{port}/", "https://0x7F.0x0.0x0.0x1:{port}/", "https://１２７.0.0.1:{port}/",
    "https://127。0。0。1:{port}/", "https://127｡0｡0｡1:{port}/", "https://①②⑦.0.0.1:{port}/", "https://127.0.0.1%00:{port}/",
    # an address within an address
    "https://[::ffff:127.0.0.1]:{port}/", "https://[::ffff:7f00:1]:{port}/", "https://[::127.0.0.1]:{port}/",
    "https://[::ffff:0:127.0.0.1]:{port}/", "https://[64:ff9b::127.0.0.1]:{port}/", "https://[64:ff9b:1::7f00:1]:{port}/",
    "https://[2002:7f00:1::]:{port}/", "https://[2002:a00:1::1]:{port}/", "https://[2001:0:7f00:1::]:{port}/",
    "https://[2001:0:4136:e378:8000:63bf:80ff:fffe]:{port}/", "https://[2a00:1450::5efe:7f00:1]:{port}/",
    "https://[2a00:1450::200:5efe:a00:1]:{port}/",
    # what is nobody's, and what is ours
    "https://10.0.0.1:{port}/", "https://10.255.255.255/", "https://172.16.0.1/", "https://172.31.255.255/",
    "https://192.168.0.1/", "https://192.168.255.255/", "https://100.64.0.1/", "https://100.127.255.255/",
    "https://169.254.169.254/latest/meta-data/", "https://169.254.0.1/", "https://0.1.2.3/", "https://192.0.0.1/",
    "https://192.0.2.1/", "https://198.18.0.1/", "https://198.19.255.255/", "https://198.51.100.1/", "https://203.0.113.1/",
    "https://224.0.0.1/", "https://239.255.255.255/", "https://240.0.0.1/", "https://255.255.255.255/",
    "https://2852039166/", "https://0xa9fea9fe/", "https://[fe80::1]/", "https://[fe80::1%25lo]:{port}/", "https://[fc00::1]/",
    "https://[fd00:ec2::254]/", "https://[fec0::1]/", "https://[ff02::1]/", "https://[2001:db8::1]/", "https://[100::1]/",
    "https://[::ffff:169.254.169.254]/", "https://[64:ff9b::a9fe:a9fe]/", "https://[2002:a9fe:a9fe::1]/",
    # what is no https, or no address
    "http://127.0.0.1:{port}/", "http://93.184.215.14:{port}/", "http://localhost:{port}/", "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/_x", "dict://127.0.0.1:{port}/x", "ftp://127.0.0.1:{port}/", "ldap://127.0.0.1:{port}/",
    "unix:///run/x", "javascript:alert(1)", "//127.0.0.1:{port}/", "https:/127.0.0.1:{port}/", "https:127.0.0.1:{port}",
    "https://", "https://:{port}/", "https://./", "https://../", "", " ", "https://[::1", "https://[::1]x:{port}/",
    "https://[v1.x]:{port}/", "https://[127.0.0.1]:{port}/", "https://127.0.0.1:99999/", "https://127.0.0.1:x/",
    "https://0x/", "https://1.2.3.4.5/", "https://999999999999/", "https://08.1.1.1/", "https://a..b/", "https://-/ x",
    # another host than it seems, and what breaks a line
    "https://example.org@127.0.0.1:{port}/", "https://example.org:443@127.0.0.1:{port}/", "https://a:b@127.0.0.1:{port}/",
    "https://127.0.0.1:{port}\\@example.org/", "https://example.org\\@127.0.0.1:{port}/", "https://@127.0.0.1:{port}/",
    "https://127.0.0.1:{port}#@example.org/", "https://127.0.0.1:{port}?@example.org/", "https://example.org /",
    "https://example.org/\r\nHost: 127.0.0.1", "https://example.org\r\n:{port}/", "https://exam\tple.org/",
    "https://example.org/\x00", "https://example.org/\u2028x", "https://\u202e127.0.0.1:{port}/",
    "https://example.org/" + "a" * 1_000, "https://" + "a" * 64 + ".org/", "https://" + "a." * 130 + "org/",
    # doors of other protocols
    "https://8.8.8.8:25/", "https://8.8.8.8:22/", "https://8.8.8.8:465/", "https://8.8.8.8:0/",
    "https://[2001:4860::8888]:53/",
]  # fmt: skip


def test_the_table_is_long_and_says_nothing_twice():
    assert len(HOSTILE) == len(set(HOSTILE)) > 120


@pytest.mark.parametrize("url", HOSTILE, ids=ascii)
def test_a_hostile_address_is_refused_without_a_packet(url, trap, settings):
    public = settings.model_copy(update={"notices": settings.notices.model_copy(update={"webhook_networks": ()})})
    url = url.replace("{port}", str(trap.port))
    for name in HOOKS:
        with pytest.raises((Refused, NotSent)):
            post_by(name, url, public)
    with pytest.raises((Refused, NotSent)):
        Postman.of(public).post(kept_target(url, public), b"{}", {})
    assert trap.seen == []


def post_by(channel: str, url: str, settings) -> None:
    kept, _ = channels()[channel].canonical(url, settings)
    Postman.of(settings).post(kept_target(kept, settings), b"{}", {})


@pytest.mark.parametrize("text", [
    "93.184.215.14", "8.8.8.8", "2a00:1450:4007:80e::200e",
    "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::808:808",
    "2002:808:808::1",
])  # fmt: skip
def test_what_is_public_is_asked(text):
    from ipaddress import ip_address

    assert is_public(ip_address(text))


@pytest.mark.parametrize(("url", "kept"), [
    ("https://Example.ORG./Hook?a=b#c", "https://example.org/Hook?a=b"),
    ("https://exämple.org/é è", None),
    ("https://exämple.org/é", "https://xn--exmple-cua.org/%C3%A9"),
    ("https://example.org:443", "https://example.org/"),
    ("https://[2606:2800:21F::1]:8443/x", "https://[2606:2800:21f::1]:8443/x"),
])  # fmt: skip
def test_an_address_is_kept_as_it_is_asked(url, kept):
    if kept is None:
        with pytest.raises(Refused):
            read_url(url)
    else:
        assert read_url(url).url == kept


class Names:
    """A name server whose answers are one list after the other; the last one stays."""

    def __init__(self, *answers: tuple[str, ...]) -> None:
        self.answers = list(answers)
        self.asked = 0

    def __call__(self, query: bytes):
        question = dns.message.from_wire(query)
        response = dns.message.make_response(question)
        name, is_v4 = question.question[0].name, question.question[0].rdtype == 1
        found = self.answers[0] if len(self.answers) == 1 or not is_v4 else self.answers.pop(0)
        self.asked += is_v4
        if is_v4:
            response.answer.append(dns.rrset.from_text(name, 0, "IN", "A", *found))
        yield response.to_wire()


def postman(settings, names: UDPServer, *networks: str, timeout_s: float = 5.0) -> Postman:
    return Postman(timeout_s, networks, (f"127.0.0.1:{names.port}",))


def test_a_name_that_changes_its_mind_is_asked_once_and_leads_to_the_address_that_was_judged(settings, trap):
    names = Names(("127.0.0.9",), ("127.0.0.1",))
    with UDPServer(names) as server, TCPServer(http.reply(http.OK), "127.0.0.9") as good:
        man = postman(settings, server, "127.0.0.9/32")
        target = read_url(f"http://rebind.example:{good.port}/", ())
        assert man.post(target, b"{}", {}).status == 200
        assert names.asked == 1
        with pytest.raises(NotSent, match="public address"):
            man.post(read_url(f"http://rebind.example:{trap.port}/"), b"{}", {})
    assert trap.seen == []


def test_a_name_with_one_private_address_among_others_is_refused(settings, trap):
    with UDPServer(Names(("8.8.8.8", "127.0.0.1"))) as server, pytest.raises(NotSent, match="public address"):
        postman(settings, server).post(read_url(f"https://both.example:{trap.port}/"), b"{}", {})
    assert trap.seen == []


def test_a_name_that_nobody_answers_for_ends_with_the_deadline(settings):
    with UDPServer(lambda _query: ()) as server:
        began = time.monotonic()
        with pytest.raises(NotSent, match="dns_timeout"):
            postman(settings, server, timeout_s=0.4).post(read_url("https://silent.example/"), b"{}", {})
    assert time.monotonic() - began < 1.0


def test_a_redirect_is_not_followed(settings, trap):
    answer = http.redirect(f"http://127.0.0.1:{trap.port}/")
    with TCPServer(http.reply(answer), "127.0.0.9") as server, pytest.raises(NotSent, match="it answered 302"):
        send_to(settings, server)
    assert trap.seen == []


def send_to(settings, server: TCPServer, timeout_s: float = 5.0) -> int:
    from status.notifiers.posting import accepted

    man = Postman(timeout_s, ("127.0.0.0/8",), ())
    return accepted(man.post(read_url(f"http://{server.host}:{server.port}/", ("127.0.0.0/8",)), b"{}", {}))


def drip(head: bytes, more: bytes):
    def talk(connection: socket.socket, over: threading.Event) -> None:
        http.read_request(connection)
        connection.sendall(head)
        while not over.wait(0.05):
            connection.sendall(more)

    return talk


@pytest.mark.parametrize("talk", [
    drip(b"HTTP/1.1 200 ", b"O"), drip(b"HTTP/1.1 200 OK\r\n", b"X"), drip(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
    drip(b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
], ids=["a status", "a header", "headers", "continue"])  # fmt: skip
def test_an_answer_that_drips_ends_with_the_deadline(settings, talk):
    with TCPServer(talk) as server:
        began = time.monotonic()
        with pytest.raises(NotSent, match=r"not in time|no end"):
            send_to(settings, server, timeout_s=0.4)
    assert time.monotonic() - began < 1.0


def test_a_body_that_drips_was_an_answer_all_the_same_and_holds_us_no_longer_than_the_deadline(settings):
    with TCPServer(drip(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n", b"x")) as server:
        began = time.monotonic()
        assert send_to(settings, server, timeout_s=0.4) == 200
    assert time.monotonic() - began < 1.0


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 503 No\r\nContent-Length: 99999999999\r\n\r\n"]
)
def test_a_body_without_end_is_not_read(settings, head):
    with TCPServer(http.endless(head, b"x" * 65_536)) as server:
        began = time.monotonic()
        if b"200" in head:
            assert send_to(settings, server) == 200
        else:
            with pytest.raises(NotSent, match="it answered 503"):
                send_to(settings, server)
    assert time.monotonic() - began < 1.0


def test_headers_without_end_are_not_read(settings):
    talk = http.endless(b"HTTP/1.1 200 OK\r\n", b"X-More: " + b"y" * 1_000 + b"\r\n")
    with TCPServer(talk) as server, pytest.raises(NotSent, match="no end"):
        send_to(settings, server)


@pytest.mark.parametrize("answer", [
    b"", b"garbage\r\n\r\n", b"SSH-2.0-OpenSSH\r\n", b"220 mail ready\r\n", b"HTTP/1.1",
    b"HTTP/1.1 99999999999999999999 No\r\n\r\n", b"HTTP/1.1 " + b"9" * 5_000 + b" No\r\n\r\n",
    b"HTTP/1.1 2000 OK\r\n\r\n", b"HTTP/1.1 999 No\r\n\r\n", b"HTTP/1.1 000 No\r\n\r\n", b"HTTP/1.1 -20 No\r\n\r\n",
    b"HTTP/1.1 999 No\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nHTTP/1.1 200 OK\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 2000 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\n",
])  # fmt: skip
def test_what_is_no_answer_is_none(settings, answer):
    with TCPServer(http.reply(answer)) as server, pytest.raises(NotSent, match="no answer"):
        send_to(settings, server)


@pytest.mark.parametrize("answer", [
    b"HTTP/1.1 503 No\r\nHTTP/1.1 200 OK: y\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 503 No\r\nHTTP/1.1 99999999999999999999 x: y\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 503 No\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nHTTP/1.1 200 OK: y\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", b"HTTP/1.0 503\r\n\r\n",
])  # fmt: skip
def test_a_status_is_that_of_the_status_line_whatever_else_looks_like_one(settings, answer):
    with TCPServer(http.reply(answer)) as server, pytest.raises(NotSent, match="it answered 503"):
        send_to(settings, server)


@pytest.mark.parametrize("seconds", [b"9" * 19_000, b"-1", b"1e9", b"inf", b"\xb2"])
def test_whatever_it_asks_for_is_waited_for_an_hour_at_most(settings, seconds):
    answer = b"HTTP/1.1 503 No\r\nRetry-After: " + seconds + b"\r\nContent-Length: 0\r\n\r\n"
    with TCPServer(http.reply(answer)) as server, pytest.raises(NotSent) as caught:
        send_to(settings, server)
    assert caught.value.after_s in {None, 3_600.0}


@pytest.mark.parametrize(("said", "kept"), [(99, None), (100, 100), (599, 599), (600, None), (10**20, None)])
def test_no_number_but_a_status_is_carried_out_as_one(said, kept):
    assert NotSent("", answered=said).answered == kept


def test_a_proxy_of_the_environment_is_not_asked(settings, trap, monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{trap.port}")
    with TCPServer(http.reply(http.OK), "127.0.0.9") as server:
        assert send_to(settings, server) == 200
    assert trap.seen == []
