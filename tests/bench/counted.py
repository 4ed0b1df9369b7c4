"""The web process, with each request its app answers noted: `python -m tests.bench.counted DATA PORT COUNT_FILE`.

The published bytes and the layer of shared pages lie before the app: what is noted here was rendered for somebody.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask, request

from status import worker
from status.config.load import load
from status.places import places_of
from status.web import process
from status.web.task import Task

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

COUNT_FILE = "TRAVAUX_BENCH_COUNT"


def command(data: Path, count_file: Path) -> list[str]:
    """Give what starts it, for `tests.bench.serving.running`."""
    return [sys.executable, "-m", "tests.bench.counted", str(data), "{port}", str(count_file)]


def rendered(count_file: Path) -> list[str]:
    """Give the addresses the app was asked for so far."""
    return count_file.read_text().splitlines() if count_file.exists() else []


def create() -> WSGIApplication:
    """Make a worker's application; called by Granian in the worker."""
    answer = Flask.full_dispatch_request

    def noted(app: Flask):
        with Path(os.environ[COUNT_FILE]).open("a") as file:
            file.write(request.full_path + "\n")
        return answer(app)

    Flask.full_dispatch_request = noted
    return worker.create()


def main(data: str, port: str, count_file: str) -> None:
    """Serve as `travaux run --only web` does, with every setting at its default."""
    config = Path(data) / "bench.toml"
    config.write_text(f'[server]\nlisten = "127.0.0.1:{port}"\n[paths]\ndata = "{data}"\n')
    settings = load(config)
    server = settings.server
    os.environ[COUNT_FILE] = count_file
    process.TARGET = "tests.bench.counted:create"
    places = places_of(settings, config, config.parent)
    process.main(
        Task(server.listen, server.workers, server.threads, places, server.cache_bytes, server.request_line_bytes)
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
