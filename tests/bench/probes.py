"""CPU per check beside prometheus-blackbox-exporter: `./travaux bench probes [--rounds N] [--seconds S]`.

Ours is a whole monitor process: schedule, probe, detection, storage, nothing off. Theirs only probes, asked over its
own HTTP door at the same rate; the asking costs it about 0.02 ms. Both look at the same nginx, in turns of one run.
With a look-up both ask the same name server afresh for each check.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.bench.measuring import cpu_ms, ratio, rss_mb
from tests.bench.names import serve_name
from tests.lab.ca import Authority

ROOT = Path(__file__).resolve().parent.parent.parent
CASES = {
    "http, literal address": ("http", False, 0.6),
    "https, literal address": ("https", False, 1.0),
    "http, look-up": ("http", True, 1.1),
    "https, look-up": ("https", True, 1.15),
}


@dataclass
class Stage:
    folder: Path
    http: int
    https: int
    ca: Path
    checks: int
    rate: float

    def url(self, scheme: str, *, named: bool) -> str:
        host = "target.bench.invalid" if named else "127.0.0.1"
        return f"{scheme}://{host}:{self.http if scheme == 'http' else self.https}/"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=12.0)
    parser.add_argument("--rate", type=float, default=200.0, help="checks a second")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="travaux-bench-")))
        folder.chmod(0o755)
        stage = make_stage(stack, folder, options.rate)
        print(f"{options.rounds} pairs of {options.seconds:g} s at {options.rate:g} checks/s; CPU ms per check")
        print(f"{'':24}{'travaux':>10}{'blackbox':>10}   ratio (min … max)      to reach")
        for name, (scheme, named, goal) in CASES.items():
            if options.only in name:
                measure(stage, name, scheme, options, named=named, goal=goal)


def measure(stage: Stage, name: str, scheme: str, options: argparse.Namespace, *, named: bool, goal: float) -> None:
    ours, theirs = [], []
    with ExitStack() as stack:
        monitor = stack.enter_context(start_monitor(stage, scheme, named=named))
        blackbox, port = start_blackbox(stack, stage)
        for _ in range(options.rounds):
            monitor.wake()
            ours.append(monitor.cost(options.seconds))
            monitor.sleep()
            theirs.append(asyncio.run(blackbox_cost(stage, blackbox, port, scheme, options.seconds, named=named)))
        middle = sorted(zip(ours, theirs, strict=True))[len(ours) // 2]
        print(
            f"{name:24}{middle[0]:10.3f}{middle[1]:10.3f}   {ratio(ours, theirs):22} ≤ {goal}"
            f"   ({monitor.memory():.0f} MB)",
            flush=True,
        )


# -- ours -----------------------------------------------------------------------------------------------------------


class Monitor:
    """A whole `travaux run --only monitor`, frozen while the other side is measured."""

    def __init__(self, process: subprocess.Popen[bytes], database: Path) -> None:
        self._process = process
        self._database = database

    def __enter__(self) -> Self:
        deadline = time.monotonic() + 60
        while self._count() < 200:
            if self._process.poll() is not None or time.monotonic() > deadline:
                sys.exit("the monitor did not come up")
            time.sleep(0.2)
        time.sleep(3)
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.send_signal(signal.SIGCONT)
        self._process.terminate()
        self._process.wait(10)

    def cost(self, seconds: float) -> float:
        time.sleep(2)
        began_ms = round(time.time() * 1000)
        begun, count = cpu_ms(self._process.pid), self._count()
        time.sleep(seconds)
        done = self._count() - count
        bad = self._query(f"SELECT count(*) FROM observation WHERE outcome > 1 AND due_ms > {began_ms}")
        if bad:
            sys.exit(f"{bad} checks were not ok: the figure would be worthless")
        return (cpu_ms(self._process.pid) - begun) / done

    def memory(self) -> float:
        return rss_mb(self._process.pid)

    def sleep(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def _count(self) -> int:
        return self._query("SELECT count(*) FROM observation")

    def _query(self, sql: str) -> int:
        with closing(sqlite3.connect(self._database, timeout=5)) as connection:
            try:
                return int(connection.execute(sql).fetchone()[0])
            except sqlite3.OperationalError:
                return 0


def start_monitor(stage: Stage, scheme: str, *, named: bool) -> Monitor:
    folder = Path(tempfile.mkdtemp(dir=stage.folder))
    extra = f'ca_file = "{stage.ca}"' if scheme == "https" else ""
    interval = stage.checks / stage.rate
    checks = "\n".join(
        f'[[check]]\nname = "c{n}"\ncomponent = "web"\nkind = "http"\ninterval_s = {interval}\ntimeout_s = 5\n'
        f'[check.options]\nurl = "{stage.url(scheme, named=named)}"\n{extra}\n'
        for n in range(stage.checks)
    )
    config = folder / "config.toml"
    config.write_text(
        f'[paths]\ndata = "{folder}"\n[monitor]\nresolvers = ["127.0.0.2:53"]\n'
        '[[component]]\nslug = "web"\nparent = "hosting"\nname = {fr = "Web", en = "Web"}\n'
        f"{checks}"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "status.cli", "--config", str(config)]
    subprocess.run([*command, "db", "upgrade"], check=True, env=environment, stdout=subprocess.DEVNULL)
    log = (folder / "log").open("wb")
    process = subprocess.Popen([*command, "run", "--only", "monitor"], env=environment, stderr=log)
    return Monitor(process, folder / "travaux.db")


# -- theirs ---------------------------------------------------------------------------------------------------------


def start_blackbox(stack: ExitStack, stage: Stage) -> tuple[subprocess.Popen[bytes], int]:
    port = free_port()
    config = stage.folder / "blackbox.yml"
    config.write_text(
        "modules:\n  http:\n    prober: http\n    timeout: 5s\n    http: {preferred_ip_protocol: ip4, "
        f"tls_config: {{ca_file: {stage.ca}}}}}\n"
    )
    resolv = stage.folder / "resolv.conf"
    resolv.write_text("nameserver 127.0.0.2\n")
    inside = (
        f"mount --bind {resolv} /etc/resolv.conf && exec prometheus-blackbox-exporter --config.file={config} "
        f"--web.listen-address=127.0.0.1:{port} --log.level=error"
    )
    process = subprocess.Popen(
        ["unshare", "-m", "sh", "-c", inside], env={**os.environ, "GOMAXPROCS": "1"}, stderr=subprocess.DEVNULL
    )
    stack.callback(process.wait, 10)
    stack.callback(process.terminate)
    wait_for_port(port)
    return process, port


async def blackbox_cost(
    stage: Stage, process: subprocess.Popen[bytes], port: int, scheme: str, seconds: float, *, named: bool
) -> float:
    target = f"/probe?module=http&target={stage.url(scheme, named=named)}"
    request = f"GET {target} HTTP/1.1\r\nHost: b\r\n\r\n".encode()
    connections = [await asyncio.open_connection("127.0.0.1", port) for _ in range(16)]
    await ask(connections, request, stage.rate, 1.0)
    begun = cpu_ms(process.pid)
    done = await ask(connections, request, stage.rate, seconds)
    cost = (cpu_ms(process.pid) - begun) / done
    for _, writer in connections:
        writer.close()
    return cost


async def ask(connections: list, request: bytes, rate: float, seconds: float) -> int:
    loop = asyncio.get_running_loop()
    begun = loop.time()
    count = 0

    async def one(index: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal count
        turn = index
        while (at := turn / rate) < seconds:
            await asyncio.sleep(max(0.0, begun + at - loop.time()))
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            body = await read_body(head, reader)
            if b"\nprobe_success 1" not in body:
                sys.exit("a blackbox probe failed: the figure would be worthless")
            count += 1
            turn += len(connections)

    await asyncio.gather(*(one(n, *pair) for n, pair in enumerate(connections)))
    return count


async def read_body(head: bytes, reader: asyncio.StreamReader) -> bytes:
    lowered = head.lower()
    if b"content-length:" in lowered:
        length = int(lowered.split(b"content-length:")[1].split(b"\r\n")[0])
        return await reader.readexactly(length)
    body = b""
    while size := int((await reader.readline()).strip(), 16):
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readexactly(2)
    return body


# -- the stage ------------------------------------------------------------------------------------------------------


def make_stage(stack: ExitStack, folder: Path, rate: float) -> Stage:
    authority = Authority(folder)
    certificate = authority.issue("target", ("target.bench.invalid", "127.0.0.1"))
    http, https = free_port(), free_port()
    (folder / "index.html").write_text("<!doctype html><title>ok</title>" + "x" * 1_000)
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log stderr crit;\n"
        "events { worker_connections 2048; }\n"
        f"http {{ access_log off; root {folder}; client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2;\n"
        f"fastcgi_temp_path {folder}/t3; uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;\n"
        f"server {{ listen 127.0.0.1:{http}; }}\n"
        f"server {{ listen 127.0.0.1:{https} ssl; ssl_protocols TLSv1.3; ssl_certificate {certificate.pem};\n"
        f"ssl_certificate_key {certificate.key}; }} }}\n"
    )
    nginx = subprocess.Popen(["nginx", "-p", str(folder), "-c", str(config)])
    stack.callback(nginx.wait, 10)
    stack.callback(nginx.terminate)
    wait_for_port(http)
    stack.enter_context(serve_name("127.0.0.2", 53, "target.bench.invalid", "127.0.0.1"))
    return Stage(folder, http, https, authority.pem, checks=round(rate * 10), rate=rate)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_port(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    sys.exit(f"nothing listens on port {port}")


if __name__ == "__main__":
    main()
