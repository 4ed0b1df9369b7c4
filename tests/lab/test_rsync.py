"""Pushing by the system's rsync: to a real daemon with a password, and over a remote shell."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from status.publication.push_rsync import Rsync
from status.publication.push_targets import Address, PushFailed
from tests.lab.runner import Server, free_port, require
from tests.status.publication.house import new_house, unpushed

pytestmark = pytest.mark.lab

CONFIGURATION = """
use chroot = no
uid = {uid}
gid = {gid}
[status]
path = {path}
read only = false
auth users = travaux
secrets file = {secrets}
"""
SHELL = """#!/bin/sh
while [ "$1" != copy.example ] && [ "$1" != travaux@copy.example ]; do
  [ "$1" = -l ] && shift; shift
done
shift
exec sh -c "$*"
"""


@pytest.fixture
def daemon(tmp_path: Path):
    """A daemon whose module `status` is the folder `there`."""
    require("rsync")
    (tmp_path / "there").mkdir()
    (tmp_path / "secrets").write_text("travaux:hunter2\n")
    (tmp_path / "secrets").chmod(0o600)
    text = CONFIGURATION.format(uid=os.getuid(), gid=os.getgid(), path=tmp_path / "there", secrets=tmp_path / "secrets")
    (tmp_path / "rsyncd.conf").write_text(text)
    port = free_port("127.0.0.1")
    argv = ["rsync", "--daemon", "--no-detach", f"--config={tmp_path}/rsyncd.conf", "--address=127.0.0.1"]
    with Server([*argv, f"--port={port}"], port, tmp_path) as server:
        yield server, f"rsync://127.0.0.1:{port}/status"


def target(url: str, secret: str = "hunter2", **rest) -> Rsync:
    return Rsync(Address(url, user="travaux", **rest), secret)


def test_files_are_written_read_and_removed(daemon, tmp_path):
    there = target(daemon[1])
    there.write({"fr/index.html": b"<p>", "a.json": b"{}"})
    assert (tmp_path / "there/fr/index.html").read_bytes() == b"<p>"
    assert there.read_many(["a.json", "nope.json"]) == {"a.json": b"{}"}
    assert there.read("nope.json") is None
    there.remove(["fr/index.html", "nope.json"])
    assert not (tmp_path / "there/fr/index.html").exists()
    assert (tmp_path / "there/a.json").exists()


def test_a_changed_file_of_the_same_size_and_second_is_written(daemon, tmp_path):
    there = target(daemon[1])
    there.write({"a.json": b"1"})
    there.write({"a.json": b"2"})
    assert (tmp_path / "there/a.json").read_bytes() == b"2"


def test_a_folder_of_the_address_is_made(daemon, tmp_path):
    target(f"{daemon[1]}/copy").write({"a.json": b"{}"})
    assert (tmp_path / "there/copy/a.json").exists()


def test_a_whole_copy_and_an_emergency_go_there(daemon, tmp_path):
    (tmp_path / "house").mkdir()
    with new_house(tmp_path / "house") as house:
        unpushed(house, target(daemon[1]))
        house.root = tmp_path / "there"
        house.push()
        assert "État à" in house.text("fr/index.html")
        house.say()
        assert "emergency" in house.text("en/index.html")


def test_a_wrong_password_is_refused_and_not_told(daemon):
    with pytest.raises(PushFailed, match="auth failed") as failed:
        target(daemon[1], "wrong-one").write({"a.json": b"{}"})
    assert "wrong-one" not in str(failed.value)


def test_a_daemon_that_is_gone_is_told(daemon):
    daemon[0].stop()
    with pytest.raises(PushFailed, match="refused"):
        target(daemon[1]).read("a.json")


def test_a_daemon_that_hangs_is_given_up(daemon):
    daemon[0].freeze()
    try:
        with pytest.raises(PushFailed, match=r"timed out|timeout"):
            target(daemon[1], timeout_s=1.0).read("a.json")
    finally:
        daemon[0].thaw()


def test_over_a_remote_shell_it_is_the_same(tmp_path, monkeypatch):
    require("rsync")
    shell = tmp_path / "bin" / "ssh"
    shell.parent.mkdir()
    shell.write_text(SHELL)
    shell.chmod(0o755)
    monkeypatch.setenv("PATH", f"{shell.parent}:{os.environ['PATH']}")
    there = Rsync(Address(f"travaux@copy.example:{tmp_path}/there", ssh_key="/etc/travaux/mirror.key"), "")
    there.write({"fr/index.html": b"<p>"})
    assert there.read("fr/index.html") == b"<p>"
