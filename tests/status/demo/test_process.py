"""The demonstration as a process of its own, and the command that speaks to it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from status.cli import main
from status.demo.control import ask
from tests.status.demo import clients
from tests.status.demo.conftest import free_block

Start = Callable[[], subprocess.Popen[bytes]]


@pytest.fixture
def config(tmp_path: Path, ports_from: int) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(f"[demo]\nports_from = {ports_from}\n")
    return path


@pytest.fixture
def start(config: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[bytes]] = []

    def begin() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "status.cli", "--config", str(config), "run", "--only", "demo"]
        environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
        started.append(subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, cwd=config.parent))
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.wait()
        process.stderr.close()


def wait_for(process: subprocess.Popen[bytes]) -> None:
    """Return as soon as the demonstration says that it has started."""
    said = []
    for line in process.stderr:
        said.append(line.decode())
        if b"demo_started" in line:
            return
    raise AssertionError("".join(said))


def state(config: Path) -> list[dict]:
    return ask(config.parent / "var" / "demo" / "demo.sock", {"action": "status"})


def demo(config: Path, *words: str):
    return CliRunner().invoke(main, ["--config", str(config), "demo", *words])


def test_the_process_starts_serves_and_ends_cleanly(start: Start, config: Path, ports_from: int) -> None:
    process = start()
    wait_for(process)
    assert {row["mode"] for row in state(config)} == {"well"}
    assert clients.page(ports_from) == "200 True"
    process.send_signal(signal.SIGTERM)
    assert process.wait(5) == 0
    assert not (config.parent / "var" / "demo" / "demo.sock").exists()


def test_the_command_breaks_and_heals(start: Start, config: Path, ports_from: int) -> None:
    wait_for(start())
    assert "sip     hang" in demo(config, "hang", "sip").output
    assert "sip     slow by 3 s" in demo(config, "slow", "sip", "--seconds", "3").output
    broken = json.loads(demo(config, "break", "smtp", "--mode", "wrong", "--json").output)
    assert next(row["mode"] for row in broken if row["service"] == "smtp") == "wrong"
    assert "cut off" in demo(config, "break", "uplink").output
    assert {line.split()[1] for line in demo(config, "heal", "all").output.splitlines()} == {"well"}


def test_a_second_start_in_one_place_is_refused_and_the_first_goes_on(start: Start, config: Path) -> None:
    first = start()
    wait_for(first)
    second = start()
    assert second.wait(20) == 3
    assert f"a demonstration already runs here (pid {first.pid} " in second.stderr.read().decode()
    assert state(config)


def test_a_port_in_use_is_named_with_its_owner(start: Start, config: Path, ports_from: int) -> None:
    with socket.create_server(("127.0.0.1", ports_from + 3)):
        process = start()
        assert process.wait(20) == 3
    said = process.stderr.read().decode()
    assert f"port {ports_from + 3}/tcp of 127.0.0.1 is in use" in said
    assert f"pid {os.getpid()}" in said


def test_a_killed_demonstration_can_be_started_again(start: Start, config: Path) -> None:
    process = start()
    wait_for(process)
    process.kill()
    process.wait(5)
    wait_for(start())


def test_the_command_says_when_nothing_runs(config: Path) -> None:
    result = demo(config, "status")
    assert result.exit_code == 1
    assert "no demonstration is running here" in result.output
    assert "start one with 'travaux run'" in result.output


def test_the_command_refuses_a_real_installation(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("")
    result = demo(tmp_path / "config.toml", "break", "sip")
    assert result.exit_code == 2
    assert "has no [demo]" in result.output


def test_nothing_of_the_demonstration_is_loaded_without_it(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("")
    code = (
        "import sys; from status.cli import main\n"
        f"try: main(['--config', {str(tmp_path / 'config.toml')!r}, 'demo', 'status'])\n"
        "except SystemExit: pass\n"
        "print([name for name in sys.modules if name.startswith(('status.demo', 'aiosmtpd', 'dnslib'))])"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert output.stdout.strip() == "[]"


def test_blocks_of_ports_do_not_overlap() -> None:
    assert abs(free_block() - free_block()) >= 14


def test_a_missing_library_is_named_with_the_command_that_installs_it(config: Path) -> None:
    code = (
        "import sys; sys.modules['dnslib'] = None\n"
        f"from status.cli import main; main(['--config', {str(config)!r}, 'run', '--only', 'demo'])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "needs dnslib: install it with pip install 'travaux[demo]'" in ended.stderr
