"""A name server that answers one name at once, for benches: no cache, no delay, its CPU time not counted."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def serve_name(address: str, port: int, name: str, answer: str) -> Iterator[None]:
    """Answer A questions about `name` with `answer`, AAAA ones with nothing, all others with NXDOMAIN."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((address, port))
        sock.settimeout(0.2)
        stop = threading.Event()
        wanted = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
        thread = threading.Thread(target=_serve, args=(sock, stop, wanted, socket.inet_aton(answer)))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


def _serve(sock: socket.socket, stop: threading.Event, wanted: bytes, address: bytes) -> None:
    while not stop.is_set():
        try:
            query, peer = sock.recvfrom(4_096)
        except TimeoutError:
            continue
        end = query.index(b"\0", 12) + 1
        known = query[12:end].lower() == wanted
        is_a = query[end : end + 2] == b"\0\1"
        flags = 0x8580 if known else 0x8583
        record = b"\xc0\x0c\0\1\0\1" + struct.pack("!IH", 60, 4) + address if known and is_a else b""
        head = query[:2] + struct.pack("!HHHHH", flags, 1, 1 if record else 0, 0, 0)
        sock.sendto(head + query[12 : end + 4] + record, peer)
