"""Badges say a state in words and in colour, and never a green one that nobody verified."""

from __future__ import annotations

import pytest
from lxml import etree

from status.domain.states import PublicState, Visibility
from status.web.compat.badges import COLOURS
from tests.status.web.builder import Story, ago
from tests.status.web.days import one_incident, quiet

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def ask(app):
    return lambda path: app.test_client().get(f"/badges/{path}")


def test_a_picture_says_its_state_to_those_who_cannot_see_it(fill, ask):
    fill(one_incident)
    answer = ask("sip.svg")
    picture = etree.fromstring(answer.data)
    assert answer.content_type == "image/svg+xml; charset=utf-8"
    assert (picture.get("role"), picture.findtext(f"{SVG}title")) == ("img", "Appels SIP: panne")
    assert COLOURS[PublicState.DOWN] in answer.text
    assert len(answer.data) < 1_500


def test_shields_reads_the_same(fill, ask):
    fill(quiet)
    assert ask("webmail.json").get_json() == {
        "schemaVersion": 1, "label": "Webmail", "message": "opérationnel",
        "color": COLOURS[PublicState.OPERATIONAL][1:],
    }  # fmt: skip


def test_a_name_cannot_leave_its_place(fill, ask):
    def day(session):
        story = Story(session).begin()
        story.component("x", "email", "<script>\"&'" + "é" * 100)
        return story

    fill(day)
    picture = etree.fromstring(ask("x.svg").data)
    assert [each.tag for each in picture.iter() if each.tag == f"{SVG}script"] == []
    assert int(picture.get("width")) < 500


def test_when_monitoring_is_interrupted_it_is_unknown(fill, ask):
    def day(session):
        story = Story(session).begin(verified_at=ago(minutes=9))
        story.component("web", "hosting", "Web")
        return story

    fill(day)
    assert ask("web.json").get_json()["message"] == "état inconnu"
    assert COLOURS[PublicState.UNKNOWN] in ask("web.svg").text


def test_what_is_hidden_retired_or_never_was_has_none(fill, ask):
    def day(session):
        story = quiet(session)
        story.component("canari", "email", "Canari", visibility=Visibility.INTERNAL)
        return story

    fill(day)
    assert [ask(f"{slug}.svg").status_code for slug in ("canari", "nobody", "%00", "..")] == [404] * 4


def test_a_former_name_leads_to_todays(fill, ask):
    def day(session):
        story = quiet(session)
        story.alias("courriel-web", "webmail")
        return story

    fill(day)
    assert ask("courriel-web.json").headers["Location"] == "/badges/webmail.json"
    assert ask("courriel-web.svg").headers["Location"] == "/badges/webmail.svg"
