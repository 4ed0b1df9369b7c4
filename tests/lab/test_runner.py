"""The lab itself: what is missing is named, and is a failure where it is required."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lab.runner import PACKAGES, require


def test_every_package_of_a_program_is_in_the_list():
    listed = (Path(__file__).parent / "packages.txt").read_text().splitlines()
    assert set(PACKAGES.values()) <= set(listed)


def test_a_missing_server_skips_with_the_line_that_installs_it(monkeypatch):
    monkeypatch.delenv("LAB_REQUIRED", raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"apt-get install .* nosuchserver"):
        require("nosuchserver")


def test_a_missing_server_fails_where_the_lab_is_required(monkeypatch):
    monkeypatch.setenv("LAB_REQUIRED", "1")
    with pytest.raises(pytest.fail.Exception, match="nosuchserver"):
        require("nosuchserver")
