"""What all files that are taken in share."""

from __future__ import annotations

import pytest

from status.services.import_file import (
    Fault,
    Wrong,
    clean,
    columns_of,
    decoded,
    decoded_as_spreadsheets,
    lines_of,
)


@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_the_separator_is_found(separator):
    assert list(lines_of(separator.join(("a", "b")))) == [(1, ["a", "b"])]


def test_a_comma_within_a_cell_separates_nothing():
    assert list(lines_of("Mairie, Lille, Nord;fr\n")) == [(1, ["Mairie, Lille, Nord", "fr"])]


def test_lines_that_hold_nothing_are_left_out_and_counted():
    assert list(lines_of('\r\n"a";b\r\n;\r\n  c ;"d\ne"\r\nf;g')) == [
        (2, ["a", "b"]), (5, ["c", "d\ne"]), (6, ["f", "g"]),
    ]  # fmt: skip


def test_letters_are_composed():
    assert list(lines_of("Evre\u0301nos;1")) == [(1, ["Evr\u00e9nos", "1"])]


def test_broken_quotes_are_a_fault_after_what_was_well():
    whole, (line, fault) = lines_of('a;b\n"open;c\n')
    assert whole == (1, ["a", "b"])
    assert isinstance(fault, Fault)
    assert (line, fault.place) == (2, "line 2")


def test_a_cell_may_be_longer_than_pythons_own_limit():
    assert len(next(lines_of("x" * 200_000 + ";y"))[1][0]) == 200_000


def test_a_spreadsheets_own_encoding_is_read():
    assert decoded_as_spreadsheets("Saint-Étienne €".encode("cp1252"), 100) == "Saint-Étienne €"
    with pytest.raises(Wrong, match="line 2 is not UTF-8"):
        decoded("a\nSaint-Étienne".encode("cp1252"), 100)


@pytest.mark.parametrize("decode", [decoded, decoded_as_spreadsheets])
def test_a_file_too_long_and_a_mark(decode):
    assert decode(b"\xef\xbb\xbfabc", 6) == "abc"
    with pytest.raises(Wrong, match="more than 5 bytes"):
        decode(b"\xef\xbb\xbfabc", 5)


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (["nam", "fr"], "unknown column 'nam', did you mean 'name'"),
        (["zzz"], "known are: name, fr, en"),
        (["fr"], "the header: name missing"),
        (["name"], "the header: fr or en missing"),
        (["name", "en", "name"], "stands twice"),
    ],
)
def test_a_header_that_is_none_is_refused(header, said):
    with pytest.raises(Wrong, match=said):
        columns_of(header, ("name", "fr", "en"), ("name", "fr or en"))


def test_a_headers_words_are_read_in_any_case():
    assert columns_of([" Name", "EN"], ("name", "fr", "en"), ("name", "fr or en")) == ["name", "en"]


def test_what_cannot_be_seen_is_cleaned_away():
    assert clean(" a\x00b\n\tcd ", 5) == "ab\n\tc"
