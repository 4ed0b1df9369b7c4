"""Certificates and secrets: made once, kept, renewed in time."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from status.demo.keys import Keys, prepare

NOW = datetime(2026, 11, 22, 20, 30, tzinfo=UTC)


def contents(keys: Keys) -> list[bytes]:
    return [path.read_bytes() for path in (keys.authority, keys.certificate, keys.key)]


def test_a_first_start_makes_all_files_for_this_user_alone(tmp_path: Path) -> None:
    prepare(tmp_path / "new", NOW)
    files = [path for path in (tmp_path / "new").rglob("*") if path.is_file()]
    assert {path.name for path in files} == {"ca.pem", "leaf.pem", "leaf.key", "radius-secret", "radius-password"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_a_second_start_changes_nothing(tmp_path: Path) -> None:
    first = contents(prepare(tmp_path, NOW))
    assert contents(prepare(tmp_path, NOW + timedelta(days=380))) == first


@pytest.mark.parametrize("later", [timedelta(days=391), timedelta(days=500), -timedelta(days=30)])
def test_certificates_that_end_soon_or_have_not_begun_are_made_anew(tmp_path: Path, later: timedelta) -> None:
    first = contents(prepare(tmp_path, NOW))
    assert contents(prepare(tmp_path, NOW + later)) != first


@pytest.mark.parametrize("name", ["ca.pem", "leaf.pem", "leaf.key"])
@pytest.mark.parametrize("damage", [b"", b"garbage", None])
def test_a_damaged_or_missing_file_is_made_anew(tmp_path: Path, name: str, damage: bytes | None) -> None:
    prepare(tmp_path, NOW)
    place = tmp_path / "pki" / name
    place.unlink() if damage is None else place.write_bytes(damage)
    made = contents(prepare(tmp_path, NOW))
    assert all(content.startswith(b"-----BEGIN") for content in made)
    assert contents(prepare(tmp_path, NOW)) == made


def test_secrets_are_never_made_anew(tmp_path: Path) -> None:
    keys = prepare(tmp_path, NOW)
    keys.radius_secret.write_text("chosen by hand\n")
    prepare(tmp_path, NOW + timedelta(days=500))
    assert keys.radius_secret.read_text() == "chosen by hand\n"
