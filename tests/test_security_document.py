"""`docs/security.md` names a test for each row, and each test it names exists."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
ROWS = [line.strip("|").split("|") for line in TEXT.splitlines() if re.match(r"\| \d", line)]
LEAST = 60


@cache
def functions_of(name: str) -> set[str]:
    path = ROOT / name
    if not path.exists():
        return set()
    return {node.name for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].strip())
def test_each_row_is_shown_by_tests_that_exist(row):
    number, holds, shown = (cell.strip() for cell in row)
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", shown)
    assert re.fullmatch(r"\d+\.\d+\.\d+", number)
    assert holds
    assert named
    assert [f"{path}::{test}" for path, test in named if test not in functions_of(path)] == []


def test_no_row_stands_twice_and_none_is_lost():
    numbers = [tuple(map(int, row[0].split("."))) for row in ROWS]
    assert numbers == sorted(set(numbers))
    assert len(numbers) >= LEAST
