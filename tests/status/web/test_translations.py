"""Every sentence of the pages has its French, and no French stands on an English page."""

from __future__ import annotations

import re

from status.i18n import translations
from tests.catalogues import PAGES, catalogue, said, strings
from tests.status.web.days import very_bad_day


def test_french_punctuation_is_preceded_by_a_space_that_does_not_break():
    french = [text for entry in catalogue(PAGES) if entry.id for text in strings(entry)]
    assert [text for text in french if re.search(r"\w[:;?!](\s|$)| [:;?!]", text)] == []


def test_placeholders_are_the_same_in_both_languages():
    french = catalogue(PAGES)
    faults = [entry.id for entry in french if entry.id and list(entry.check(french))]
    assert faults == []


def test_an_english_page_holds_no_french_sentence(app, fill):
    fill(very_bad_day)
    client = app.test_client()
    pages = [client.get(f"/en{path}").text for path in ("", "/travaux", "/components/sip", "/travaux/1203", "/none")]
    text = re.sub(r'<(\w+) lang="fr"[^>]*>.*?</\1>', "", " ".join(pages), flags=re.DOTALL)
    french = {translations("fr").gettext(m) for m in said(PAGES) if isinstance(m, str) and len(m) > 12}
    assert [sentence for sentence in french if f">{sentence}<" in text] == []
