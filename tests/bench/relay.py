"""A mail server on loopback that takes whatever it is given, fast: `python -m tests.bench.relay PORT FILE`.

It writes a line a mail: recipient, Message-ID, and which of the bench's updates it holds, in their order.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MARKS = {"mot-un": 1, "mot-deux": 2, "mot-trois": 3}


@dataclass(frozen=True)
class RelayLog:
    """A running one: its port, and the file it writes."""

    port: int
    file: Path

    @classmethod
    @contextmanager
    def running(cls, file: Path) -> Iterator[RelayLog]:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        file.touch()
        started = subprocess.Popen([sys.executable, "-m", "tests.bench.relay", str(port), str(file)])
        try:
            _await(port)
            yield cls(port, file)
        finally:
            started.terminate()
            started.wait(10)

    def count(self) -> int:
        with self.file.open("rb") as lines:
            return sum(1 for _ in lines)

    def read(self) -> Iterator[tuple[str, list[int]]]:
        for line in self.file.read_text().splitlines():
            recipient, _uid, said = line.split("\t")
            yield recipient, [int(k) for k in said.split()]


class Talk(asyncio.Protocol):
    """One connection; the file is written line by line."""

    def __init__(self, file) -> None:
        self._file = file
        self._buffer = b""
        self._in_data = False
        self._to = ""

    def connection_made(self, transport) -> None:
        self._transport = transport
        transport.write(b"220 relay\r\n")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while self._step():
            pass

    def _step(self) -> bool:
        if self._in_data:
            mail, end, rest = self._buffer.partition(b"\r\n.\r\n")
            if not end:
                return False
            self._in_data, self._buffer = False, rest
            self._keep(mail)
            self._transport.write(b"250 2.0.0 kept\r\n")
            return True
        line, end, rest = self._buffer.partition(b"\r\n")
        if not end:
            return False
        self._buffer = rest
        verb = line[:4].upper()
        if verb == b"RCPT":
            self._to = line.partition(b"<")[2].partition(b">")[0].decode()
        self._in_data = verb == b"DATA"
        self._transport.write(b"354 go on\r\n" if verb == b"DATA" else b"250 ok\r\n")
        return True

    def _keep(self, mail: bytes) -> None:
        head, _, _ = mail.partition(b"\r\n\r\n")
        uid = email.message_from_bytes(head)["Message-ID"]
        plain = mail.partition(b"text/html")[0].replace(b"=\r\n", b"").decode("ascii", "replace")
        found = sorted((plain.index(mark), k) for mark, k in MARKS.items() if mark in plain)
        self._file.write(f"{self._to}\t{uid}\t{' '.join(str(k) for _, k in found)}\n")
        self._file.flush()


async def serve(port: int, path: Path) -> None:
    with path.open("a") as file:
        server = await asyncio.get_running_loop().create_server(lambda: Talk(file), "127.0.0.1", port)
        async with server:
            await server.serve_forever()


def _await(port: int) -> None:
    give_up_at = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.05)
        else:
            return


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
