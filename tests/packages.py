"""travaux built and installed as a user of pip gets it: in an environment of its own that sees `.venv`'s packages."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BASE = str(Path(sys.base_prefix) / "bin" / "python3")
OFFLINE = ("--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check", "--quiet")
OURS = ("PYTHONPATH", "PYTHONSAFEPATH", "TRAVAUX_CONFIG")
ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in OURS}


def run(*command: str | Path, cwd: Path, timeout_s: float = 60) -> str:
    """Give what a command prints; an AssertionError with its words when it fails."""
    done = subprocess.run(
        command, cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True, check=False, timeout=timeout_s
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def build(target: str, source: Path, folder: Path) -> Path:
    """Build a `wheel` or an `sdist` of a source tree into a folder."""
    run(sys.executable, "-m", "hatchling", "build", "-t", target, "-d", folder, cwd=source)
    return next(folder.glob("*.whl" if target == "wheel" else "*.tar.gz"))


class Environment:
    """A virtual environment without pip; the Python that made ours has one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        run(BASE, "-m", "venv", "--without-pip", folder, cwd=folder.parent)
        # Named so that our installation is found first, were `.venv` to hold one too.
        (self.packages / "zz_dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")

    @property
    def packages(self) -> Path:
        return next(self.folder.glob("lib/python*/site-packages"))

    @property
    def travaux(self) -> Path:
        return self.folder / "bin" / "travaux"

    def install(self, *what: str | Path) -> None:
        python = self.folder / "bin" / "python"
        run(BASE, "-m", "pip", "--python", python, "install", *OFFLINE, *what, cwd=self.folder)
