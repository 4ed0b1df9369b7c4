from __future__ import annotations

from datetime import UTC, datetime

import pytest

from status.wording.times import clock_time, date_and_time, duration

NOW = datetime(2026, 11, 22, 13, 32, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2026, 11, 22, 13, 5, tzinfo=UTC), "14:05"),
        (datetime(2026, 11, 21, 13, 32, tzinfo=UTC), "hier\u00a014:32"),
        (datetime(2026, 11, 22, 23, 30, tzinfo=UTC), "demain\u00a000:30"),
        (datetime(2026, 11, 12, 13, 32, tzinfo=UTC), "12\u00a0nov.\u00a014:32"),
        (datetime(2026, 11, 1, 13, 32, tzinfo=UTC), "1er\u00a0nov.\u00a014:32"),
        (datetime(2026, 10, 11, 13, 32, tzinfo=UTC), "11\u00a0oct.\u00a015:32"),
        (datetime(2025, 7, 12, 12, 32, tzinfo=UTC), "12\u00a0juil.\u00a02025\u00a014:32"),
    ],
)
def test_a_time_is_said_as_seen_from_now(at, said):
    assert clock_time(at, NOW, "fr", "Europe/Paris") == said


@pytest.mark.parametrize(
    ("seconds", "french", "english"),
    [
        (-1, "0 s", "0 s"),
        (45.9, "45 s", "45 s"),
        (27 * 60, "27 min", "27 min"),
        (3 * 3600 + 20 * 60, "3 h 20", "3 h 20 min"),
        (3 * 3600 + 5 * 60, "3 h 05", "3 h 05 min"),
        (7200, "2 h", "2 h"),
        (52 * 3600, "2 j 4 h", "2 d 4 h"),
        (48 * 3600, "2 j", "2 d"),
    ],
)
def test_durations_are_short(seconds, french, english):
    said = [duration(seconds, language) for language in ("fr", "en")]
    assert said == [french.replace(" ", "\u00a0"), english.replace(" ", "\u00a0")]


def test_a_full_time_says_its_zone():
    assert date_and_time(NOW, "fr", "Europe/Paris") == "22\u00a0novembre\u00a02026 à 14:32 (CET)"
    assert date_and_time(NOW, "en", "Europe/Paris") == "22\u00a0November\u00a02026 at 14:32 (CET)"
