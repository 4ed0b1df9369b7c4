"""A component's measures: how long answers took, in customers' words, naming no check and no host."""

from __future__ import annotations

import pytest
from lxml import html

from probes.types import Outcome
from status.domain.states import EventState, EventType, Impact, Visibility
from status.models import Check, LatencyHour, Location, Observation
from tests.status.web.builder import NOW, Story, ago
from tests.status.web.days import quiet

PATH = "/en/components/webmail/measures"


class Measuring:
    """Writes what a check saw."""

    def __init__(self, story: Story, slug: str) -> None:
        self.session = story.session
        self.check = self.session.query(Check).filter_by(component_id=story.ids[slug]).one()
        self.places = [Location(slug=name, created_at=ago(days=9)) for name in ("secret-paris", "secret-lille")]
        self.session.add_all(self.places)
        self.session.flush()
        self.sequence = 0

    def run(self, at, took_s: float, outcome: Outcome = Outcome.OK, place: int = 0) -> None:
        self.sequence += 1
        self.session.add(
            Observation(
                check_id=self.check.id, location_id=self.places[place].id, sequence=self.sequence,
                due_ms=round(at.timestamp() * 1000), late_ms=0, duration_us=round(took_s * 1e6),
                outcome=outcome.value, reason_id=0, standing=True,
            )
        )  # fmt: skip

    def hour(self, hours_ago: int, p95_s: float) -> None:
        hour = int(NOW.timestamp() // 3600) - hours_ago
        self.session.add(LatencyHour(check_id=self.check.id, hour=hour, p95_us=round(p95_s * 1e6)))


def measured(session) -> Story:
    story = quiet(session)
    measuring = Measuring(story, "webmail")
    for minutes in range(5, 1400, 5):
        if not 300 < minutes < 400:
            measuring.run(ago(minutes=minutes), 0.040 + 0.001 * (minutes % 7))
    measuring.run(ago(seconds=20), 0.042)
    measuring.run(ago(seconds=25), 10.0, Outcome.FAILED, place=1)
    for hours in range(1, 60 * 24):
        measuring.hour(hours, 0.05 + 0.001 * (hours % 24))
    story.event(
        ("Nouveau serveur", "New server"), ["email"], kind=EventType.MAINTENANCE, state=EventState.DONE,
        impact=Impact.NONE, began=ago(hours=3), ended=ago(hours=2), by=2,
    )  # fmt: skip
    return story


def page(app, path: str = PATH):
    answer = app.test_client().get(path)
    assert answer.status_code == 200
    return html.fromstring(answer.text)


def rows(tree) -> int:
    return len(tree.xpath("//details//tbody/tr"))


def test_a_day_has_its_median_its_band_and_a_table_twin(app, fill):
    fill(measured)
    tree = page(app)
    assert len(tree.xpath("//svg[@role='img']/path[@class='line' or @class='band']")) == 2
    assert "usually 43\xa0ms" in tree.xpath("string(//svg[@role='img']/@aria-label)")
    assert 80 < rows(tree) < 97


def test_a_gap_is_left_where_no_good_answer_was_seen(app, fill):
    fill(measured)
    (line,) = page(app).xpath("//svg[@role='img']/path[@class='line']/@d")
    assert line.count("M") == 2


@pytest.mark.parametrize(("period", "count"), [("7d", 167), ("90d", 60)])
def test_a_week_has_hours_and_a_quarter_has_days(app, fill, period, count):
    fill(measured)
    assert abs(rows(page(app, f"{PATH}?period={period}")) - count) <= 1


def test_works_are_shaded_and_named(app, fill):
    fill(measured)
    tree = page(app)
    assert len(tree.xpath("//svg[@role='img']/path[@class='work']")) == 1
    assert "New server" in tree.text_content()


def test_the_last_look_of_each_location_is_told_by_number(app, fill):
    fill(measured)
    said = " ".join(" ".join(page(app).itertext()).split())
    assert "Location 1 14:31:47 answered in 42 ms" in said
    assert "Location 2 14:31:42 no good answer" in said


def test_neither_checks_nor_hosts_nor_locations_are_named(app, fill):
    fill(measured)
    text = app.test_client().get(PATH).text
    assert not any(word in text for word in ("webmail-check", "secret", "http</", "timeout"))


def test_nothing_of_it_is_kept(app, fill):
    fill(measured)
    assert app.test_client().get(PATH).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("query", ["", "?period=7d", "?period=90d", "?period=%00", "?period=" + "9" * 3000])
def test_without_data_it_says_so(app, fill, lang, query):
    fill(quiet)
    words = {"fr": "Aucune réponse n’est connue", "en": "No answer is known"}
    assert words[lang] in page(app, f"/{lang}/components/webmail/measures{query}").text_content()


def test_where_nothing_is_measured_it_says_so(app, fill):
    fill(quiet)
    assert "Nothing is measured on this component itself" in page(app, "/en/components/email/measures").text_content()


def test_before_anything_was_decided_it_answers(app, fill):
    fill(lambda session: Story(session).begin(verified_at=None))
    assert page(app, "/en/components/xdsl/measures") is not None


@pytest.mark.parametrize("slug", ["canary", "nothing", "a%00b"])
def test_what_nobody_may_know_is_not_found(app, fill, slug):
    def day(session):
        story = quiet(session)
        story.component("canary", "email", "Canary", visibility=Visibility.INTERNAL)
        return story

    fill(day)
    assert app.test_client().get(f"/en/components/{slug}/measures").status_code == 404


def test_many_checks_are_read_by_a_fixed_number_of_statements(app, fill, statements):
    fill(measured)
    page(app)
    statements.clear()
    page(app)
    assert len(statements) <= 16


def test_a_component_with_checks_links_to_its_measures(app, fill):
    fill(quiet)
    client = app.test_client()
    assert "/components/webmail/measures" in client.get("/en/components/webmail").text
    assert "/measures" not in client.get("/en/components/email").text


def test_its_title_speaks_of_figures_as_its_heading_does(app, fill):
    fill(measured)
    assert page(app, "/fr/components/webmail/measures").findtext(".//title").startswith("Mesures\u00a0: Webmail")
