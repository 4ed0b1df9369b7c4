"""The travaux list."""

from __future__ import annotations

import re

from status.domain.states import EventState
from tests.status.web.builder import ago
from tests.status.web.days import quiet, very_bad_day


def numbers(page: str) -> list[int]:
    return [int(n) for n in re.findall(r'/fr/travaux/(\d+)"', page)]


def test_the_filter_keeps_what_was_asked_and_says_it(app, fill):
    fill(very_bad_day)
    page = app.test_client().get("/fr/travaux?type=incident&area=email&year=2026").text
    assert "4 fiches, incident, E-mail, 2026" in page
    assert len(numbers(page)) == 4


def test_a_state_filter_finds_the_coming_works(app, fill):
    fill(very_bad_day)
    assert len(numbers(app.test_client().get("/fr/travaux?state=coming").text)) == 3


def test_unknown_keys_and_values_filter_nothing(app, fill):
    fill(quiet)
    client = app.test_client()
    plain = client.get("/fr/travaux").data
    assert client.get("/fr/travaux?type=nonsense&year=xx&utm_source=mail").data == plain


def test_pages_go_on_until_the_first_event_and_end_there(app, fill):
    def day(session):
        story = quiet(session)
        for number in range(118):
            began = ago(days=5 + number)
            story.event(("Ancien", "Old"), ["dns"], began=began, ended=began, state=EventState.RESOLVED)
        return story

    fill(day)
    client = app.test_client()
    pages = [numbers(client.get(f"/fr/travaux?page={page}").text) for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [50, 50, 20]
    assert len({n for page in pages for n in page}) == 120
    assert client.get("/fr/travaux?page=4").status_code == 404


def test_the_canonical_address_keeps_the_known_query_only(app, fill):
    fill(quiet)
    page = app.test_client().get("/fr/travaux?utm=1&area=email&type=").text
    assert '<link rel="canonical" href="https://status.example.net/fr/travaux?area=email">' in page
