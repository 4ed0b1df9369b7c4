"""The switchboard's socket."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import stat
from pathlib import Path

import pytest

from status.demo.control import Complaint, NotRunning, RunsAlready, ask, bind, serve


def grumpy(request) -> list[dict]:
    if request.get("action") != "status":
        raise Complaint("only status here")
    return [{"service": "sip"}]


def conversation(path: Path, talk):
    """Serve on `path` while `talk` runs in a thread; give what it gave."""

    async def both():
        server = await serve(bind(path), grumpy)
        try:
            return await asyncio.to_thread(talk)
        finally:
            server.close()

    return asyncio.run(both())


def say(path: Path, line: bytes) -> dict:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(5)
        client.connect(str(path))
        client.sendall(line)
        client.shutdown(socket.SHUT_WR)
        return json.loads(client.makefile("rb").readline())


def test_a_request_is_answered(tmp_path: Path) -> None:
    path = tmp_path / "demo.sock"
    assert conversation(path, lambda: ask(path, {"action": "status"})) == [{"service": "sip"}]


def test_a_refusal_comes_back_as_a_complaint(tmp_path: Path) -> None:
    path = tmp_path / "demo.sock"
    with pytest.raises(Complaint, match="only status here"):
        conversation(path, lambda: ask(path, {"action": "break"}))


@pytest.mark.parametrize("line", [b"nonsense\n", b"[1]\n", b"\xff\n", b"\n", b"no end"])
def test_garbage_is_answered_with_what_was_expected(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "demo.sock"
    assert "expected" in conversation(path, lambda: say(path, line))["error"]


def test_the_socket_is_for_this_user_alone(tmp_path: Path) -> None:
    path = tmp_path / "demo.sock"
    bind(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_socket_of_a_dead_process_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "demo.sock"
    bind(path).close()
    bind(path).close()


def test_a_live_one_is_not_replaced_and_is_named(tmp_path: Path) -> None:
    path = tmp_path / "demo.sock"
    with bind(path), pytest.raises(RunsAlready, match=rf"already runs here \(pid {os.getpid()} "):
        bind(path)


def test_nobody_listening_is_said(tmp_path: Path) -> None:
    path = tmp_path / "demo.sock"
    with pytest.raises(NotRunning):
        ask(path, {"action": "status"})
    bind(path).close()
    with pytest.raises(NotRunning):
        ask(path, {"action": "status"})


def test_a_folder_deeper_than_a_socket_address_works(tmp_path: Path) -> None:
    path = tmp_path / ("deep" * 20) / ("deeper" * 10) / "demo.sock"
    assert conversation(path, lambda: ask(path, {"action": "status"})) == [{"service": "sip"}]
