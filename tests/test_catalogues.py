"""`./travaux messages` finds what a catalogue lacks, doubts or keeps for nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.catalogues import PAGES, WORDS, faults, languages

ENTRY = '#: a\n{flags}msgid "{id}"\nmsgstr "{string}"\n\n'
PLURAL = 'msgid "%(n)s line"\nmsgid_plural "%(n)s lines"\nmsgstr[0] "%(n)s ligne"\nmsgstr[1] ""\n\n'


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A source tree whose one page says four things."""
    for folder in ("templates", "status/web", "status/queries", "status/translations/fr/LC_MESSAGES"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "templates" / "page.html").write_text('{{ _("Works") }} {% trans %}Doubt{% endtrans %}')
    (tmp_path / "status" / "web" / "page.py").write_text('_("Gone"); ngettext("%(n)s line", "%(n)s lines", 2)')
    return tmp_path


def translate(tree: Path, *entries: str) -> list[str]:
    (tree / "status/translations/fr/LC_MESSAGES/pages.po").write_text("".join(entries))
    return [fault.removeprefix("fr/pages.po: ") for fault in faults(PAGES, "fr", tree)]


def test_what_is_missing_fuzzy_empty_or_unused_is_told_by_name(tree):
    works = ENTRY.format(flags="", id="Works", string="Travaux")
    doubt = ENTRY.format(flags="#, fuzzy\n", id="Doubt", string="Doute")
    old = ENTRY.format(flags="", id="Old", string="Vieux")
    assert translate(tree, works, doubt, old, PLURAL) == [
        "missing: 'Gone'",
        "fuzzy: 'Doubt'",
        "unused: 'Old'",
        "empty: '%(n)s line'",
    ]


@pytest.mark.parametrize("domain", [PAGES, WORDS], ids=lambda domain: domain.name)
def test_our_own_catalogues_have_no_fault(domain):
    assert [fault for language in languages() for fault in faults(domain, language)] == []
