"""A third language is one more catalogue: nothing else of the code knows which there are."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po, write_po

from status.i18n import LANGUAGES, spoken
from tests.catalogues import ROOT

SAY = """
from datetime import timedelta
from tests.status.web.conftest import SETTINGS
from tests.browser.screenshots import served
import tests.browser.screenshots as pictures
from tests.status.web.days import one_incident
import urllib.request
pictures.SETTINGS = SETTINGS.model_copy(update={"site": type(SETTINGS.site)(name="X", languages=("fr", "en", "de"))})
with served(one_incident) as base:
    for path in ("", "/travaux/1203", "/help/telephone", "/history", "/availability", "/components/sip/measures"):
        print(urllib.request.urlopen(f"{base}/de{path}").read().decode())
    print(urllib.request.urlopen(f"{base}/de/feed.rss").read().decode())
"""


def test_a_folder_with_a_catalogue_is_a_language_and_nothing_else_is(tmp_path):
    for name in ("fr", "de", "__pycache__", "README"):
        (tmp_path / name).mkdir()
    (tmp_path / "it").write_text("no folder")
    assert spoken(tmp_path) == ("fr", "en", "de")
    assert LANGUAGES[:2] == ("fr", "en")


def germanize(source: Path, target: Path) -> None:
    """Write a catalogue that says every sentence in another way; its plurals and placeholders are the English ones."""
    catalogue = read_po(io.BytesIO(source.read_bytes()), locale="de")
    for entry in (entry for entry in catalogue if entry.id):
        ids = (entry.id,) if isinstance(entry.id, str) else entry.id
        said = tuple(f"ß {each}" for each in ids)
        entry.string = said[0] if len(said) == 1 else said
    target.parent.mkdir(parents=True, exist_ok=True)
    written = io.BytesIO()
    write_po(written, catalogue)
    target.write_bytes(written.getvalue())


@pytest.mark.story
def test_its_pages_and_feeds_speak_it_and_people_s_words_fall_back(tmp_path):
    for folder in ("status", "probes", "templates", "tests"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
    own = tmp_path / "status" / "translations"
    for name in ("pages", "words"):
        germanize(own / "fr" / "LC_MESSAGES" / f"{name}.po", own / "de" / "LC_MESSAGES" / f"{name}.po")
    command = [sys.executable, "-W", "ignore", "-c", SAY]
    ran = subprocess.run(command, cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True,
                         check=False, timeout=100)  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert '<html lang="de">' in ran.stdout
    assert 'title="Deutsch">DE</abbr>' in ran.stdout
    assert "ß Timeline" in ran.stdout
    assert '<span lang="fr">Appels entrants coupés à Lille</span>' in ran.stdout
    assert "<language>de</language>" in ran.stdout
