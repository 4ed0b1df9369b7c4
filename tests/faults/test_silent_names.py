"""Names whose name servers never answer must not disturb the checks of anything else, in a real monitor."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median

import dns.message
import pytest

from tests.faults.installation import ROOT, until
from tests.servers.dns import respond
from tests.servers.loopback import UDPServer

pytestmark = [pytest.mark.story, pytest.mark.timeout(240)]

GOOD, SILENT, ROUNDS = 100, 500, 3
INTERVAL_S, TIMEOUT_S = 10, 5
MOVES_S = 0.003
"""What a shared machine makes of a few milliseconds; a run that waited for a look-up would show seconds."""
COMMAND = [sys.executable, "-m", "status.cli"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "TRAVAUX_LOG": "text"}


def test_500_silent_names_leave_100_good_targets_ok_and_as_fast(tmp_path: Path) -> None:
    with _servers() as (resolver, web):
        names = [f"www{k}.good.test" for k in range(GOOD)]
        _configure(tmp_path, resolver, web, names)
        with _monitor(tmp_path) as process:
            alone = _rounds(tmp_path, ROUNDS * GOOD)
            silent = [f"www.silent{k}.test" for k in range(SILENT // 2)] + [
                f"w{k}.silent.test" for k in range(SILENT // 2)
            ]
            _configure(tmp_path, resolver, web, [*names, *silent])
            process.send_signal(signal.SIGHUP)
            until(lambda: len(_durations(tmp_path, "dns_timeout")) >= SILENT, 60, "every silent name was looked at")
            beside = _rounds(tmp_path, ROUNDS * GOOD)
    assert _count(tmp_path, "outcome != 0 AND name LIKE '%good%'") == 0
    assert _count(tmp_path, "outcome = 0 AND name LIKE '%silent%'") == 0
    print(f"  median of the good: {alone * 1000:.2f} ms alone, {beside * 1000:.2f} ms beside {SILENT} silent names")
    assert beside < alone + MOVES_S


class Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        pass


def _answer(query: bytes) -> Iterable[bytes]:
    if b"silent" in query:
        return ()
    name = dns.message.from_wire(query).question[0].name.to_text(omit_final_dot=True)
    return [respond(query, f"{name} A 127.0.0.1")]


def _serve(told: Connection) -> None:
    """Be a name server that is silent about some names, and a web server; tell their ports, end when told."""
    web = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=web.serve_forever)
    thread.start()
    with UDPServer(_answer) as names:
        told.send((names.port, web.server_port))
        told.recv()
    web.shutdown()
    thread.join()


@contextmanager
def _servers() -> Iterator[tuple[int, int]]:
    """Run them in a process of their own, so that waiting for its turn there is not taken for slowness here."""
    ours, theirs = Pipe()
    process = get_context("spawn").Process(target=_serve, args=(theirs,))
    process.start()
    try:
        yield ours.recv()
    finally:
        ours.send("end")
        process.join(10)


@contextmanager
def _monitor(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    subprocess.run([*COMMAND, "db", "upgrade"], cwd=folder, env=ENVIRONMENT, check=True, capture_output=True)
    with (folder / "log").open("wb") as log:
        command = [*COMMAND, "run", "--only", "monitor"]
        process = subprocess.Popen(command, cwd=folder, env=ENVIRONMENT, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(20)
            print((folder / "log").read_text()[-1500:])


def _configure(folder: Path, resolver: int, web: int, names: Iterable[str]) -> None:
    text = f'[monitor]\nresolvers = ["127.0.0.1:{resolver}"]\n'
    for slug in ("good", "silent"):
        text += f'[[component]]\nslug = "{slug}"\nparent = "hosting"\nname = {{ fr = "{slug}", en = "{slug}" }}\n'
    for name in names:
        component = "silent" if "silent" in name else "good"
        text += (
            f'[[check]]\nname = "{name}"\ncomponent = "{component}"\nkind = "http"\n'
            f"interval_s = {INTERVAL_S}\ntimeout_s = {TIMEOUT_S}\n"
            f'[check.options]\nurl = "http://{name}:{web}/"\n'
        )
    (folder / "config.toml").write_text(text)


def _rounds(folder: Path, runs: int) -> float:
    """Wait for so many more runs of the good; give the median of what they took (seconds)."""
    before = len(_durations(folder, ""))
    until(lambda: len(_durations(folder, "")) >= before + runs, 30 + ROUNDS * INTERVAL_S, f"{runs} good runs")
    return median(_durations(folder, "")[before : before + runs])


def _durations(folder: Path, reason: str) -> list[float]:
    query = (
        "SELECT duration_us / 1e6 FROM observation JOIN reason ON reason.id = reason_id "
        f"WHERE slug = '{reason}' ORDER BY sequence"
    )
    return [duration for (duration,) in _ask(folder, query)]


def _count(folder: Path, where: str) -> int:
    return int(
        _ask(folder, f'SELECT count(*) FROM observation JOIN "check" ON "check".id = check_id WHERE {where}')[0][0]
    )


def _ask(folder: Path, query: str) -> list[tuple[float, ...]]:
    with closing(sqlite3.connect(f"file:{folder}/var/travaux.db?mode=ro", uri=True)) as connection:
        return connection.execute(query).fetchall()
