"""A checkout small enough to be set up in a second: the real script `travaux`, a lock of one wheel, a tiny command."""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.packages import ENVIRONMENT

SCRIPT = Path(__file__).resolve().parent.parent / "travaux"
OURS = Path(sys.base_prefix) / "bin" / "python3"
PYTHON = str(OURS if all(folder.stat().st_mode & 1 for folder in OURS.resolve().parents) else "/usr/bin/python3")
"""A Python that every user may run: the one of these tests, or the system's where that lies in a home."""

COMMAND = "import json, os, sys, grain; print(json.dumps([grain.VERSION, os.getcwd(), sys.argv[1:]]))"


class TinyCheckout:
    """`grain` is the one package in its lock; the command prints its version, the working folder and its arguments."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.script = folder / "travaux"
        shutil.copy(SCRIPT, self.script)
        (folder / "requirements").mkdir()
        for file in ("status/cli/__main__.py", "tests/run.py"):
            (folder / file).parent.mkdir(parents=True)
            (folder / file).write_text(COMMAND)
        self.lock("1")
        self.lock("1", "test.txt")

    def lock(self, version: str, name: str = "run.txt", spoilt: str = "") -> None:
        """Let a lock ask for this version of `grain`; `spoilt` stands for a hash that is another wheel's."""
        wheel = make_wheel(self.folder, version)
        digest = hashlib.sha256(wheel.read_bytes() + spoilt.encode()).hexdigest()
        (self.folder / "requirements" / name).write_text(f"grain @ {wheel.as_uri()} --hash=sha256:{digest}\n")

    def start(self, *arguments: str, python: str = PYTHON, cwd: str = "/") -> subprocess.CompletedProcess[str]:
        return self.ended([python, str(self.script), *arguments], cwd)

    def ended(self, command: list[str], cwd: str = "/") -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True, check=False)

    @property
    def python(self) -> Path:
        return self.folder / ".venv" / "bin" / "python"


def make_wheel(folder: Path, version: str) -> Path:
    """Write a wheel of one module (PyPA's binary distribution format)."""
    wheel = folder / f"grain-{version}-py3-none-any.whl"
    info = f"grain-{version}.dist-info"
    files = {
        "grain.py": f"VERSION = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: grain\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: a test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},sha256={_digest(text)},{len(text)}\n" for name, text in files.items())
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return wheel


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
