"""Every sentence of the pages has its French, and no French stands on an English page."""

from __future__ import annotations

import re
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from status.i18n import translations
from tests.status.web.days import very_bad_day

ROOT = Path(__file__).parents[3]
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}
SOURCES = (("templates", "**.html", "jinja2.ext:babel_extract"), ("status/web", "**.py", "python"))
SOURCES = (*SOURCES, ("status/queries", "**.py", "python"))


def extracted() -> set[str | tuple[str, ...]]:
    found = set()
    for folder, pattern, method in SOURCES:
        for _, _, message, _, _ in extract_from_dir(ROOT / folder, [(pattern, method)], keywords=KEYWORDS):
            found.add(message)
    return found


def catalogue() -> Catalog:
    with (ROOT / "status/translations/fr/LC_MESSAGES/pages.po").open("rb") as file:
        return read_po(file, locale="fr")


def test_every_sentence_has_its_french_and_none_is_doubtful():
    french = catalogue()
    missing = [message for message in extracted() if message not in french]
    empty = [entry.id for entry in french if entry.id and (entry.fuzzy or not all(_strings(entry.string)))]
    assert (missing, empty) == ([], [])


def test_no_sentence_is_kept_that_no_page_says():
    french = catalogue()
    said = {message[0] if isinstance(message, tuple) else message for message in extracted()}
    kept = {entry.id[0] if isinstance(entry.id, tuple) else entry.id for entry in french if entry.id}
    assert kept - said == set()


def test_french_punctuation_is_preceded_by_a_space_that_does_not_break():
    french = [text for entry in catalogue() if entry.id for text in _strings(entry.string)]
    assert [text for text in french if re.search(r"\w[:;?!](\s|$)| [:;?!]", text)] == []


def test_placeholders_are_the_same_in_both_languages():
    faults = [entry.id for entry in catalogue() if entry.id and list(entry.check(catalogue()))]
    assert faults == []


def test_an_english_page_holds_no_french_sentence(app, fill):
    fill(very_bad_day)
    client = app.test_client()
    pages = [client.get(f"/en{path}").text for path in ("", "/travaux", "/components/sip", "/travaux/1203", "/none")]
    text = re.sub(r'<(\w+) lang="fr"[^>]*>.*?</\1>', "", " ".join(pages), flags=re.DOTALL)
    french = {translations("fr").gettext(m) for m in extracted() if isinstance(m, str) and len(m) > 12}
    assert [sentence for sentence in french if f">{sentence}<" in text] == []


def _strings(string: object) -> tuple[str, ...]:
    return tuple(string) if isinstance(string, (tuple, list)) else (str(string),)
