from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from datetime import UTC, datetime
from pathlib import Path

import pytest

from status.publication.manifest import Entry, Manifest, collect, parse, read_current, serialise, swap
from status.publication.objects import YOUNG_S, Objects

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
AT = NOW.timestamp()


@pytest.fixture
def objects(tmp_path: Path) -> Objects:
    return Objects(tmp_path / "objects")


def manifest(number: int, objects: Objects, text: str = "page") -> Manifest:
    entry = Entry(
        objects.put(f"{text} {number}".encode(), AT), "text/html", AT, ("page",), objects.put(b"stale", AT), AT + 180
    )
    return Manifest(number, 7, NOW, AT + 180, ("fr", "en"), {"/fr": entry})


def test_equal_bodies_are_one_object_with_equal_bytes(objects, tmp_path):
    first = objects.put(b"<p>page</p>" * 100, AT)
    packed = objects.packed(first.hash)
    other = Objects(tmp_path / "elsewhere")
    assert objects.put(b"<p>page</p>" * 100, AT + 5) == first
    assert other.packed(other.put(b"<p>page</p>" * 100, AT + 99).hash) == packed


def test_a_body_comes_back_whole(objects):
    stored = objects.put(b"<p>page</p>" * 100, AT)
    assert objects.body(stored.hash) == b"<p>page</p>" * 100
    assert (stored.size, stored.gzip_size) == (1100, len(objects.packed(stored.hash)))


def test_a_manifest_comes_back_whole(objects):
    written = manifest(3, objects)
    assert parse(serialise(written)) == written


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"null", b'{"format":1}', b'{"format":2}'])
def test_a_damaged_manifest_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        parse(text)


def test_nothing_was_published_yet(tmp_path):
    assert read_current(tmp_path) is None


def test_a_swap_shows_the_new_generation(objects, tmp_path):
    swap(tmp_path, manifest(1, objects))
    swap(tmp_path, manifest(2, objects))
    assert read_current(tmp_path) == manifest(2, objects)


def test_the_last_generations_are_kept_and_the_rest_collected(objects, tmp_path):
    for number in range(1, 6):
        swap(tmp_path, manifest(number, objects))
    assert collect(tmp_path, 2, AT + YOUNG_S) == 3
    assert sorted(path.name for path in (tmp_path / "generations").iterdir()) == ["4.json", "5.json"]
    assert all(objects.path(name).exists() for name in manifest(4, objects).objects())


def test_a_young_object_is_never_collected(objects, tmp_path):
    swap(tmp_path, manifest(1, objects))
    waiting = objects.put(b"of a manifest that is being made", AT)
    collect(tmp_path, 1, AT + YOUNG_S - 1)
    assert objects.path(waiting.hash).exists()


def test_an_object_used_again_is_young_again(objects, tmp_path):
    swap(tmp_path, manifest(1, objects))
    waiting = objects.put(b"used again", AT)
    objects.put(b"used again", AT + YOUNG_S)
    collect(tmp_path, 1, AT + YOUNG_S)
    assert objects.path(waiting.hash).exists()


def test_what_a_crash_left_half_written_is_collected(objects, tmp_path):
    swap(tmp_path, manifest(1, objects))
    left = objects.folder / "abc.gz.part"
    left.write_bytes(b"half")
    os.utime(left, (AT, AT))
    collect(tmp_path, 1, AT + YOUNG_S)
    assert not left.exists()


def test_a_damaged_kept_generation_does_not_stop_collecting(objects, tmp_path):
    swap(tmp_path, manifest(1, objects))
    (tmp_path / "generations" / "2.json").write_bytes(b"{")
    collect(tmp_path, 5, AT + YOUNG_S)
    assert read_current(tmp_path) == manifest(1, objects)


def test_a_full_disk_leaves_the_old_file_and_no_rest(tmp_path):
    path = tmp_path / "current"
    path.write_bytes(b"old")
    script = f"""
        import resource, signal
        from pathlib import Path
        from status.publication.objects import write_whole
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
        write_whole(Path({str(path)!r}), b"new" * 100)
    """
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, check=False)
    assert b"OSError" in ended.stderr
    assert (path.read_bytes(), list(tmp_path.iterdir())) == (b"old", [path])


KILLED_AT_EACH_STEP = """
import os, signal, sys
from pathlib import Path
from status.publication import manifest, objects
steps = int(sys.argv[2])
def audit(event, args):
    global steps
    if event in ("os.rename", "os.link", "os.remove", "os.utime") or (event == "open" and ".part" in str(args[0])):
        steps -= 1
        if steps < 0:
            os.kill(os.getpid(), signal.SIGKILL)
folder = Path(sys.argv[1])
store = objects.Objects(folder / "objects")
current = manifest.read_current(folder)
sys.addaudithook(audit)
entry = manifest.Entry(store.put(os.urandom(20), 1.0), "text/html", 1.0)
manifest.swap(folder, manifest.Manifest(current.number + 1, 1, None, None, ("fr",), {"/fr": entry}))
"""


def test_killed_at_any_step_the_public_generation_is_whole(objects, tmp_path):
    swap(tmp_path, manifest(1, objects))
    codes = [
        subprocess.run([sys.executable, "-c", KILLED_AT_EACH_STEP, str(tmp_path), str(step)], check=False).returncode
        for step in range(12)
        if _is_whole(tmp_path)
    ]
    assert (len(codes), codes[0], codes[-1]) == (12, -9, 0)
    assert _is_whole(tmp_path)


def _is_whole(published: Path) -> bool:
    current = read_current(published)
    return all(len(Objects(published / "objects").body(name)) > 0 for name in current.objects())
