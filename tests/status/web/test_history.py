"""The history by month, the calendar of works, and availability."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from status.domain.states import EventState, EventType, Impact, Publication, Verdict, Visibility
from tests.status.web.builder import NOW, Story, ago
from tests.status.web.days import very_bad_day

ODD = ("2026-13", "x", "%00", "9999-99", "99999999999", "0001", "9998-12", "1970-01", "../..", "2026-02-30", "")


def long_story(session) -> Story:
    story = Story(session).begin()
    story.component("web", "hosting", "Hébergement web", "Web hosting")
    story.component("mx", "email", "Réception", "Incoming mail")
    story.component("canari", "email", "Canari", visibility=Visibility.INTERNAL)
    story.verdict("canari", Verdict.DOWN, ago(days=3))
    story.event(("Panne canari", "Canary"), ["canari"], began=ago(days=3))
    for days in (1, 40, 400):
        story.event(
            (f"Panne d'il y a {days} jours", f"Outage {days} days ago"), ["web"], state=EventState.RESOLVED,
            began=ago(days=days), ended=ago(days=days, hours=-2),
        )  # fmt: skip
    return story


@pytest.fixture
def ask(app, fill):
    fill(long_story)
    return lambda path: app.test_client().get(path)


def test_this_month_is_shown_and_the_next_one_with_something_is_a_link_away(ask):
    page = ask("/fr/history").text
    assert "Novembre 2026" in page
    assert "Panne d&#39;il y a 1 jours" in page
    assert "il y a 40 jours" not in page
    assert 'rel="next" href="/fr/history?month=2026-10"' in page
    assert 'href="/fr/history?month=2025-10">2025</a>' in page


def test_every_month_stays_findable_for_ever(ask):
    page = ask("/en/history?month=2025-10").text
    assert "October 2025" in page
    assert "Outage 400 days ago" in page
    assert 'rel="prev" href="/en/history?month=2026-10"' in page
    assert ask("/fr/history?month=1999-05").text.count("n’ont commencé ce mois-ci") == 1


def test_a_month_is_told_where_the_site_is(app, fill):
    def day(session):
        story = Story(session).begin()
        story.event(("Minuit", "Midnight"), [], began=NOW.replace(month=10, day=31, hour=23, minute=30))
        return story

    fill(day)
    assert "Minuit" in app.test_client().get("/fr/history?month=2026-11").text
    assert "Minuit" not in app.test_client().get("/fr/history?month=2026-10").text


@pytest.mark.parametrize("path", ["/fr/history?month=", "/fr/calendar?month=", "/fr/availability?period="])
def test_odd_periods_are_no_fault(ask, path):
    assert {ask(path + odd).status_code for odd in ODD} == {200}


@pytest.mark.parametrize("path", ["/history", "/calendar", "/availability", "/availability?component=email"])
def test_hidden_components_are_nowhere(ask, path):
    for language in ("fr", "en"):
        assert "anar" not in ask(f"/{language}{path}").text


def plans(session) -> Story:
    story = Story(session).begin()
    story.component("web", "hosting", "Hébergement web", "Web hosting")
    moved = story.event(
        ("Disques", "Disks"), ["web"], kind=EventType.MAINTENANCE, state=EventState.CONFIRMED,
        impact=Impact.INTERRUPTION, planned=(NOW + timedelta(days=2), NOW + timedelta(days=2, hours=3)),
    )  # fmt: skip
    moved.planned_history = [
        f"{(NOW + timedelta(days=day)).isoformat()}/{(NOW + timedelta(days=day, hours=3)).isoformat()}"
        for day in (1, 2)
    ]
    story.event(
        ("Vieux travaux", "Old works"), ["web"], kind=EventType.UPGRADE, state=EventState.DONE, began=ago(days=60),
        ended=ago(days=59), planned=(ago(days=60), ago(days=59)),
    )  # fmt: skip
    story.event(
        ("Annulés", "Cancelled"), ["web"], kind=EventType.UPGRADE, state=EventState.CANCELLED,
        planned=(NOW + timedelta(days=4), NOW + timedelta(days=5)), ended=ago(days=9),
    )  # fmt: skip
    story.event(
        ("Brouillon", "Draft"), ["web"], kind=EventType.UPGRADE, state=EventState.PLANNED,
        planned=(NOW, NOW + timedelta(days=1)), publication=Publication.DRAFT,
    )  # fmt: skip
    return story


@pytest.fixture
def planned(app, fill):
    fill(plans)
    return lambda path: app.test_client().get(path).text


def test_the_calendar_says_what_comes_and_what_was_moved(planned):
    page = planned("/fr/calendar")
    assert "mardi 24 novembre 2026" in page
    assert "Disques" in page
    assert re.search(r"Reporté\. Auparavant\u00a0: Le 23\u00a0nov\.\u00a02026, de <time[^>]*>14:32</time>", page)
    assert "Vieux travaux" not in page
    assert "Brouillon" not in page
    assert 'href="/fr/calendar.ics"' in page


def test_the_calendar_says_the_impact_works_had_when_they_are_over(app, fill):
    def day(session):
        story = plans(session)
        posts = [(ago(hours=3), EventState.CONFIRMED, {"fr": "Annonce."})]
        event = story.event(
            ("Faits", "Done"), ["web"], kind=EventType.UPGRADE, impact=Impact.PARTIAL, began=ago(hours=2),
            ended=ago(hours=1), posts=posts,
        )  # fmt: skip
        event.state, event.impact = EventState.DONE, Impact.NONE
        return story

    fill(day)
    page = app.test_client().get("/en/calendar").text
    assert "partial outage" in page.split("travaux/1205")[1].split("</li>")[0]


def test_works_without_impact_say_so_in_one_word(app, fill):
    def day(session):
        story = plans(session)
        when = {"planned": (NOW + timedelta(days=5), NOW + timedelta(days=6))}
        how = {"kind": EventType.UPGRADE, "state": EventState.CONFIRMED, "impact": Impact.NONE}
        story.event(("Calme", "Calm"), ["web"], **how, **when)
        return story

    fill(day)
    page = app.test_client().get("/fr/calendar").text
    assert "<span>aucun impact</span>" in page
    assert "<span>impact\u00a0: coupure</span>" in page


def test_a_cancelled_work_does_not_come_and_stands_in_the_month_it_was_planned_for(app, fill):
    def day(session):
        story = plans(session)
        when = {"planned": (NOW + timedelta(days=20), NOW + timedelta(days=21)), "ended": ago(hours=1)}
        story.event(("Abandon", "Off"), ["web"], kind=EventType.UPGRADE, state=EventState.CANCELLED, **when)
        return story

    fill(day)
    client = app.test_client()
    assert "Abandon" not in client.get("/fr/calendar").text
    line = client.get("/fr/calendar?month=2026-12").text.split("Abandon")[0].rsplit("<li", 1)[1]
    assert "13\u00a0déc." in line.replace("&nbsp;", "\u00a0")


def test_the_month_s_table_marks_the_days_of_works_and_today(planned):
    page = planned("/fr/calendar")
    square = page.split('<span class="d">24</span>')[1].split("</td>")[0]
    assert 'title="Disques">1201</a>' in square
    assert page.count('aria-current="date"') == 1
    assert "1203" not in page.split('<table class="grid">')[1].split("</table>")[0]


def test_any_month_is_shown_when_asked_for(planned):
    page = planned("/en/calendar?month=2026-09")
    assert "Old works" in page
    assert "Disks" not in page
    assert page.count('<span class="d">') == 30


def figures(page: str, name: str) -> list[str]:
    """Give the cells of a row, its spaces as one types them."""
    row = next(row for row in page.split("<tr ") if f">{name}</a>" in row)
    return [cell.replace("\u00a0", " ") for cell in re.findall(r"<td[^>]*>([^<]*)</td>", row)]


def measured(session) -> Story:
    story = Story(session).begin()
    story.component("web", "hosting", "Hébergement web", "Web hosting", since=ago(days=50))
    story.component("db", "hosting", "Bases", "Databases", since=ago(days=50))
    story.alias("sites", "web")
    story.verdict("web", Verdict.DOWN, ago(days=2), ago(days=2, hours=-1))
    story.verdict("web", Verdict.MAINTENANCE, ago(days=1), ago(days=1, hours=-3))
    story.verdict("web", Verdict.DOWN, ago(days=40), ago(days=40, hours=-2))
    return story


@pytest.fixture
def counted(app, fill):
    fill(measured)
    return lambda path: app.test_client().get(path)


def test_a_month_counts_outages_works_and_the_rest_apart(counted):
    page = counted("/fr/availability").text
    assert figures(page, "Hébergement web")[1:] == ["1 h", "–", "3 h", "–"]
    assert figures(page, "Bases") == ["100 %", "–", "–", "–", "–"]
    month_s = 21 * 24 + 14 + 32 / 60 + 7 / 3_600
    share = (month_s - 3 - 1) / (month_s - 3)
    assert figures(page, "Hébergement web")[0] == f"{int(share * 10_000) / 100:g} %".replace(".", ",")


def test_a_day_a_month_and_a_year_are_counted(counted):
    day = counted("/fr/availability?period=2026-11-20").text
    assert figures(day, "Hébergement web") == ["95,83 %", "1 h", "–", "–", "–"]
    assert figures(counted("/fr/availability?period=2026-10").text, "Hébergement web")[1] == "2 h"
    assert figures(counted("/fr/availability?period=2026").text, "Hébergement web")[1] == "3 h"
    assert figures(counted("/fr/availability?period=2025").text, "Hébergement web")[0] == "–"


def test_a_component_is_told_part_by_part(counted):
    page = counted("/en/availability?period=2026&component=web").text
    assert figures(page, "October 2026")[1] == "2 h"
    assert figures(page, "November 2026")[1] == "1 h"
    assert "September" not in page
    assert (
        counted("/en/availability?component=sites").headers["Location"]
        == "/en/availability?period=2026-11&component=web"
    )
    assert counted("/en/availability?component=nobody").status_code == 404


def test_what_a_person_decided_counts_and_the_other_figure_is_told(app, fill):
    def day(session):
        story = measured(session)
        posts = [(ago(days=2), EventState.INVESTIGATING, {"fr": "x"}, 2)]
        story.event(
            ("Ralenti", "Slow"), ["web"], state=EventState.RESOLVED, impact=Impact.DEGRADED, began=ago(days=2),
            ended=ago(days=2, hours=-1), posts=posts, by=2,
        )  # fmt: skip
        return story

    fill(day)
    page = app.test_client().get("/fr/availability?period=2026-11-20").text
    assert figures(page, "Hébergement web") == ["100 %", "–", "1 h", "–", "–"]
    assert "d’après nos seules mesures\u00a0: 95,83\u00a0%" in page


def test_a_figure_that_is_printed_alike_is_not_told_twice(app, fill):
    def day(session):
        story = measured(session)
        story.event(
            ("Bref", "Short"), ["db"], state=EventState.RESOLVED, impact=Impact.DEGRADED, began=ago(days=2),
            ended=ago(days=2, seconds=-20), posts=[(ago(days=2), EventState.INVESTIGATING, {"fr": "x"}, 2)], by=2,
        )  # fmt: skip
        return story

    fill(day)
    page = app.test_client().get("/en/availability?period=2026-11-20").text
    assert figures(page, "Databases")[0] == "100%"
    assert " alone" not in page


def test_many_components_take_a_handful_of_statements(app, fill, statements):
    fill(very_bad_day)
    statements.clear()
    page = app.test_client().get("/fr/availability?period=2026")
    assert len(statements) <= 8
    assert len(page.data) < 40_000
