"""Start real servers from Debian for a test, on loopback, and end, freeze or thaw them.

    require(binaries) ─▶ Server(argv, ready) ─▶ freeze() ⇄ thaw() ─▶ stop()

A missing server skips the test with the line that installs it; with LAB_REQUIRED=1 it fails the test instead.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

import pytest

START_S = 20.0
STOP_S = 2.0
SYSTEM_PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/lib/postfix/sbin"])

PACKAGES = {
    "chromium": "chromium",
    "dovecot": "dovecot-imapd",
    "faketime": "faketime",
    "freeradius": "freeradius",
    "kamailio": "kamailio",
    "named": "bind9",
    "newsboat": "newsboat",
    "nginx": "nginx-light",
    "postfix": "postfix",
    "prometheus-blackbox-exporter": "prometheus-blackbox-exporter",
    "r2e": "rss2email",
    "wrk": "wrk",
}
"""The Debian package of a program the tests start, where packages.txt has it."""


def find(binary: str) -> str | None:
    """Give the path of a program, /usr/sbin searched too (it is not on everybody's PATH)."""
    return shutil.which(binary, path=SYSTEM_PATH)


def require(*binaries: str, root: bool = False) -> None:
    """Skip the test, or fail it with LAB_REQUIRED=1, when a program (or being root) is missing."""
    missing = sorted({PACKAGES.get(binary, binary) for binary in binaries if find(binary) is None})
    reason = f"lab: missing; apt-get install -y --no-install-recommends {' '.join(missing)}" if missing else ""
    if root and os.geteuid() != 0:
        reason = reason or f"lab: {', '.join(binaries)} must be started by root"
    if reason and os.environ.get("LAB_REQUIRED") == "1":
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)


class LabError(AssertionError):
    """A real server did not come up; the text ends with what it logged."""


class Server:
    """A real server in a process group of its own. `ready` is asked until it says yes; a port means: accepts TCP."""

    def __init__(self, argv: Sequence[str], ready: int | Callable[[], bool], folder: Path, name: str = "") -> None:
        self._argv = [find(argv[0]) or argv[0], *argv[1:]]
        self._ready = ready
        self.folder = folder
        self.log = folder / f"{name or Path(argv[0]).name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start it and wait until it is ready. Raise LabError with its log when it ends or takes over 20 s."""
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                self._argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder, start_new_session=True
            )
        until = time.monotonic() + START_S
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > until:
                self.stop()
                raise LabError(f"{self._argv[0]} did not come up:\n{self.log.read_text(errors='replace')[-3000:]}")
            time.sleep(0.01)
        return self

    def stop(self) -> None:
        """End its whole process group: SIGTERM, after 2 s SIGKILL. Does nothing when it does not run."""
        if self._process is None:
            return
        self._signal(signal.SIGCONT)
        self._signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_S)
        self._signal(signal.SIGKILL)
        self._process.wait()
        _await(lambda: _states(self._process_group()) <= {"Z"})  # a child that dies slowly still holds the port
        self._process = None

    def freeze(self) -> None:
        """Let it hang: its kernel still accepts connections, it never answers. Every thread stands on return."""
        self._signal(signal.SIGSTOP)
        _await(lambda: _states(self._process_group()) <= {"T", "Z"})

    def thaw(self) -> None:
        """Let a frozen server go on."""
        self._signal(signal.SIGCONT)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _is_ready(self) -> bool:
        if callable(self._ready):
            return self._ready()
        with suppress(OSError), socket.create_connection(("127.0.0.1", self._ready), 0.5):
            return True
        return False

    def _process_group(self) -> int:
        assert self._process is not None
        return self._process.pid

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process_group(), number)


def _states(group: int) -> set[str]:
    """Give the states of all threads of a process group (proc(5): state, parent and group follow the name)."""
    states = set()
    for stat in Path("/proc").glob("[0-9]*/task/*/stat"):
        with suppress(OSError):
            state, _parent, its_group = stat.read_text(errors="replace").rpartition(")")[2].split()[:3]
            if int(its_group) == group:
                states.add(state)
    return states


def _await(condition: Callable[[], bool]) -> None:
    """Wait until `condition` holds, at most 2 s."""
    until = time.monotonic() + STOP_S
    while not condition() and time.monotonic() < until:
        time.sleep(0.005)


_GIVEN: set[int] = set()


def free_port(*hosts: str) -> int:
    """Give a port that is free for TCP and UDP on every one of `hosts` (default 127.0.0.1), none of them twice."""
    while True:
        with socket.socket() as first:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            if port not in _GIVEN and all(_is_free(host, port) for host in hosts or ("127.0.0.1",)):
                _GIVEN.add(port)
                return port


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        if kind is socket.SOCK_STREAM and host == "127.0.0.1":
            continue  # the caller holds it
        with socket.socket(family, kind) as sock:
            try:
                sock.bind((host, port))
            except OSError:
                return False
    return True
