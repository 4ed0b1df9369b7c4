"""Each channel is one file of its name, with a row in the document and a test that names it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from status.notifiers import registry
from status.notifiers.registry import channels

ROOT = Path(__file__).parents[3]
TESTS = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "status").rglob("test_*.py"))


def test_each_channel_has_the_name_of_its_file():
    files = {path.stem for path in (ROOT / "status" / "notifiers").glob("*.py")} - registry.OTHERS - {"__init__"}
    assert set(channels()) == files


@pytest.mark.parametrize("name", sorted(channels()))
def test_each_channel_is_documented_and_tried(name):
    assert re.search(
        rf"^\| `{name}` \| ", (ROOT / "docs" / "subscriptions.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert f'"{name}"' in TESTS
