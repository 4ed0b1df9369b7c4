"""Server CPU per request of published pages beside nginx with the same bytes: `./travaux bench pages`.

One run, interleaved rounds: front, event page and feed, whole and 304, nginx and ours in turn, server on one core and
wrk on the other. CPU is user + system of every process of the server (/proc/PID/stat), divided by the requests wrk
counted; what the app of our web process was asked meanwhile is counted too. Then a filtered list under 500 clients
(`tests.bench.filtered`).
"""

from __future__ import annotations

import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from status.models import Base
from status.models.engine import create_file, make_engine, make_sessions
from status.publication import process
from status.publication.manifest import Manifest, read_current
from status.publication.objects import Objects
from status.web.assets import assets
from status.web.headers import SECURITY
from tests.bench import filtered
from tests.bench.counted import command, rendered
from tests.bench.serving import Server, free_port, running
from tests.status.publication.provider import Provider, make_provider

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
SECONDS = int(os.environ.get("BENCH_SECONDS", "3"))
CONNECTIONS = 32
PATHS = {"front": "/fr", "event": "/fr/travaux/1234", "feed": "/fr/feed.rss"}
TO_REACH = {"whole": 2.0, "304": 2.5}
NGINX_CONF = """
daemon off; master_process on; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; etag on; keepalive_requests 100000000; server_tokens off;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{
    listen 127.0.0.1:{port};
    gzip_static on; gzip_vary on;
    {locations}
  }}
}}
"""
NGINX_LOCATION = """
    location = {path} {{
      alias {file};
      types {{ }}
      default_type "{media_type}";
      add_header Cache-Control no-cache;
      {headers}
    }}
"""


def main() -> int:
    """Measure and print the tables; 1 when a figure is not reached, 2 when a program is missing."""
    missing = [name for name in ("nginx", "wrk", "taskset") if shutil.which(name) is None]
    if missing:
        print(f"bench pages needs {', '.join(missing)}: apt-get install nginx-light wrk util-linux")
        return 2
    with tempfile.TemporaryDirectory() as name, published(Path(name), PATHS.values()) as provider:
        folder = Path(name)
        count_file = folder / "asked"
        with (
            _nginx(folder, provider) as nginx,
            running("ours", command(provider.runtime.places.data, count_file), PATHS["front"]) as ours,
        ):
            reached = _measure(nginx, ours)
            asked = rendered(count_file)
    print(f"rendered in the web process meanwhile: {len(asked)} (to reach 0)")
    return 0 if filtered.measure() and reached and not asked else 1


def _measure(nginx: Server, ours: Server) -> bool:
    etags = {(server, path): _check(server, path) for path in PATHS.values() for server in (nginx, ours)}
    costs: dict[tuple[str, str, str], list[float]] = {}
    rates: dict[tuple[str, str, str], list[float]] = {}
    for _ in range(ROUNDS):
        for kind, path in PATHS.items():
            for what in TO_REACH:
                for server in (nginx, ours):
                    cost, rate = _load(server, path, etags[server, path] if what == "304" else None)
                    costs.setdefault((kind, what, server.name), []).append(cost)
                    rates.setdefault((kind, what, server.name), []).append(rate)
    print(f"{'':12} {'nginx µs':>9} {'ours µs':>9} {'ratio':>6} {'to reach':>9}   requests/s (nginx, ours)")
    reached = True
    for kind in PATHS:
        for what, limit in TO_REACH.items():
            pairs = zip(costs[kind, what, "ours"], costs[kind, what, "nginx"], strict=True)
            ratio = statistics.median(own / other for own, other in pairs)
            median = {name: statistics.median(costs[kind, what, name]) for name in ("nginx", "ours")}
            speed = {name: statistics.median(rates[kind, what, name]) for name in ("nginx", "ours")}
            reached &= ratio <= limit
            print(
                f"{kind + ' ' + what:12} {median['nginx']:9.1f} {median['ours']:9.1f} {ratio:6.2f} {limit:9.1f}   "
                f"{speed['nginx']:.0f}, {speed['ours']:.0f}"
            )
    return reached


def _load(server: Server, path: str, etag: str | None) -> tuple[float, float]:
    """Load a server; give its CPU per request (µs) and the requests per second."""
    condition = ["-H", f"If-None-Match: {etag}"] if etag else []
    url = f"http://127.0.0.1:{server.port}{path}"
    wrk = ["taskset", "-c", "0", "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-H", "Accept-Encoding: gzip"]
    before = _cpu_s(server.pid)
    said = subprocess.run([*wrk, *condition, url], capture_output=True, text=True, check=True).stdout
    spent = _cpu_s(server.pid) - before
    requests = int(re.search(r"(\d+) requests in", said).group(1))
    assert "Non-2xx" not in said, said
    return spent / requests * 1e6, requests / SECONDS


def _check(server: Server, path: str) -> str:
    """Make sure that the page is whole, compressed and revalidated; give its entity tag."""
    full = server.get(path, {"Accept-Encoding": "gzip"})
    assert (full.status, full.getheader("content-encoding")) == (200, "gzip"), (server, full.status)
    etag = full.getheader("etag")
    again = server.get(path, {"Accept-Encoding": "gzip", "If-None-Match": etag})
    assert again.status == 304, (server, again.status)
    print(f"{server.name} {path}: {full.getheader('content-length')} bytes compressed, etag {etag}")
    return etag


def _cpu_s(pid: int) -> float:
    """Give user + system seconds of a process and all below it."""
    ticks = 0
    for member in [pid, *_below(pid)]:
        fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _below(pid: int) -> list[int]:
    children = [
        int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
    ]
    return [member for child in children for member in (child, *_below(child))]


@contextmanager
def published(folder: Path, paths: Collection[str]) -> Iterator[Provider]:
    """A provider with ten incidents, published once by the real publisher, these paths at least."""
    engine = make_engine(f"sqlite:///{folder}/travaux.db")
    create_file(engine)
    Base.metadata.create_all(engine)
    provider = make_provider(make_sessions(engine), engine, folder)
    provider.clock.pass_time(time.time() - provider.clock.at.wall)
    for _ in range(10):
        uid = provider.open(fr="Les messages arrivent en retard.", en="Messages are late.")
        provider.write(uid, fr="Nous cherchons.", en="We are looking.")
    provider.verify()
    stop = threading.Event()
    publisher = threading.Thread(target=process.run, args=(provider.runtime, provider.render, assets(), stop))
    publisher.start()
    while not _has_all(read_current(provider.runtime.places.published), paths):
        time.sleep(0.05)
    stop.set()
    publisher.join()
    yield provider
    engine.dispose()


def _has_all(manifest: Manifest | None, paths: Collection[str]) -> bool:
    return manifest is not None and all(path in manifest.entries for path in paths)


@contextmanager
def _nginx(folder: Path, provider: Provider) -> Iterator[Server]:
    manifest = read_current(provider.runtime.places.published)
    objects = Objects(provider.runtime.places.published / "objects")
    headers = "\n".join(f'add_header {name} "{value}";' for name, value in SECURITY.items())
    folder.chmod(0o755)
    locations = ""
    for kind, path in PATHS.items():
        entry, file = manifest.entries[path], folder / kind
        file.write_bytes(objects.body(entry.object.hash))
        Path(f"{file}.gz").write_bytes(objects.packed(entry.object.hash))
        locations += NGINX_LOCATION.format(path=path, file=file, media_type=entry.content_type, headers=headers)
    conf = folder / "nginx.conf"
    port = free_port()
    conf.write_text(NGINX_CONF.format(folder=folder, port=port, locations=locations))
    start = ["nginx", "-e", f"{folder}/error.log", "-p", str(folder), "-c", str(conf)]
    with running("nginx", start, PATHS["front"], port) as server:
        yield server


if __name__ == "__main__":
    sys.exit(main())
