"""Life signs, and ending with one's parent."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from status.life import Pulse, die_with_parent, life_file, touch_life
from status.models.engine import Sessions, reading, writing
from status.places import Places
from status.services.life_signs import Sign, read_life_signs, write_life_sign
from tests.status.publication.provider import FakeClock

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def test_a_life_sign_is_kept_once_per_process(sessions: Sessions) -> None:
    for second in (0, 1):
        with writing(sessions) as session:
            write_life_sign(session, "monitor", NOW + timedelta(seconds=second), "5 checks")
    with reading(sessions) as session:
        (sign,) = read_life_signs(session)
    assert sign == Sign("monitor", os.getpid(), NOW + timedelta(seconds=1), "5 checks")


def test_touching_makes_the_life_file_and_renews_it(tmp_path: Path) -> None:
    places = Places(tmp_path / "config.toml", tmp_path, tmp_path, tmp_path, tmp_path)
    touch_life(places, "monitor")
    os.utime(life_file(places, "monitor"), (0, 0))
    touch_life(places, "monitor")
    assert life_file(places, "monitor").stat().st_mtime > 0


def test_a_pulse_touches_once_a_second(tmp_path: Path) -> None:
    clock = FakeClock()
    pulse = Pulse(Places(tmp_path / "config.toml", tmp_path, tmp_path, tmp_path, tmp_path), clock, "publisher")
    file = life_file(pulse.places, "publisher")
    pulse.beat()
    os.utime(file, (0, 0))
    pulse.beat()
    assert file.stat().st_mtime == 0
    clock.pass_time(1)
    pulse.beat()
    assert file.stat().st_mtime > 0


def test_a_pulse_goes_on_where_the_disk_is_broken(tmp_path: Path) -> None:
    nowhere = tmp_path / "gone"
    Pulse(Places(nowhere, nowhere, nowhere, nowhere, nowhere), FakeClock(), "publisher").beat()


def test_a_process_started_alone_is_left_alone() -> None:
    die_with_parent(None)


def test_a_process_whose_parent_is_dead_already_ends_at_once() -> None:
    script = "from status.life import die_with_parent; die_with_parent(1 << 22); print('alive')"
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (-9, b"")
