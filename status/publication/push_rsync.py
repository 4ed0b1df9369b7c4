"""A copy at the end of an rsync: the system's own program, to a daemon or over SSH, only ever named files.

What changed is laid out in a temporary folder and sent with `--files-from`; a file that is in the list and not in the
folder is removed there (`--delete-missing-args`; `--mkpath` wants rsync 3.2.3). Nothing else there is ever touched.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from status.publication.push_targets import Address, PushFailed

STALLED_S: Final = 3_600.0
"""A transfer that takes longer is given up; `--timeout` ends one that stands still before."""

CARRIED: Final = ("--recursive", "--times", "--ignore-times", "--chmod=D755,F644", "--delay-updates")
"""What changed is known here: rsync must not guess by size and time, which two writings in a second share."""

PARTIAL: Final = 23
"""rsync's exit for "partial transfer", among others for a folder that is not there yet."""


class Rsync:
    """The folder at `to`. SSH asks nothing and takes no unknown host; `secret` is the daemon's password."""

    def __init__(self, address: Address, secret: str) -> None:
        self._to = address.to.rstrip("/") + "/"
        self._timeout_s = max(1, round(address.timeout_s))
        self._environment = {name: os.environ[name] for name in ("PATH", "HOME", "SSH_AUTH_SOCK") if name in os.environ}
        self._environment["LC_ALL"] = "C"
        if secret:
            self._environment["RSYNC_PASSWORD"] = secret
        if address.user and "://" in self._to and "@" not in self._to:
            self._to = self._to.replace("://", f"://{address.user}@", 1)
        self._shell = self._ssh(address) if "://" not in self._to else []

    def read(self, file: str) -> bytes | None:
        """Give a file; None when it is not there."""
        return self.read_many([file]).get(file)

    def read_many(self, files: Collection[str]) -> dict[str, bytes]:
        """Give those of some files that are there, fetched in one go."""
        with tempfile.TemporaryDirectory(prefix="travaux-rsync-") as folder:
            tree = Path(folder) / "tree"
            tree.mkdir()
            listed = _listed(folder, files)
            done = self._run(["--ignore-missing-args", f"--files-from={listed}", self._to, f"{tree}/"])
            if done.returncode == PARTIAL and b"change_dir" in done.stderr and b"No such file" in done.stderr:
                return {}
            self._require(done)
            return {file: (tree / file).read_bytes() for file in files if (tree / file).is_file()}

    def write(self, files: Mapping[str, bytes]) -> None:
        """Write files: all of a call are put in place together at its end."""
        if files:
            self._send(files, files)

    def remove(self, files: Collection[str]) -> None:
        """Remove files."""
        if files:
            self._send({}, files)

    def _send(self, bodies: Mapping[str, bytes], names: Collection[str]) -> None:
        with tempfile.TemporaryDirectory(prefix="travaux-rsync-") as folder:
            tree = Path(folder) / "tree"
            tree.mkdir()
            for file in names:
                (tree / file).parent.mkdir(parents=True, exist_ok=True)
            for file, body in bodies.items():
                (tree / file).write_bytes(body)
            listed = _listed(folder, names)
            how = ["--mkpath"] if bodies else ["--delete-missing-args"]
            self._require(self._run([*CARRIED, *how, f"--files-from={listed}", f"{tree}/", self._to]))

    def _run(self, arguments: list[str]) -> subprocess.CompletedProcess[bytes]:
        argv = ["rsync", f"--timeout={self._timeout_s}", *self._shell, *arguments]
        if not self._shell:
            argv.insert(2, f"--contimeout={self._timeout_s}")
        try:
            return subprocess.run(  # noqa: S603 - the program's name is ours, nothing goes through a shell
                argv, env=self._environment, capture_output=True, check=False, timeout=STALLED_S,
                stdin=subprocess.DEVNULL,
            )  # fmt: skip
        except FileNotFoundError as error:
            raise PushFailed("the program rsync is not installed") from error
        except subprocess.TimeoutExpired as error:
            raise PushFailed(f"rsync took longer than {STALLED_S:g} s") from error

    def _ssh(self, address: Address) -> list[str]:
        command = ["ssh", "-o", "BatchMode=yes", "-o", f"ConnectTimeout={self._timeout_s}"]
        if address.ssh_key:
            command += ["-o", "IdentitiesOnly=yes", "-i", address.ssh_key]
        return ["--rsh", shlex.join(command)]

    def _require(self, done: subprocess.CompletedProcess[bytes]) -> None:
        if done.returncode != 0:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise PushFailed(f"rsync ended with {done.returncode}: {said[0][:200] if said else 'it said nothing'}")


def _listed(folder: str, names: Collection[str]) -> Path:
    listed = Path(folder) / "files"
    listed.write_text("".join(f"{name}\n" for name in names))
    return listed
