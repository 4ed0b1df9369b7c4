"""Who listens on a port, found in /proc: the answer to "Address already in use"."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import Final

LISTENING: Final = "0A"
"""TCP_LISTEN in /proc/net/tcp (include/net/tcp_states.h)."""

COMMAND_LENGTH: Final = 80


def owner(host: str, port: int) -> str:
    """Name the process that listens where `host` (an address) and `port` say: `nginx (pid 123)`. Doubt is said."""
    inodes = _listening_inodes(host, port)
    for process in Path("/proc").glob("[0-9]*"):
        if _sockets(process) & inodes:
            top = _topmost(int(process.name))
            return f"{_command(top)} (pid {top})"
    return "a process that this user may not see (as root, `ss -ltnp` names it)"


def _listening_inodes(host: str, port: int) -> set[str]:
    found = set()
    for table in ("tcp", "tcp6"):
        for line in _lines(Path("/proc/net") / table)[1:]:
            columns = line.split()
            local, state, inode = columns[1], columns[3], columns[9]
            their_host, _, their_port = local.partition(":")
            if state == LISTENING and int(their_port, 16) == port and _overlap(their_host, host):
                found.add(inode)
    return found


def _overlap(encoded: str, host: str) -> bool:
    """Tell whether an address of /proc/net/tcp{,6} (words of 32 bits in the machine's order) and ours meet."""
    words = [bytes.fromhex(encoded[at : at + 8])[::-1] for at in range(0, len(encoded), 8)]
    theirs, ours = ip_address(b"".join(words)), ip_address(host)
    if isinstance(theirs, IPv6Address) and theirs.ipv4_mapped is not None:
        theirs = theirs.ipv4_mapped
    return theirs.is_unspecified or ours.is_unspecified or theirs == ours


def _sockets(process: Path) -> set[str]:
    try:
        links = [str(entry.readlink()) for entry in (process / "fd").iterdir()]
    except OSError:
        return set()
    return {link.removeprefix("socket:[").rstrip("]") for link in links if link.startswith("socket:[")}


def _topmost(pid: int) -> int:
    """Climb from a worker to what started it, as long as that is the same program: only ending that one helps."""
    while True:
        status = dict(line.split(":", 1) for line in _lines(Path(f"/proc/{pid}/status")) if ":" in line)
        parent = int(status.get("PPid", "0"))
        if not _is_ours(parent) or not (_is_ours(pid) or "multiprocessing" in _command(pid)):
            return pid
        pid = parent


def _is_ours(pid: int) -> bool:
    arguments = _arguments(pid)
    return "status.cli" in arguments or any(Path(part).name == "travaux" for part in arguments[:2])


def _arguments(pid: int) -> list[str]:
    lines = _lines(Path(f"/proc/{pid}/cmdline"))
    return [part for part in "".join(lines).split("\0") if part]


def _command(pid: int) -> str:
    arguments = _arguments(pid)
    if _is_ours(pid):
        return "another travaux"
    shown = " ".join([Path(arguments[0]).name, *arguments[1:]]) if arguments else "a process without a command line"
    return shown if len(shown) <= COMMAND_LENGTH else shown[: COMMAND_LENGTH - 1] + "…"


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
