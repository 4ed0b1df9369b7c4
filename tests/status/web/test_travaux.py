"""The travaux list."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
import sqlalchemy as sa

from status.domain.states import EventState, EventType, Impact
from status.models import Event
from status.models.engine import writing
from status.services.indexing import index_events
from tests.status.web.builder import ago
from tests.status.web.days import one_incident, quiet, very_bad_day


@pytest.fixture
def indexed(fill, sessions):
    """Give what fills the database with a day and indexes its events."""

    def make(day) -> None:
        fill(day)
        with writing(sessions) as session:
            index_events(session, session.scalars(sa.select(Event.uid)).all())

    return make


def numbers(page: str) -> list[int]:
    return [int(n) for n in re.findall(r'/fr/travaux/(\d+)"', page)]


def row_of(page: str, n: int) -> str:
    return page.split(f"FS#{n}")[1].partition("</tr>")[0]


def test_the_filter_keeps_what_was_asked_and_says_it(app, fill):
    fill(very_bad_day)
    page = app.test_client().get("/fr/travaux?type=incident&area=email&year=2026").text
    assert "4 fiches, incident, E-mail, 2026" in page
    assert len(numbers(page)) == 4


def test_a_period_a_place_and_words_are_said_too(app, fill):
    fill(quiet)
    client = app.test_client()
    page = client.get("/fr/travaux?from=2026-11-01&to=2026-11-20&department=59&q=x").text.replace("\u00a0", " ")
    assert "0 fiche, à partir du 1er nov. 2026, jusqu’au 20 nov. 2026, « x », Nord (59)" in page
    assert "0 entries, “x”, zz" in client.get("/en/travaux?q=x&department=zz").text


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


def found(app, query: str) -> list[int]:
    return numbers(app.test_client().get(f"/fr/travaux?{query}").text)


def test_a_search_knows_no_accents_no_case_and_no_order(app, indexed):
    indexed(very_bad_day)
    everything = set(found(app, "q="))
    page = app.test_client().get("/fr/travaux?q=COUPES à lille").text
    assert "«\u00a0COUPES à lille\u00a0»" in page
    assert 0 < len(numbers(page)) < len(everything)
    assert numbers(page) == found(app, "q=lille+coupés") == found(app, "q=lille+coupes&department=59")


def test_a_search_for_signs_of_the_database_finds_nothing_and_breaks_nothing(app, indexed):
    indexed(very_bad_day)
    hostile = ("q=%25%25", "q=a_b", "q=%27%22%5C", "q=" + "z" * 5_000)
    assert [found(app, query) for query in hostile] == [[]] * 4
    assert app.test_client().get("/fr/travaux?q=%00").status_code == 200


def test_a_number_leads_to_its_event_if_there_is_one(app, indexed):
    indexed(very_bad_day)
    client = app.test_client()
    known = found(app, "q=")[0]
    there = {
        client.get("/fr/travaux", query_string={"q": q}).location for q in (f"FS#{known}", f"{known}", f"#{known}")
    }
    assert there == {f"/fr/travaux/{known}"}
    assert client.get("/fr/travaux?q=FS%23999999").status_code == 200


def test_sorting_turns_round(app, fill):
    fill(very_bad_day)
    assert found(app, "sort=number") == sorted(found(app, "sort=number"))
    assert found(app, "sort=-number") == sorted(found(app, "sort=number"), reverse=True)


def test_a_component_s_filter_holds_what_touches_it_and_what_is_below(app, fill):
    fill(very_bad_day)
    of_area, of_filter = found(app, "component=email"), found(app, "area=email")
    assert of_area == of_filter
    assert found(app, "component=none") == []


def test_a_period_holds_what_was_going_on_in_it(app, fill):
    fill(very_bad_day)
    today = ago().date()
    assert found(app, f"from={today}") == [n for n in found(app, "") if n in found(app, f"from={today}")]
    assert found(app, "from=2031-01-01&state=ended") == []
    assert found(app, "to=2019-01-01") == []
    assert found(app, "from=nonsense") == found(app, "")


def test_the_files_hold_what_the_list_shows(app, fill):
    fill(very_bad_day)
    client = app.test_client()
    shown = found(app, "type=incident&area=email")
    said = json.loads(client.get("/fr/travaux.json?type=incident&area=email").data)
    rows = list(
        csv.reader(io.StringIO(client.get("/fr/travaux.csv?type=incident&area=email").data.decode("utf-8-sig")))
    )
    assert [event["n"] for event in said["events"]] == shown
    assert [row[0] for row in rows[1:]] == [f"FS#{n}" for n in shown]
    assert said["total"] == len(shown)


def test_a_title_that_is_a_formula_is_calculated_by_nobody(app, fill):
    def day(session):
        story = quiet(session)
        story.event(("=1+2", "=1+2"), ["dns"], began=ago(days=1), ended=ago(), state=EventState.RESOLVED)
        return story

    fill(day)
    assert ",'=1+2," in app.test_client().get("/fr/travaux.csv").text


def test_headings_order_the_list_and_say_how_it_is_ordered(app, fill):
    fill(very_bad_day)
    client = app.test_client()
    page = client.get("/fr/travaux?area=email").text
    assert 'aria-sort="descending"><a href="/fr/travaux?area=email&amp;sort=begin"' in page
    turned = client.get("/fr/travaux?area=email&sort=begin").text
    assert 'aria-sort="ascending"><a href="/fr/travaux?area=email" rel="nofollow">Début</a>' in turned
    assert page.count("aria-sort") == turned.count("aria-sort") == 1


def test_a_component_is_found_by_its_name_as_one_types_it(app, fill):
    fill(very_bad_day)
    assert found(app, "component=appels+SIP") == found(app, "component=sip") != []
    assert found(app, "component=nobody") == []


def test_the_state_column_says_where_an_incident_stands_and_the_next_one_its_impact(app, fill):
    fill(one_incident)
    row = app.test_client().get("/fr/travaux").text.split("FS#1203")[1].split("</tr>")[0]
    assert "cause identifiée" in row.split('class="st"')[1].split("</td>")[0]
    assert "indisponibilité totale" in row.split('class="im"')[1].split("</td>")[0]


def test_the_list_of_a_type_names_that_type_s_feeds(app, fill):
    fill(quiet)
    client = app.test_client()
    assert 'href="/fr/types/incident/feed.rss"' in client.get("/fr/travaux?type=incident").text
    assert "/types/" not in client.get("/fr/travaux").text.split("</head>")[0]


def closed(session):
    """Give a day with an incident that was closed as the robot closes one: its impact now is none."""
    story = quiet(session)
    posts = [(ago(minutes=50), EventState.INVESTIGATING, {"fr": "Panne."})]
    event = story.event(("Panne", "Outage"), ["webmail"], began=ago(hours=1), ended=ago(minutes=9), posts=posts)
    event.state, event.impact = EventState.RESOLVED, Impact.NONE
    return story


def test_what_is_over_keeps_the_worst_impact_it_had_in_the_list_and_its_files(app, fill):
    fill(closed)
    client = app.test_client()
    assert "indisponibilité totale" in row_of(client.get("/fr/travaux").text, 1203)
    assert ",indisponibilité totale," in client.get("/fr/travaux.csv").text.split("FS#1203")[1].split("\r\n")[0]
    told = {event["n"]: event["impact"] for event in client.get("/fr/travaux.json").json["events"]}
    assert told[1203] == "full"


def test_the_worst_impacts_of_a_page_are_read_by_one_statement(app, fill, statements):
    fill(closed)
    statements.clear()
    app.test_client().get("/fr/travaux")
    assert sum("DISTINCT event_update" in each for each in statements) == 1


def test_a_work_cancelled_before_it_began_ends_nowhere_before_its_start(app, fill):
    def day(session):
        story = quiet(session)
        when = {"planned": (ago(hours=-2), ago(hours=-4)), "ended": ago(hours=1)}
        kind, state = EventType.MAINTENANCE, EventState.CANCELLED
        story.event(("Travaux", "Works"), ["vps"], kind=kind, state=state, **when)
        return story

    fill(day)
    client = app.test_client()
    row = row_of(client.get("/fr/travaux").text, 1203)
    assert re.search(r'class="en"><span class="muted">prévue</span> <time[^>]*>18:32<', row)
    assert "16:32+01:00,,2026-11-22T18:32+01:00" in row_of(client.get("/fr/travaux.csv").text, 1203)
    told = next(event for event in client.get("/fr/travaux.json").json["events"] if event["n"] == 1203)
    assert (told["began_at"], told["planned_start_at"]) == (None, "2026-11-22T15:32:07Z")
