"""Server CPU per request of the front page beside nginx with the same bytes: `./travaux bench pages`.

One run, interleaved rounds: page and 304, nginx and ours in turn, server on one core and wrk on the other. CPU is
user + system of every process of the server (/proc/PID/stat), divided by the requests wrk counted.
"""

from __future__ import annotations

import http.client
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from status.models import Base
from status.models.engine import create_file, make_engine, make_sessions
from status.publication import process
from status.publication.manifest import read_current
from status.publication.objects import Objects
from status.web.assets import assets
from status.web.headers import SECURITY
from tests.status.publication.provider import Provider, make_provider

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
SECONDS = int(os.environ.get("BENCH_SECONDS", "3"))
CONNECTIONS = 32
PATH = "/fr"
TO_REACH = {"page": 2.0, "304": 2.5}
NGINX_CONF = """
daemon off; master_process on; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; etag on; keepalive_requests 100000000; server_tokens off;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{
    listen 127.0.0.1:{port};
    root {folder}/root;
    default_type "text/html; charset=utf-8";
    gzip_static on; gzip_vary on;
    add_header Cache-Control no-cache;
    {headers}
  }}
}}
"""


@dataclass(frozen=True)
class Server:
    """A server under test: its name, port and main process."""

    name: str
    port: int
    pid: int


def main() -> int:
    """Measure and print the table; 1 when a figure is not reached, 2 when a program is missing."""
    missing = [name for name in ("nginx", "wrk", "taskset") if shutil.which(name) is None]
    if missing:
        print(f"bench pages needs {', '.join(missing)}: apt-get install nginx-light wrk util-linux")
        return 2
    with tempfile.TemporaryDirectory() as name, _published(Path(name)) as provider:
        folder = Path(name)
        with _nginx(folder, provider) as nginx, _ours(folder, provider) as ours:
            return _measure(nginx, ours)


def _measure(nginx: Server, ours: Server) -> int:
    etags = {server: _check(server) for server in (nginx, ours)}
    costs: dict[tuple[str, str], list[float]] = {}
    rates: dict[tuple[str, str], list[float]] = {}
    for _ in range(ROUNDS):
        for what in TO_REACH:
            for server in (nginx, ours):
                cost, rate = _load(server, etags[server] if what == "304" else None)
                costs.setdefault((what, server.name), []).append(cost)
                rates.setdefault((what, server.name), []).append(rate)
    print(f"{'':6} {'nginx µs':>9} {'ours µs':>9} {'ratio':>6} {'to reach':>9}   requests/s (nginx, ours)")
    reached = True
    for what, limit in TO_REACH.items():
        pairs = zip(costs[what, "ours"], costs[what, "nginx"], strict=True)
        ratio = statistics.median(own / other for own, other in pairs)
        median = {name: statistics.median(costs[what, name]) for name in ("nginx", "ours")}
        speed = {name: statistics.median(rates[what, name]) for name in ("nginx", "ours")}
        reached &= ratio <= limit
        print(
            f"{what:6} {median['nginx']:9.1f} {median['ours']:9.1f} {ratio:6.2f} {limit:9.1f}   "
            f"{speed['nginx']:.0f}, {speed['ours']:.0f}"
        )
    return 0 if reached else 1


def _load(server: Server, etag: str | None) -> tuple[float, float]:
    """Load a server; give its CPU per request (µs) and the requests per second."""
    condition = ["-H", f"If-None-Match: {etag}"] if etag else []
    url = f"http://127.0.0.1:{server.port}{PATH}"
    wrk = ["taskset", "-c", "0", "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-H", "Accept-Encoding: gzip"]
    before = _cpu_s(server.pid)
    said = subprocess.run([*wrk, *condition, url], capture_output=True, text=True, check=True).stdout
    spent = _cpu_s(server.pid) - before
    requests = int(re.search(r"(\d+) requests in", said).group(1))
    assert "Non-2xx" not in said, said
    return spent / requests * 1e6, requests / SECONDS


def _check(server: Server) -> str:
    """Make sure that the page is whole, compressed and revalidated; give its entity tag."""
    full = _get(server, {"Accept-Encoding": "gzip"})
    assert (full.status, full.getheader("content-encoding")) == (200, "gzip"), (server, full.status)
    etag = full.getheader("etag")
    again = _get(server, {"Accept-Encoding": "gzip", "If-None-Match": etag})
    assert again.status == 304, (server, again.status)
    print(f"{server.name}: {full.getheader('content-length')} bytes compressed, etag {etag}")
    return etag


def _get(server: Server, headers: dict[str, str]) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    connection.request("GET", PATH, headers=headers)
    response = connection.getresponse()
    response.read()
    connection.close()
    return response


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
def _published(folder: Path) -> Iterator[Provider]:
    """A provider with ten incidents, published once by the real publisher."""
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
    while read_current(provider.runtime.places.published) is None:
        time.sleep(0.05)
    stop.set()
    publisher.join()
    yield provider
    engine.dispose()


@contextmanager
def _nginx(folder: Path, provider: Provider) -> Iterator[Server]:
    manifest = read_current(provider.runtime.places.published)
    objects = Objects(provider.runtime.places.published / "objects")
    name = manifest.entries[PATH].object.hash
    root = folder / "root"
    root.mkdir()
    (root / PATH.strip("/")).write_bytes(objects.body(name))
    (root / (PATH.strip("/") + ".gz")).write_bytes(objects.packed(name))
    folder.chmod(0o755)
    headers = "\n".join(f'add_header {name} "{value}";' for name, value in SECURITY.items())
    port = _free_port()
    conf = folder / "nginx.conf"
    conf.write_text(NGINX_CONF.format(folder=folder, port=port, headers=headers))
    with _running("nginx", ["nginx", "-e", f"{folder}/error.log", "-p", str(folder), "-c", str(conf)], port) as server:
        yield server


@contextmanager
def _ours(folder: Path, provider: Provider) -> Iterator[Server]:
    port = _free_port()
    config = folder / "config.toml"
    config.write_text(f'[server]\nlisten = "127.0.0.1:{port}"\n[paths]\ndata = "{provider.runtime.places.data}"\n')
    command = [sys.executable, "-m", "status.cli", "--config", str(config), "run", "--only", "web"]
    with _running("ours", command, port) as server:
        yield server


@contextmanager
def _running(name: str, command: list[str], port: int) -> Iterator[Server]:
    started = subprocess.Popen(["taskset", "-c", "1", *command])
    server = Server(name, port, started.pid)
    try:
        _until(lambda: _get(server, {}).status == 200)
        yield server
    finally:
        started.terminate()
        started.wait(10)


def _until(answered: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + 20
    while True:
        try:
            if answered():
                return
        except OSError:
            if time.monotonic() > give_up_at:
                raise
        time.sleep(0.1)


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    sys.exit(main())
