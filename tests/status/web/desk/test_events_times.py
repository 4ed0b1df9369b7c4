"""Promised and expected times at the desk: preset as configured, taken back, told as of now."""

from __future__ import annotations

from dataclasses import replace

import pytest

from status.app import create_app
from status.config.model import Desk
from status.models.engine import writing
from status.services.events import find
from tests.status.web.builder import NOW, ago
from tests.status.web.days import one_incident
from tests.status.web.desk.test_events_posting import PAGE, TEXT, form_of, opened
from tests.status.web.signing_in import sign_in

TIMES = ("expected_end_at", "next_update_at")


@pytest.fixture
def bob(app, fill, sessions):
    fill(one_incident)
    with writing(sessions) as session:
        event = find(session, "1203")
        event.expected_end_at, event.next_update_at = ago(hours=-3), ago(hours=-1)
    return sign_in(app, "bob")


def times(sessions):
    with sessions() as session:
        event = find(session, "1203")
        return [getattr(event, name) for name in TIMES]


def test_emptied_fields_take_both_times_back(bob, sessions):
    assert bob.post(PAGE, opened(bob, do="post", expected_end_at="", next_update_at="")).status_code == 303
    assert times(sessions) == [None, None]


def test_a_form_without_these_fields_takes_nothing_back(bob, sessions):
    form = {name: value for name, value in opened(bob, do="post").items() if name not in TIMES}
    assert bob.post(PAGE, form).status_code == 303
    assert None not in times(sessions)


def test_a_time_alone_that_is_taken_back_is_an_update(bob, sessions):
    form = {**opened(bob, do="post", expected_end_at=""), "text_fr": "", "text_en": ""}
    assert bob.post(PAGE, form).status_code == 303
    assert times(sessions)[0] is None


def test_a_draft_remembers_which_time_it_takes_back(bob, sessions):
    bob.post(PAGE, opened(bob, do="draft", expected_end_at=""))
    page = bob.get("/desk/events/1203").text
    uid = page[page.index("draft=") + 6 :][:36]
    assert form_of(bob.get(f"{PAGE}?draft={uid}").text)["expected_end_at"] == ""
    assert bob.post(f"/desk/events/1203/drafts/{uid}/post").status_code == 303
    assert times(sessions)[0] is None


def test_a_draft_that_says_nothing_of_a_time_leaves_it(bob, sessions):
    bob.post(PAGE, opened(bob, do="draft"))
    page = bob.get("/desk/events/1203").text
    uid = page[page.index("draft=") + 6 :][:36]
    bob.post(PAGE, {**form_of(bob.get(f"{PAGE}?draft={uid}").text), **TEXT, "do": "post"})
    assert None not in times(sessions)


def test_the_next_word_is_preset_as_configured(runtime, fill):
    fill(one_incident)
    desk = Desk(next_word_minutes=(600, 600, 600, 600, 600))
    app = create_app(replace(runtime, settings=runtime.settings.model_copy(update={"desk": desk})))
    bob = sign_in(app, "bob")
    for path in (PAGE, "/desk/events/new"):
        assert form_of(bob.get(path).text)["next_update_at"] == "2026-11-23T00:35"


def test_times_of_today_and_yesterday_are_told_shortly(app, fill, sessions):
    fill(one_incident)
    with writing(sessions) as session:
        find(session, "1203").detected_at = ago(days=1)
    page = sign_in(app, "rita").get("/desk/events/1203").text
    assert f">hier\u00a0{ago(days=1, hours=-1):%H:%M}</time>" in page
    assert f">{NOW:%d}" not in page.partition('class="banner')[2].partition("</div>")[0]
