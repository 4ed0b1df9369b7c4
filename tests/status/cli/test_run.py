"""`travaux run` where it must not run."""

from __future__ import annotations

import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest


def change(config: Path, statement: str) -> None:
    with sqlite3.connect(config.parent / "var/travaux.db") as database:
        database.execute(statement)
    database.close()


def run(config: Path, *more: str) -> subprocess.CompletedProcess[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    text = f'{config.read_text(encoding="utf-8")}\n[server]\nlisten = "127.0.0.1:{port}"\n'
    config.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "status.cli", "--config", str(config), "run", *more]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)


def test_a_demonstrations_database_is_never_shown_as_a_real_one(travaux, config):
    change(config, "UPDATE installation SET demonstration = 1")
    ended = run(config)
    assert (ended.returncode, "belongs to a demonstration" in ended.stderr) == (2, True)


@pytest.mark.parametrize("process", ["monitor", "publisher"])
def test_one_process_alone_refuses_a_newer_database(travaux, config, process):
    change(config, "UPDATE alembic_version SET version_num = '9999'")
    ended = run(config, "--only", process)
    assert (ended.returncode, "is newer than this release" in ended.stderr) == (1, True)
