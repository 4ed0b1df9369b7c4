"""A child of the supervisor for tests: python stand_in_child.py NAME FOLDER PORT.

Writes its pid to FOLDER/pids/NAME, and to FOLDER/ended its name when it is asked to end. The web has a worker process
that serves, as Granian's does; the others touch their life file.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Event

from status.life import SUPERVISOR_VARIABLE, die_with_parent, supervisor_pid

name, folder, port = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])


class Health(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class SharingServer(HTTPServer):
    allow_reuse_port = True
    allow_reuse_address = True


def say_pid() -> None:
    file = folder / "pids" / name
    file.with_suffix(".new").write_text(str(os.getpid()))
    file.with_suffix(".new").rename(file)


die_with_parent(supervisor_pid())
if name == "worker":
    server = SharingServer(("127.0.0.1", port), Health)
    say_pid()
    server.serve_forever()

ended = Event()
with (folder / "started").open("a") as started:
    started.write(f"{name}\n")
signal.signal(signal.SIGTERM, lambda *_: None if (folder / f"stubborn-{name}").exists() else ended.set())
signal.signal(signal.SIGHUP, lambda *_: (folder / "hung-up").touch())
say_pid()
if (folder / f"broken-{name}").exists():
    sys.exit(7)
if name == "web":
    environment = os.environ | {SUPERVISOR_VARIABLE: str(os.getpid())}
    worker = subprocess.Popen([sys.executable, __file__, "worker", *sys.argv[2:]], env=environment)
while not ended.wait(0.05):
    if name in {"monitor", "publisher", "alerting"} and not (folder / f"lifeless-{name}").exists():
        (folder / "run" / f"{name}.alive").touch()
if name == "web":
    worker.kill()
    worker.wait()
with (folder / "ended").open("a") as file:
    file.write(f"{name}\n")
