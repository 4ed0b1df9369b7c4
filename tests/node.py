"""Programs of npm that look at us; `./travaux test --install-packages` puts them into `tests/npm/node_modules`.

Rules of html-validate that are off in `tests/npm/html-validate.json`: roles said twice (the list's styles take them
from its table), types of buttons and fields that nobody says (they are the defaults), long titles (they are people's
words), a page that renews itself (`/live`, which one asks for).
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "npm"
needed = pytest.mark.skipif(
    not (FOLDER / "node_modules").exists(), reason="npm's packages of tests/npm are not installed"
)


def run(*command: str | Path) -> str:
    """Give what a command prints, run where npm's packages are found."""
    ran = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False, timeout=100)
    assert ran.stdout, ran.stderr
    return ran.stdout


def validate(pattern: str | Path) -> str:
    """Give what html-validate finds in files, as JSON."""
    program = FOLDER / "node_modules" / ".bin" / "html-validate"
    return run(program, "--config", FOLDER / "html-validate.json", "--formatter", "json", pattern)
