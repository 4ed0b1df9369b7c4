"""The root script `travaux`: sets up `.venv` once, makes up for what went wrong, never leaves half a job in use."""

from __future__ import annotations

import ast
import fcntl
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.runner import require
from tests.packages import ENVIRONMENT
from tests.tiny_checkout import PYTHON, SCRIPT, TinyCheckout

NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", PYTHON]
OLD = "import runpy, sys; sys.version_info = (3, 9, 2); runpy.run_path(sys.argv[1], run_name='__main__')"


@pytest.fixture
def checkout() -> Iterator[TinyCheckout]:
    """A checkout nobody has set up yet, in a folder every user can walk into."""
    with tempfile.TemporaryDirectory(prefix="travaux-set-up-") as folder:
        Path(folder).chmod(0o755)
        yield TinyCheckout(Path(folder).resolve())


def test_the_first_start_sets_up_and_runs_the_command_where_it_was_typed(checkout, tmp_path):
    (tmp_path / "travaux").symlink_to(checkout.script)
    done = checkout.ended([PYTHON, str(tmp_path / "travaux"), "run", "--only", "web"], cwd=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == ["1", str(tmp_path), ["run", "--only", "web"]]


def test_a_folder_of_our_packages_name_where_the_command_was_typed_is_left_alone(checkout, tmp_path):
    (tmp_path / "status" / "cli").mkdir(parents=True)
    for name in ("__init__.py", "cli/__init__.py", "cli/__main__.py"):
        (tmp_path / "status" / name).write_text("raise SystemExit('somebody else')")
    assert checkout.start(cwd=str(tmp_path)).returncode == 0


def test_the_second_start_installs_nothing(checkout):
    checkout.start()
    made = checkout.python.lstat().st_mtime_ns
    assert checkout.start().stderr == ""
    assert checkout.python.lstat().st_mtime_ns == made


def test_a_changed_lock_is_installed(checkout):
    checkout.start()
    checkout.lock("2")
    assert json.loads(checkout.start().stdout)[0] == "2"


def test_only_developers_commands_install_the_test_lock(checkout):
    stamp = checkout.folder / ".venv" / "locks.sha256"
    checkout.start("run")
    assert "test.txt" not in stamp.read_text()
    checkout.start("lint")
    assert "test.txt" in stamp.read_text()


def test_a_wheel_with_another_hash_is_refused_and_the_next_start_makes_up_for_it(checkout):
    checkout.lock("1", spoilt="by somebody")
    refused = checkout.start()
    assert refused.returncode == 1
    assert "HASHES" in refused.stderr
    assert "the set-up failed at:" in refused.stderr
    checkout.lock("1")
    assert checkout.start().returncode == 0


@pytest.mark.parametrize("breaking", [Path.unlink, lambda python: (python.parents[1] / "locks.sha256").write_text("x")])
def test_a_broken_environment_is_made_anew(checkout, breaking):
    checkout.start()
    breaking(checkout.python)
    done = checkout.start()
    assert "removing a .venv" in done.stderr
    assert json.loads(done.stdout)[0] == "1"


def test_an_environment_of_another_python_is_made_anew(checkout):
    checkout.start()
    stamp = checkout.folder / ".venv" / "locks.sha256"
    stamp.write_text(stamp.read_text().replace("python /", "python /gone/", 1))
    assert "of another Python" in checkout.start().stderr


def test_two_that_start_at_once_wait_for_one_another(checkout):
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "env": ENVIRONMENT}
    both = [subprocess.Popen([PYTHON, str(checkout.script)], **pipes) for _ in range(2)]
    said = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sum(error.count("making .venv") for _, error in said) == 1


def test_a_start_waits_for_the_pip_of_one_that_was_killed(checkout):
    with checkout.script.open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        holder = subprocess.Popen([PYTHON, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=[lock.fileno()])
    pipes = {"stderr": subprocess.PIPE, "text": True, "env": ENVIRONMENT}
    with subprocess.Popen([PYTHON, str(checkout.script)], **pipes) as start:
        assert "waiting for another set-up" in start.stderr.readline()
        holder.communicate(b"\n")
        assert "making .venv" in start.stderr.read()
    assert start.returncode == 0


def test_an_old_python_is_refused_by_name_not_by_a_syntax_error(checkout):
    ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 7))
    done = checkout.ended([PYTHON, "-c", OLD, str(checkout.script)])
    assert done.returncode == 1
    assert "needs Python 3.11 or newer, this is" in done.stderr


def test_a_python_without_pip_is_told_what_to_install(checkout, tmp_path):
    subprocess.run([PYTHON, "-m", "venv", "--without-pip", str(tmp_path / "bare")], check=True)
    done = checkout.start(python=str(tmp_path / "bare" / "bin" / "python"))
    assert done.returncode == 1
    assert "python3-pip" in done.stderr


def test_our_own_environment_can_set_itself_up_again(checkout):
    checkout.start()
    checkout.lock("2")
    assert json.loads(checkout.start(python=str(checkout.python)).stdout)[0] == "2"


def test_an_ordinary_user_sets_up_a_checkout_of_his_own(checkout):
    require("setpriv", root=True)
    os.chown(checkout.folder, 65534, 65534)
    done = checkout.ended([*NOBODY, str(checkout.script)])
    assert done.returncode == 0, done.stderr
    assert (checkout.folder / ".venv").stat().st_uid == 65534


def test_a_user_who_may_not_write_uses_what_is_set_up_and_is_told_when_nothing_is(checkout):
    require("setpriv", root=True)
    refused = checkout.ended([*NOBODY, str(checkout.script)])
    assert refused.returncode == 1
    assert "Permission denied" in refused.stderr
    checkout.start()
    assert checkout.ended([*NOBODY, str(checkout.script)]).returncode == 0
