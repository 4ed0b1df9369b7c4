"""The map: its table first, each department a link with its state in words and a pattern."""

from __future__ import annotations

import gzip

import pytest
from lxml import html

from status.domain.departments import DEPARTMENTS
from status.domain.states import PlaceKind, Verdict, Visibility
from tests.status.web.builder import NOW, Story, ago
from tests.status.web.days import quiet
from tests.status.web.placing import name, put

WIRE_BYTES = 60_000


def north_down(session) -> Story:
    story = quiet(session)
    put(story, "collecte", departments=("59", "62"))
    put(story, "radius", departments=("974",))
    story.verdict("collecte", Verdict.DOWN, ago(minutes=27))
    return story


def page(app, path: str = "/en/map"):
    answer = app.test_client().get(path)
    assert answer.status_code == 200
    return html.fromstring(answer.text)


def links(tree) -> dict[str, str]:
    return {link.get("href").rsplit("/", 1)[1]: link.get("aria-label") for link in tree.xpath("//svg/a[@aria-label]")}


def test_every_department_is_a_link_with_its_state_in_words(app, fill):
    fill(north_down)
    found = links(page(app))
    assert len(found) == 101
    assert (found["59"], found["974"]) == ("Nord (59): outage", "La Réunion (974): operational")
    assert found["2a"] == "Corse-du-Sud (2A): not monitored"


def test_what_is_wrong_stands_in_a_table_before_the_map(app, fill):
    fill(north_down)
    text = app.test_client().get("/fr/map").text
    assert text.index('<a href="/fr/departments/62">Pas-de-Calais</a> (62)') < text.index('<svg class="map"')
    rows = page(app, "/fr/map").xpath("//table[1]/tbody/tr")
    assert [row.xpath("string(th)") for row in rows][:2] == ["Nord (59)", "Pas-de-Calais (62)"]


def test_a_state_has_a_pattern_beside_its_colour(app, fill):
    fill(north_down)
    tree = page(app)
    assert tree.xpath("//svg/a[@href='/en/departments/59']/@fill") == ["url(#map-down)"]
    assert {each.get("id") for each in tree.xpath("//pattern")} >= {"map-down", "map-degraded", "map-unknown"}


def test_an_event_is_named_beside_the_departments_it_names(app, fill):
    def day(session):
        story = quiet(session)
        event = story.event(("Fibre coupée", "Fibre cut"), ["xdsl"], began=ago(hours=1), by=2)
        name(session, event, PlaceKind.DEPARTMENT, "29")
        return story

    fill(day)
    assert page(app).xpath("//table[1]/tbody/tr/td[3]/a/@href") == ["/en/travaux/1203"]


def test_a_stale_map_has_no_green_and_says_what_was(app, runtime, fill):
    def day(session):
        story = Story(session).begin(verified_at=ago(minutes=10))
        story.component("radius", "xdsl", "RADIUS")
        put(story, "radius", departments=("59",))
        return story

    fill(day)
    tree = page(app)
    assert links(tree)["59"] == "Nord (59): was: operational"
    assert tree.xpath("//svg/a[contains(@class, 'operational')]") == []
    assert "Monitoring interrupted since" in tree.text_content()
    assert "No known incident" not in tree.text_content()


def test_the_map_is_light(app, fill):
    fill(north_down)
    assert len(gzip.compress(app.test_client().get("/fr/map").data)) < WIRE_BYTES


def test_a_hidden_component_colours_nothing(app, fill):
    def day(session):
        story = quiet(session)
        story.component("canary", "xdsl", "Canary", visibility=Visibility.INTERNAL)
        put(story, "canary", departments=("59",))
        story.verdict("canary", Verdict.DOWN, ago(minutes=9))
        return story

    fill(day)
    assert links(page(app))["59"] == "Nord (59): not monitored"


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_collectivities_stand_in_the_table_once_something_is_there(app, fill, lang):
    def day(session):
        story = quiet(session)
        put(story, "radius", departments=("988",))
        return story

    fill(day)
    said = page(app, f"/{lang}/map").text_content()
    assert DEPARTMENTS["988"] in said
    assert DEPARTMENTS["987"] not in said


def test_rendering_twice_gives_equal_bytes(app, fill):
    fill(north_down)
    first, second = (app.test_client().get("/fr/map").data for _ in range(2))
    assert first == second
    assert NOW.strftime("%M:%S").encode() in first


def test_the_map_names_where_it_comes_from(app, fill):
    fill(quiet)
    assert "Contours\xa0: IGN, Admin Express 2018, Licence Ouverte." in page(app, "/fr/map").text_content()
