"""tcp: what ports may do, and what it is called."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from pydantic import ValidationError

from probes.kinds.tcp import TCPOptions
from probes.types import Outcome
from tests.lab.ca import Authority
from tests.probes.measuring import measure
from tests.servers import http
from tests.servers.loopback import Talk, TCPServer, closed_port, drip, hang


def test_an_open_port_is_ok() -> None:
    with TCPServer(hang) as server:
        seen = measure("tcp", target=f"127.0.0.1:{server.port}")
    assert seen.outcome is Outcome.OK
    assert list(seen.phases_s) == ["resolve", "connect", "total"]


def test_an_expected_answer_is_ok_and_kept() -> None:
    with TCPServer(http.reply(http.OK)) as server:
        seen = measure("tcp", target=f"127.0.0.1:{server.port}", send="GET / HTTP/1.0\r\n\r\n", expect="^HTTP/1.1 200")
    assert seen.evidence["answer"] == "HTTP/1.1 200 OK"


@pytest.mark.parametrize(
    ("talk", "options", "reason"),
    [
        (hang, {"expect": "^220"}, "stalled"),
        (drip(b"x" * 30), {"expect": "^220"}, "stalled"),
        (http.reply(http.OK), {"send": "\r\n\r\n", "expect": "^220"}, "protocol"),
        (http.reply(b""), {"send": "\r\n\r\n", "expect": "^220"}, "closed"),
        (http.reply(b"22"), {"send": "\r\n\r\n", "expect": "^220 .*\n"}, "protocol"),
        (http.reset, {"send": "\r\n\r\n", "expect": "^220"}, "reset"),
        (http.endless(b"", b"\xff\x00" * 4_000), {"send": "\r\n\r\n", "expect": "^220"}, "too_large"),
        (hang, {"tls": True}, "stalled"),
        (http.reply(b""), {"tls": True}, "stalled"),
        (http.reply(b"no tls at all\r\n\r\n"), {"tls": True, "send": "\r\n\r\n"}, "stalled"),
    ],
)
def test_each_fault_has_its_name(talk: Talk, options: dict[str, Any], reason: str) -> None:
    with TCPServer(talk) as server:
        began = time.monotonic()
        seen = measure("tcp", 1.0, target=f"127.0.0.1:{server.port}", **options)
        lasted_s = time.monotonic() - began
    assert (seen.outcome, seen.reason) == (Outcome.FAILED, reason), seen
    assert lasted_s < 1.5


def test_a_closed_port_is_refused() -> None:
    assert measure("tcp", target=f"127.0.0.1:{closed_port()}").reason == "refused"


def test_an_ipv6_port_is_reached() -> None:
    try:
        server = TCPServer(hang, "::1")
    except OSError as error:
        pytest.skip(f"this machine has no ::1: {error}")
    with server:
        assert measure("tcp", target=f"[::1]:{server.port}").outcome is Outcome.OK


def test_tls_is_verified_for_the_name_told(tmp_path_factory: pytest.TempPathFactory) -> None:
    authority = Authority(tmp_path_factory.mktemp("ca"))
    context = authority.issue("good", ("www.lab.test",)).server_context()

    def talk(connection: Any, over: threading.Event) -> None:
        with context.wrap_socket(connection, server_side=True):
            over.wait()

    with TCPServer(talk) as server:
        options = {"target": f"127.0.0.1:{server.port}", "tls": True, "ca_file": str(authority.pem)}
        good = measure("tcp", tls_name="www.lab.test", **options)
        bad = measure("tcp", **options)
    assert (good.outcome, bad.reason) == (Outcome.OK, "tls_wrong_name"), bad


@pytest.mark.parametrize(
    "options",
    [
        {"target": "x"},
        {"target": "x:0"},
        {"target": ":1"},
        {"target": "::1:80"},
        {"target": "x:1", "expect": "("},
        {"target": "x:1", "tls_name": "y"},
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TCPOptions.model_validate(options)
