from __future__ import annotations

import pytest

from status.domain.departments import DEPARTMENTS, department_of, find_department


def test_there_are_101_departments_and_8_collectivities():
    assert len(DEPARTMENTS) == 109
    assert {"2A", "2B", "971", "976", "988"} <= DEPARTMENTS.keys()
    assert "20" not in DEPARTMENTS


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("59", "59"),
        ("1", "01"),
        (" 2a ", "2A"),
        ("971", "971"),
        ("20", None),
        ("", None),
        ("٥٩", None),
        ("9" * 500, None),
    ],
)
def test_a_department_is_found_as_people_write_it(text, code):
    assert find_department(text) == code


@pytest.mark.parametrize(
    ("insee", "code"),
    [
        ("59350", "59"),
        ("2A004", "2A"),
        ("97105", "971"),
        ("98818", "988"),
        ("20004", None),
        ("5935", None),
        ("59350 ", None),
    ],
)
def test_a_commune_lies_in_the_department_its_code_begins_with(insee, code):
    assert department_of(insee) == code
