from __future__ import annotations

import pytest

from probes.agent_folder import FolderTaken, boot_id, claim, reserve

WALL = 1_790_000_000.5


def test_numbers_are_reserved_in_blocks_and_never_twice(tmp_path):
    first, count = reserve(tmp_path, 2, WALL)
    assert (count, reserve(tmp_path, 1, WALL)) == (2_000, (first + 2_000, 1_000))


def test_a_lost_or_damaged_counter_begins_above_what_was_used(tmp_path):
    start, count = reserve(tmp_path, 1, WALL)
    (tmp_path / "sequence").write_text("17x")
    assert reserve(tmp_path, 1, WALL + 10)[0] >= start + count


def test_one_folder_has_one_agent(tmp_path):
    with claim(tmp_path / "data"), pytest.raises(FolderTaken, match="in use by another agent"):
        claim(tmp_path / "data")


def test_a_folder_is_free_again_once_its_agent_ended(tmp_path):
    claim(tmp_path).close()
    claim(tmp_path).close()


def test_a_boot_keeps_its_name():
    assert boot_id() == boot_id() != ""
