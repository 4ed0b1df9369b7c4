"""Every file of `invalid/` has one fault; its first line says what must be told: line, owner, message."""

from __future__ import annotations

from pathlib import Path

import pytest

from status.config.errors import ConfigError
from status.config.load import load

FILES = sorted((Path(__file__).parent / "invalid").glob("*.toml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_fault_is_told_with_its_line_its_owner_and_what_was_expected(file):
    expected = file.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert [str(fault) for fault in caught.value.faults] == [f"{file}:{expected}"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_secret_is_repeated(file):
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert "hunter2" not in str(caught.value).replace("file:hunter2", "")
