"""Bind the demonstration's ports; when one is taken, say by whom."""

from __future__ import annotations

import errno
import socket
from contextlib import suppress
from pathlib import Path
from typing import Final

HOST: Final = "127.0.0.1"
BACKLOG: Final = 128


class NotStarted(Exception):
    """The demonstration, or one of its ports, can't start; the message says why and what to do."""


def bind_tcp(port: int) -> socket.socket:
    """Listen on a TCP port of 127.0.0.1, non-blocking. Raise NotStarted when it is taken or not allowed."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # Connections of the last run may still linger; two listeners on one port stay impossible on Linux.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    _bind(listener, port, "tcp")
    listener.listen(BACKLOG)
    return listener


def bind_udp(port: int) -> socket.socket:
    """Bind a UDP port of 127.0.0.1, non-blocking. Raise NotStarted when it is taken or not allowed."""
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    _bind(receiver, port, "udp")
    return receiver


def _bind(new: socket.socket, port: int, transport: str) -> None:
    new.setblocking(False)
    try:
        new.bind((HOST, port))
    except OSError as error:
        new.close()
        raise NotStarted(_refusal(error, port, transport)) from error


def _refusal(error: OSError, port: int, transport: str) -> str:
    if error.errno != errno.EADDRINUSE:
        return f"port {port}/{transport} of {HOST} can't be opened: {error.strerror}"
    owner = _owner(port, transport)
    held = f"held by {owner}" if owner else "held by a process that this user may not see"
    return (
        f"port {port}/{transport} of {HOST} is in use, {held}: "
        "end that process, or set [demo] ports_from to the first of 14 free ports"
    )


def _owner(port: int, transport: str) -> str | None:
    """Name who holds a port (`python3, pid 4711`), as far as /proc shows it to this user."""
    inodes = _inodes(port, transport)
    for process in Path("/proc").glob("[0-9]*"):
        if inodes & _open_files(process):
            return f"{(process / 'comm').read_text().strip()}, pid {process.name}"
    return None


def _open_files(process: Path) -> set[str]:
    files = set()
    try:
        for link in (process / "fd").iterdir():
            with suppress(FileNotFoundError):  # closed meanwhile
                files.add(link.readlink().name)
    except OSError:  # the process ended meanwhile, or is another user's
        return set()
    return files


def _inodes(port: int, transport: str) -> set[str]:
    """Give the socket links that hold a port, read from /proc/net (columns 2 and 10, man 5 proc)."""
    wanted = f":{port:04X}"
    found = set()
    for table in (transport, f"{transport}6"):
        try:
            lines = Path("/proc/net", table).read_text().splitlines()[1:]
        except OSError:
            continue
        rows = (line.split() for line in lines)
        listening = {"0A"} if transport == "tcp" else {"07"}
        found |= {f"socket:[{row[9]}]" for row in rows if row[1].endswith(wanted) and row[3] in listening}
    return found
