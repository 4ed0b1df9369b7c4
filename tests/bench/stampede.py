"""A stampede of feed readers: `./travaux bench stampede [--fetches N] [--readers N]`.

Readers hold a connection each to the web process as the supervisor starts it. Each asks for a feed once whole, then
again and again with the validators it was given, all as fast as they are answered. Meanwhile the database is not
there: what is answered was neither read from it nor rendered; what the app was asked is counted besides.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from time import monotonic

from tests.bench.counted import command, rendered
from tests.bench.measuring import cpu_ms
from tests.bench.pages import published
from tests.bench.serving import Server, running

SHARE, P99_MS = 0.99, 100.0
FEEDS = tuple(
    f"/{language}/{place}{feed}"
    for language in ("fr", "en")
    for place in ("", "components/email/", "types/incident/")
    for feed in ("feed.rss", "feed.atom", "feed.json", "events.atom")
)


@dataclass
class Seen:
    """What the readers were answered: how often which code, and how long each answer took (ms)."""

    codes: Counter[int] = field(default_factory=Counter)
    took_ms: list[float] = field(default_factory=list)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--fetches", type=int, default=100_000)
    parser.add_argument("--readers", type=int, default=200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="travaux-bench-") as name, published(Path(name), FEEDS) as provider:
        count_file = Path(name) / "asked"
        with running("ours", command(provider.runtime.places.data, count_file), "/fr") as server:
            database = Path(provider.runtime.engine.url.database or "")
            database.rename(database.with_suffix(".away"))
            before_ms, began = cpu_ms(server.pid), monotonic()
            seen = asyncio.run(stampede(server, options.readers, options.fetches))
            took_s, spent_ms = monotonic() - began, cpu_ms(server.pid) - before_ms
            database.with_suffix(".away").rename(database)
    return told(seen, took_s, spent_ms, len(rendered(count_file)))


def told(seen: Seen, took_s: float, spent_ms: float, renders: int) -> int:
    count = sum(seen.codes.values())
    share = seen.codes[304] / count
    seen.took_ms.sort()
    p99 = seen.took_ms[int(count * 0.99)]
    print(f"{count} fetches in {took_s:.1f} s, {count / took_s:.0f} a second; {spent_ms * 1e3 / count:.0f} µs CPU each")
    print(f"answers {dict(seen.codes)}: {share:.2%} unchanged (to reach {SHARE:.0%})")
    print(f"p50 {statistics.median(seen.took_ms):.1f} ms, p99 {p99:.1f} ms (to reach {P99_MS:g})")
    print(f"rendered or asked of the app: {renders} (to reach 0); the database was not there")
    return 0 if share >= SHARE and p99 < P99_MS and not renders else 1


async def stampede(server: Server, readers: int, fetches: int) -> Seen:
    seen = Seen()
    paths = cycle(FEEDS)
    await asyncio.gather(*(read(server.port, next(paths), fetches // readers, seen) for _ in range(readers)))
    return seen


async def read(port: int, path: str, times: int, seen: Seen) -> None:
    """Fetch a feed so many times over one connection, from the second on with its validator."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    asking = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip\r\n"
    validator = ""
    for _ in range(times):
        began = monotonic()
        writer.write(f"{asking}{validator}\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        code = int(head.split(" ", 2)[1])
        headers = dict(line.split(": ", 1) for line in head.lower().split("\r\n")[1:] if line)
        if code == 200:
            await reader.readexactly(int(headers["content-length"]))
        seen.took_ms.append((monotonic() - began) * 1e3)
        seen.codes[code] += 1
        validator = f"If-None-Match: {headers['etag']}\r\n"
    writer.close()


if __name__ == "__main__":
    sys.exit(main())
