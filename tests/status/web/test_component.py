"""A component's page."""

from __future__ import annotations

from datetime import timedelta

from status.domain.states import Verdict
from status.models import Component
from tests.status.web.builder import NOW, ago
from tests.status.web.days import one_incident, quiet


def test_it_says_since_when_and_links_to_the_current_state(app, fill):
    fill(one_incident)
    page = app.test_client().get("/en/components/sip").text
    assert "Since <time" in page
    assert "current state</a>" in page
    assert "verified at" not in page


def test_an_area_says_when_it_was_verified(app, fill):
    fill(quiet)
    assert "vérifié à" in app.test_client().get("/fr/components/hosting").text


def test_its_bar_has_words_and_a_table_twin(app, fill):
    fill(quiet)
    page = app.test_client().get("/en/components/webmail").text
    assert 'aria-label="90 days: 1 outage, 1' in page
    assert "12 Oct 2026" in page


def test_days_before_it_was_watched_are_no_data(app, fill):
    fill(quiet)
    page = app.test_client().get("/en/components/fibre").text
    assert 'aria-label="21 days: no known outage; 100%."' in page


def test_its_own_feeds_come_first(app, fill):
    fill(quiet)
    page = app.test_client().get("/fr/components/sip").text
    assert 0 < page.index('href="/fr/components/sip/feed.rss"') < page.index('href="/fr/feed.rss"')


def test_an_old_slug_leads_to_the_new_one(app, fill):
    def day(session):
        story = quiet(session)
        story.alias("courrier-web", "webmail")
        return story

    fill(day)
    answer = app.test_client().get("/fr/components/courrier-web")
    assert (answer.status_code, answer.location) == (301, "/fr/components/webmail")


def test_a_retired_component_keeps_its_history_page(app, fill):
    def day(session):
        story = quiet(session)
        session.get_one(Component, story.ids["smtp-in"]).retired_at = NOW - timedelta(days=1)
        return story

    fill(day)
    client = app.test_client()
    page = client.get("/en/components/smtp-in").text
    assert "No longer in service since" in page
    assert "Incoming mail delayed" in page
    assert "/components/smtp-in" not in client.get("/en").text.split("The last 7 days")[0]


def test_a_parent_is_degraded_when_one_child_of_many_is_down(app, fill):
    def day(session):
        story = quiet(session)
        for number in range(3):
            story.component(f"grappe-{number}", "vps", f"Grappe {number}")
        story.verdict("grappe-1", Verdict.DOWN, ago(minutes=4))
        return story

    fill(day)
    page = app.test_client().get("/en/components/vps").text
    assert "1 component of 3 not well" in page
