"""A generation that is searched gives what one that is read gives."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from status.publication.index import Index, open_current
from status.publication.manifest import Entry, Manifest, current_path, parse, serialise, swap
from status.publication.objects import Stored
from tests.status.publication.provider import START

PATHS = ("/", "/en", "/fr", "/fr/travaux", "/fr/travaux?area=email", "/fr/travaux/1", "/fr/travaux/10", "/fr/é")


def entry(number: int) -> Entry:
    return Entry(Stored(f"{number:064x}", number, number), "text/html", 1.0)


def manifest(count: int = 0) -> Manifest:
    entries = {path: entry(number) for number, path in enumerate((*PATHS, *(f"/p/{n}" for n in range(count))))}
    known = {"exchanges/lil59": "Lille", "exchanges/lil": "Li\tlle"}
    return Manifest(3, 7, START, 5.0, ("fr", "en"), entries, {"unavailable/fr": entry(99)}, known)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 1_000])
def test_every_path_is_found_and_no_other(count):
    written = manifest(count)
    index = Index(serialise(written))
    assert {path: index.find(path) for path in written.entries} == written.entries
    assert [index.find(path) for path in ("", "/f", "/fr/", "/fr/travaux/", "/z", "/p/1\t", "\n", "/fr\ud800")] == [
        None
    ] * 8


def test_what_stands_apart_and_what_is_known_is_found_under_its_name(tmp_path):
    index = Index(serialise(manifest()))
    assert index.find_apart("unavailable/fr") == entry(99)
    assert (index.find_known("exchanges/lil"), index.find_known("exchanges/l")) == ("Li\tlle", None)
    assert index.find("unavailable/fr") is None


def test_its_head_is_the_generation_s(tmp_path):
    head = Index(serialise(manifest())).head
    assert (head.number, head.revision, head.verified_at, head.languages) == (3, 7, START, ("fr", "en"))


def test_a_generation_without_a_path_answers_none():
    assert Index(serialise(Manifest(1, 1, None, None, ("fr",)))).find("/fr") is None


def test_a_generation_stays_readable_when_another_takes_its_place(tmp_path: Path):
    swap(tmp_path, manifest())
    index = open_current(tmp_path)
    swap(tmp_path, Manifest(4, 8, START, 5.0, ("fr",)))
    assert index.find("/fr/travaux/10") == entry(6)
    assert open_current(tmp_path).find("/fr/travaux/10") is None


def test_a_file_cut_short_is_refused(tmp_path: Path):
    swap(tmp_path, manifest())
    os.truncate(current_path(tmp_path), current_path(tmp_path).stat().st_size - 1)
    with pytest.raises(ValueError, match="its end is missing"):
        open_current(tmp_path)


def test_a_whole_manifest_and_an_index_agree():
    written = serialise(manifest(50))
    assert parse(written) == manifest(50)


def test_an_address_with_a_control_character_is_never_written():
    with pytest.raises(ValueError, match="is no address"):
        serialise(Manifest(1, 1, None, None, ("fr",), {"/fr\nx": entry(1)}))
