from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from status.domain.short_text import BASIC, TWICE, fit, length, plain


@pytest.mark.parametrize(("text", "written"), [
    ("Réception retardée", "Réception retardée"), ("l’accès – « oui »…", "l'accès - \" oui \"..."),
    ("ÀÊÎÕÛÇ œuf", "AEIOUÇ oeuf"),
    ("a\n\tb\u00a0c", "a b c"), ("½ ™ ﬁ", "1/2 TM fi"), ("日本", "??"), ("a\u200b\u202eb", "ab"), ("🙂", "?"),
])  # fmt: skip
def test_a_text_is_written_in_the_network_s_alphabet(text, written):
    assert plain(text) == written


def test_some_characters_count_twice():
    assert length("a€[]{}\\~|^") == 1 + 2 * 9


@pytest.mark.parametrize(("text", "most", "cut"), [
    ("un deux trois", 13, "un deux trois"), ("un deux trois", 12, "un deux..."), ("x" * 20, 10, "x" * 7 + "..."),
    ("€" * 20, 10, "€€€..."),
])  # fmt: skip
def test_a_text_is_cut_to_what_fits(text, most, cut):
    assert fit(text, most) == cut


@given(st.text(max_size=400), st.integers(4, 200))
def test_whatever_is_written_fits_and_is_of_the_alphabet(text, most):
    written = fit(plain(text), most)
    assert length(written) <= most
    assert set(written) <= BASIC | TWICE
