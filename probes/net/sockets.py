"""Non-blocking sockets to literal addresses, and what a socket's error says about the target."""

from __future__ import annotations

import asyncio
import errno
import os
import socket

from probes.types import CannotProbe, ProbeFailure

_REASONS = {
    errno.ECONNREFUSED: "refused",
    errno.ECONNRESET: "reset",
    errno.ECONNABORTED: "reset",
    errno.EPIPE: "reset",
    errno.EHOSTUNREACH: "unreachable",
    errno.ENETUNREACH: "unreachable",
    errno.EHOSTDOWN: "unreachable",
    errno.ENETDOWN: "unreachable",
    errno.EADDRNOTAVAIL: "unreachable",
    errno.ETIMEDOUT: "timeout",
}
_OURS = {
    errno.EACCES: "no_permission",
    errno.EPERM: "no_permission",
    errno.EMFILE: "no_capacity",
    errno.ENFILE: "no_capacity",
    errno.ENOBUFS: "no_capacity",
    errno.ENOMEM: "no_capacity",
}


async def connect(address: str, port: int, kind: socket.SocketKind) -> socket.socket:
    """Give a non-blocking socket connected to a literal address; it never resolves. Raise OSError.

    A UDP socket is connected too: a closed port is then seen at once (ICMP becomes ECONNREFUSED), and datagrams
    of anybody else are dropped by the kernel. No deadline of its own: the caller's `asyncio.timeout` ends it.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    made = socket.socket(family, kind)
    try:
        made.setblocking(False)
        await asyncio.get_running_loop().sock_connect(made, (address, port))
    except BaseException:
        made.close()
        raise
    return made


def socket_failure(error: OSError, where: str) -> ProbeFailure | CannotProbe | None:
    """Say what `error` means for the target; `where` names it and the phase. None when it says nothing we know."""
    code = error.errno or (errno.ECONNRESET if isinstance(error, ConnectionError) else 0)  # asyncio's have no errno
    detail = f"{os.strerror(code)} ({where})"
    if reason := _REASONS.get(code):
        return ProbeFailure(reason, detail)
    if reason := _OURS.get(code):
        return CannotProbe(reason, detail)
    return None


def endpoint(address: str, port: int) -> str:
    """Give `address:port` as people and URIs write it, IPv6 in brackets."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
