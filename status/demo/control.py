"""The demonstration's switchboard: one line of JSON in, one line of JSON out, over a Unix socket of this user.

The command line uses `ask`; it loads no server and needs none of the demonstration's libraries.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

ANSWER_WITHIN_S: Final = 5.0
LINE_BYTES: Final = 65_536
ADDRESS_BYTES: Final = 107
"""A Unix socket's address holds 108 bytes, the last one zero (man 7 unix)."""

Obey = Callable[[Mapping[str, Any]], Any]
"""Do what a request asks and give the answer; the message of a Complaint goes back to who asked."""


class NotRunning(Exception):
    """No demonstration listens on the socket."""


class Complaint(Exception):
    """The demonstration refuses a request; the message says why."""


class RunsAlready(Exception):
    """A demonstration already listens on the socket; the message says who and what to do."""


def ask(path: Path, request: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Send a request, give the state of every service after it.

    Raise NotRunning when nobody listens, Complaint when it is refused or not answered within 5 s.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(ANSWER_WITHIN_S)
        try:
            with _address(path) as address:
                line.connect(address)
        except OSError as error:
            raise NotRunning(str(error)) from error
        try:
            line.sendall(json.dumps(dict(request)).encode() + b"\n")
            answer = json.loads(line.makefile("rb").readline(LINE_BYTES) or b"{}")
        except (OSError, ValueError) as error:
            raise Complaint(f"the demonstration on {path} gave no answer: {error}") from error
    if "error" in answer or "services" not in answer:
        raise Complaint(str(answer.get("error", f"the demonstration on {path} ended the conversation")))
    services: list[dict[str, Any]] = answer["services"]
    return services


def bind(path: Path) -> socket.socket:
    """Listen on `path`, mode 600. A dead process's socket is replaced; raise RunsAlready when a live one answers."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _refuse_a_live_one(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.setblocking(False)
    try:
        path.unlink(missing_ok=True)
        with _address(path) as address:
            listener.bind(address)
        path.chmod(0o600)  # nobody can connect before listen()
        listener.listen()
    except BaseException:
        listener.close()
        raise
    return listener


async def serve(listener: socket.socket, obey: Obey) -> asyncio.Server:
    """Answer on the socket that `bind` gave until the server is closed."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                line = await reader.readline()
            writer.write(json.dumps(_answer(line, obey)).encode() + b"\n")
            await writer.drain()
        except (OSError, TimeoutError, ValueError):  # left, fell silent, or sent a line without end
            return
        finally:
            writer.close()

    return await asyncio.start_unix_server(converse, sock=listener, limit=LINE_BYTES)


def _answer(line: bytes, obey: Obey) -> dict[str, Any]:
    try:
        request = json.loads(line)
    except ValueError:
        return {"error": "expected one line of JSON"}
    if not isinstance(request, dict):
        return {"error": "expected a JSON object with an action"}
    try:
        return {"services": obey(request)}
    except Complaint as complaint:
        return {"error": str(complaint)}


def _refuse_a_live_one(path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(ANSWER_WITHIN_S)
        try:
            with _address(path) as address:
                line.connect(address)
        except (FileNotFoundError, ConnectionRefusedError):
            return
        credentials = line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    pid, _, _ = struct.unpack("3i", credentials)
    raise RunsAlready(
        f"a demonstration already runs here (pid {pid} answers on {path}): end it first, "
        "or give this one its own [paths] data and [demo] ports_from"
    )


@contextmanager
def _address(path: Path) -> Iterator[str]:
    """Give an address of a socket that is short enough, however deep its folder lies."""
    if len(os.fsencode(path)) <= ADDRESS_BYTES:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
