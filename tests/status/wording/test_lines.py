"""Plain text folded at 72 columns."""

from __future__ import annotations

from status.wording.lines import folded

LONG = "Une partie des messages entrants arrive avec trente minutes de retard, aucun n’est perdu."
ADDRESS = "https://status.example.net/fr/travaux/" + "1" * 60


def test_no_line_is_longer_than_72_characters_and_no_word_is_lost():
    text = folded(f"{LONG} {LONG}\n\n{LONG}")
    assert max(map(len, text.split("\n"))) <= 72
    assert text.split() == f"{LONG} {LONG} {LONG}".split()


def test_an_address_stays_in_one_piece_on_a_line_of_its_own():
    assert ADDRESS in folded(f"Voir {ADDRESS} pour la suite, qui est assez longue.").split("\n")


def test_what_follows_a_list_mark_stands_below_its_first_word():
    assert all(line.startswith(("- ", "  ")) for line in folded(f"- {LONG}").split("\n"))
    assert folded(f"12. {LONG}").split("\n")[1].startswith("    ")


def test_a_quotation_keeps_its_mark():
    assert all(line.startswith("> > ") for line in folded(f"> > {LONG}").split("\n"))


def test_what_is_short_or_indented_stays_as_it_is():
    text = f"-- \n\ncourt  deux\n    {LONG}\n\t{LONG}"
    assert folded(text) == text


def test_a_space_that_must_not_break_does_not():
    assert "\u00a0:" in folded("x" * 68 + " y\u00a0: z")
    assert all("\u00a0" not in (line[:1], line[-1:]) for line in folded("x" * 70 + " y\u00a0: z").split("\n"))
