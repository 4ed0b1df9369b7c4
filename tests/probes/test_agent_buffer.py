"""An agent's buffer on a real disk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from probes.agent_buffer import Buffer
from probes.types import Instant

BEGIN = Instant(1_000.0, 1_790_000_000.0)


@dataclass
class Clock:
    now: Instant = BEGIN

    def __call__(self) -> Instant:
        self.now = self.now.plus(0.001)
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def buffer_in(folder: Path, clock: Clock, boot: str = "a-boot", **bounds) -> Buffer:
    return Buffer(folder, boot, clock, **bounds)


def contents(buffer: Buffer) -> list[bytes]:
    found = []
    while kept := buffer.oldest(10):
        found += [record.data for record in kept]
        buffer.drop(kept[-1])
    return found


def segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.log"))


def test_records_come_back_oldest_first(tmp_path, clock):
    buffer = buffer_in(tmp_path, clock)
    for number in range(25):
        buffer.append(b"%d" % number, durable=False)
    assert contents(buffer) == [b"%d" % number for number in range(25)]


def test_what_was_delivered_leaves_nothing_on_disk(tmp_path, clock):
    buffer = buffer_in(tmp_path, clock)
    buffer.append(b"one", durable=False)
    buffer.drop(buffer.oldest(1)[0])
    assert (len(buffer), buffer.size_bytes, segments(tmp_path)) == (0, 0, [])


def test_a_record_that_is_not_dropped_is_given_again(tmp_path, clock):
    buffer = buffer_in(tmp_path, clock)
    buffer.append(b"one", durable=False)
    assert buffer.oldest(1) == buffer.oldest(1)


def test_records_outlive_the_process_with_their_boot_and_moment(tmp_path, clock):
    buffer_in(tmp_path, clock).append(b"one", durable=True)
    made = clock.now
    (kept,) = buffer_in(tmp_path, clock, "another-boot").oldest(5)
    assert (kept.boot, kept.made, kept.data) == ("a-boot", made, b"one")


def test_a_torn_last_record_is_left_out_and_the_rest_kept(tmp_path, clock):
    buffer = buffer_in(tmp_path, clock)
    for data in (b"one", b"two", b"three"):
        buffer.append(data, durable=False)
    (file,) = segments(tmp_path)
    os.truncate(file, file.stat().st_size - 2)
    assert contents(buffer_in(tmp_path, clock)) == [b"one", b"two"]


def test_a_damaged_record_ends_its_segment_not_the_buffer(tmp_path, clock):
    first = buffer_in(tmp_path, clock)
    first.append(b"one", durable=False)
    first.append(b"two", durable=False)
    first.close()
    first.append(b"three", durable=False)
    (file, _) = segments(tmp_path)
    file.write_bytes(file.read_bytes().replace(b"two", b"tw0"))
    assert contents(buffer_in(tmp_path, clock)) == [b"one", b"three"]


def test_new_records_follow_those_of_an_earlier_process(tmp_path, clock):
    buffer_in(tmp_path, clock).append(b"old", durable=False)
    buffer = buffer_in(tmp_path, clock)
    buffer.append(b"new", durable=False)
    assert contents(buffer) == [b"old", b"new"]


def test_it_is_bounded_in_bytes_and_loses_the_oldest(tmp_path, clock, caplog):
    buffer = buffer_in(tmp_path, clock, keep_bytes=100_000)
    for number in range(300):
        buffer.append(b"%04d" % number * 250, durable=False)
    assert buffer.size_bytes <= 104_000
    assert sum(file.stat().st_size for file in segments(tmp_path)) == buffer.size_bytes
    left = contents(buffer)
    assert left == [b"%04d" % number * 250 for number in range(300 - len(left), 300)]
    assert "agent_buffer_full" in caplog.messages


def test_it_is_bounded_in_age(tmp_path, clock):
    buffer = buffer_in(tmp_path, clock, keep_s=3_600)
    buffer.append(b"old", durable=False)
    clock.now = clock.now.plus(3_000)
    buffer.append(b"young", durable=False)
    clock.now = clock.now.plus(1_000)
    assert contents(buffer) == [b"young"]


def test_a_clock_set_ahead_does_not_age_records_of_this_boot(tmp_path, clock):
    buffer = buffer_in(tmp_path, clock)
    buffer.append(b"one", durable=False)
    clock.now = Instant(clock.now.steady + 1, clock.now.wall + 86_400)
    assert contents(buffer) == [b"one"]


def test_a_full_disk_keeps_records_in_memory_and_says_so_once(tmp_path, clock, caplog):
    folder = tmp_path / "buffer"
    buffer = buffer_in(folder, clock)
    folder.rmdir()
    buffer.append(b"one", durable=True)
    buffer.append(b"two", durable=True)
    folder.mkdir()
    buffer.append(b"three", durable=True)
    assert contents(buffer) == [b"one", b"two", b"three"]
    assert caplog.messages == ["agent_buffer_not_written"]


def test_a_segment_that_vanished_is_said_and_the_rest_given(tmp_path, clock, caplog):
    buffer = buffer_in(tmp_path, clock)
    buffer.append(b"one", durable=False)
    segments(tmp_path)[0].unlink()
    assert buffer.oldest(5) == []
    assert caplog.messages == ["agent_buffer_not_read"]


WRITER = """
import sys, time
from pathlib import Path
from probes.agent_buffer import Buffer
from probes.types import Instant
buffer = Buffer(Path(sys.argv[1]), "boot", lambda: Instant(time.monotonic(), time.time()), keep_bytes=64_000)
for number in range(10**9):
    buffer.append(b"%d" % number * 40, durable=False)
    if number == 300:
        print("going", flush=True)
"""


def test_a_kill_between_two_writes_loses_nothing_that_was_written(tmp_path):
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE)
    assert writer.stdout is not None
    writer.stdout.readline()
    writer.send_signal(signal.SIGKILL)
    writer.wait(5)
    writer.stdout.close()
    buffer = Buffer(tmp_path, "boot", lambda: Instant(time.monotonic(), time.time()))
    numbers = [int(data[: len(data) // 40]) for data in contents(buffer)]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert numbers[-1] >= 300
