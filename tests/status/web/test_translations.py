"""Every sentence of the pages has its French, and no French stands on an English page."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from status.app import create_app
from tests.catalogues import PAGES, catalogue, strings
from tests.status.web.builder import NOW
from tests.status.web.spoken import Spoken, only_in, words_of
from tests.status.web.views import VIEWS, every_kind

ALIKE = {"calendar", "centre", "cet", "feed", "file", "min", "mortem", "post", "status", "website"}
"""Words of one language that may stand on pages of the other: names of files and formats, British English, a time
zone, a unit, French words that are English ones too."""


def test_french_punctuation_is_preceded_by_a_space_that_does_not_break():
    french = [text for entry in catalogue(PAGES) if entry.id for text in strings(entry)]
    assert [text for text in french if re.search(r"\w[:;?!](\s|$)| [:;?!]", text)] == []


def test_placeholders_are_the_same_in_both_languages():
    french = catalogue(PAGES)
    faults = [entry.id for entry in french if entry.id and list(entry.check(french))]
    assert faults == []


def views_left_out(app) -> set[str]:
    """Give the endpoints of public pages in a language that VIEWS does not reach."""
    adapter = app.url_map.bind("localhost")
    reached = {adapter.match(f"/en{path.partition('?')[0]}")[0] for path in VIEWS if path != "/nope"}
    pages = {rule.endpoint for rule in app.url_map.iter_rules("public.event") or ()}
    pages |= {rule.endpoint for rule in app.url_map.iter_rules() if rule.rule.startswith("/<lang:lang>")}
    return {page for page in pages - reached if page.split(".")[0] in {"public", "subscriptions"}}


def test_every_page_is_among_the_views(app):
    files = {"public.travaux_csv", "public.travaux_json"}
    assert views_left_out(app) == {*files, "public.unavailable", "subscriptions.ask"}


@pytest.mark.parametrize("later_s", [0, pytest.param(600, marks=pytest.mark.story)])
@pytest.mark.parametrize(("language", "other"), [("en", "fr"), ("fr", "en")])
def test_every_view_is_in_its_own_language(runtime, fill, language, other, later_s):
    fill(every_kind)
    later = replace(runtime, clock=lambda: replace(runtime.clock(), wall=NOW.timestamp() + 2 + later_s))
    client = create_app(later).test_client()
    foreign = only_in(other) - ALIKE - words_of([runtime.settings.site.name])
    found = {path: Spoken(client.get(f"/{language}{path}").text, language).words & foreign for path in VIEWS}
    assert {path: words for path, words in found.items() if words} == {}


def test_words_of_another_language_are_found_where_they_are_not_marked():
    page = '<html lang="en"><p title="état inconnu">Down <b lang="fr">panne</b> <i>hier</i></p></html>'
    assert Spoken(page, "en").words & only_in("fr") == {"état", "inconnu", "hier"}
