"""A configuration written for one test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

WEB = """
[[component]]
slug = "web"
parent = "hosting"
name = { fr = "Hébergement", en = "Hosting" }
"""


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    """Write a config.toml and give its path."""

    def write_text(text: str) -> Path:
        path = tmp_path / "config.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write_text
