"""A provider's list of exchanges is read as spreadsheets write it, or refused with every fault at once."""

from __future__ import annotations

import pytest

from status.services.exchange_file import FILE_BYTES, read_exchanges

GOOD = "59350LIL;Lille Centre;59350\n2A004AJA;Ajaccio;2A004\n97105BTE;Basse-Terre;97105\n"


def read(text: str, encoding: str = "utf-8") -> list[tuple[str, str, str, str]]:
    reading = read_exchanges(text.encode(encoding))
    assert reading.faults == ()
    return [(each.code, each.name, each.insee, each.department) for each in reading.exchanges]


def faults(content: str | bytes) -> list[tuple[str, str]]:
    reading = read_exchanges(content if isinstance(content, bytes) else content.encode())
    return [(fault.place, fault.message) for fault in reading.faults]


def test_the_department_is_that_of_the_insee_code():
    assert [department for *_, department in read(GOOD)] == ["59", "2A", "971"]


@pytest.mark.parametrize("header", ["", "code;name;INSEE\n", "NRA;Nom;Code INSEE\n", "\n\ncode;nom;insee\n"])
@pytest.mark.parametrize("separator", [";", ","])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_spreadsheets_differ_and_all_are_read(header, separator, encoding, ending):
    text = (header + "42218STE;Saint-Étienne;42218\n").replace(";", separator).replace("\n", ending)
    assert read(text, encoding) == [("42218STE", "Saint-Étienne", "42218", "42")]


def test_quotes_and_lost_noughts_are_understood():
    assert read('"01004AMB";"Ambérieu; en Bugey";1004') == [("01004AMB", "Ambérieu; en Bugey", "01004", "01")]


def test_every_fault_is_told_with_its_line():
    lines = ("code;nom;INSEE", ";Sans code;59350", "A;B", "X1;Nom;postal", f"{'y' * 121};Nom;59350", "X2;N\0m;59350")
    told = faults("\n".join((*lines, "X3;Nom;59350", "X3;Nom;62041")))
    assert [place for place, _ in told] == [f"line {line}" for line in (2, 3, 4, 5, 6, 8)]
    assert "found INSEE code 'postal'" in told[2][1]
    assert "stands on line 7 already" in told[5][1]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "there is no exchange"),
        (b"code;nom;insee\n", "there is no exchange"),
        (b"a;\x81\x8d;59350\n", "neither UTF-8 nor Windows-1252"),
        (b'A;"open;59350\n', "can't be read as CSV from here"),
        (b"x" * (FILE_BYTES + 1), "more than"),
        ("code;nom;insee\nA;B;59350\n".encode("utf-16"), "control character"),
    ],
)
def test_what_is_no_such_file_is_refused(content, said):
    told = faults(content)
    assert told
    assert said in told[0][1]
