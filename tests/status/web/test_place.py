"""The pages of departments, exchanges and resources."""

from __future__ import annotations

from datetime import timedelta

import pytest
from lxml import html

from status.domain.states import EventState, EventType, Impact, PlaceKind, Verdict, Visibility
from status.models import Place
from tests.status.web.builder import NOW, Story, ago
from tests.status.web.days import quiet
from tests.status.web.placing import locate, name, put


def lille(session) -> Story:
    story = quiet(session)
    put(story, "collecte", departments=("59",), exchanges=("59350LIL",), resources=("Baie n° 4",))
    locate(session, "59350LIL", "Lille Centre", "59350", "59")
    locate(session, "59512ROU", "Roubaix", "59512", "59")
    story.verdict("collecte", Verdict.DOWN, ago(minutes=27))
    now = story.event(("Lignes coupées", "Lines cut"), ["collecte"], began=ago(minutes=27))
    old = story.event(
        ("Câble réparé", "Cable mended"), ["xdsl"], state=EventState.RESOLVED, began=ago(days=9), ended=ago(days=8)
    )
    coming = story.event(
        ("Nouvelle carte", "New card"), ["xdsl"], kind=EventType.MAINTENANCE, state=EventState.CONFIRMED,
        impact=Impact.DEGRADED, planned=(NOW + timedelta(days=2), NOW + timedelta(days=2, hours=1)), by=2,
    )  # fmt: skip
    for event in (now, old, coming):
        name(session, event, PlaceKind.EXCHANGE, "59350LIL")
        name(session, event, PlaceKind.DEPARTMENT, "59")
    return story


def get(app, path: str, status: int = 200):
    answer = app.test_client().get(path)
    assert answer.status_code == status
    return answer


def test_an_exchange_says_what_is_there_now_later_and_before(app, fill):
    fill(lille)
    tree = html.fromstring(get(app, "/en/exchanges/59350lil").text)
    assert tree.xpath("string(//h1)") == "Lille Centre (59350LIL)"
    assert "Since" in tree.xpath("string(//p[@class='big'])")
    assert "outage" in tree.xpath("string(//p[@class='big'])")
    sections = {each.xpath("string(h2)"): each.xpath("string(.)") for each in tree.xpath("//section")}
    assert "Lines cut" in sections["Current incidents and works"]
    assert "New card" in sections["Coming works"]
    assert "Cable mended" in sections["Past incidents and works"]
    assert "ADSL and VDSL collection" in sections["Components here"]


def test_a_department_lists_its_exchanges_the_troubled_first(app, fill):
    fill(lille)
    tree = html.fromstring(get(app, "/fr/departments/59").text)
    assert tree.xpath("//ul[@class='exchanges']/li/a/text()") == ["Lille Centre", "Roubaix"]
    assert tree.xpath("string(//h1)") == "Nord (59)"


def test_a_resource_keeps_its_name_and_offers_its_feeds(app, fill):
    fill(lille)
    text = get(app, "/fr/resources/baie-n-4").text
    assert "<h1>Baie n° 4</h1>" in text
    assert 'href="/fr/resources/baie-n-4/feed.rss"' in text
    assert 0 < text.index('href="/fr/resources/baie-n-4/feed.atom"') < text.index('href="/fr/feed.atom"')


@pytest.mark.parametrize(
    ("asked", "address"),
    [
        ("departments/2A", "departments/2a"),
        ("exchanges/59350LIL", "exchanges/59350lil"),
        ("resources/Baie%20n%C2%B0%204", "resources/baie-n-4"),
    ],
)
def test_a_code_as_people_write_it_leads_to_its_page(app, fill, asked, address):
    fill(lille)
    assert get(app, f"/fr/{asked}", 301).location == f"/fr/{address}"


@pytest.mark.parametrize("asked", ["departments/20", "exchanges/nowhere", "resources/a%00b", "exchanges/" + "x" * 4000])
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_an_unknown_place_is_not_found_and_offers_a_search(app, fill, asked, lang):
    fill(quiet)
    form = html.fromstring(get(app, f"/{lang}/{asked}", 404).text).xpath("//form[@role='search']")[0]
    assert (form.get("action"), form.xpath("input/@name")) == (f"/{lang}/travaux", ["q"])


def test_a_retired_place_says_so_and_keeps_its_history(app, fill):
    def day(session):
        story = lille(session)
        session.get_one(Place, (PlaceKind.EXCHANGE, "59512rou")).retired_at = ago(days=30)
        return story

    fill(day)
    assert "No longer in service since" in get(app, "/en/exchanges/59512rou").text
    assert "Roubaix" not in get(app, "/en/departments/59").text


def test_a_place_without_anything_claims_nothing(app, fill):
    fill(quiet)
    text = get(app, "/en/departments/23").text
    assert "Nothing is monitored here" in text
    assert "operational" not in text.split("<main", 1)[1]


def test_a_stale_place_is_not_green(app, fill):
    def day(session):
        story = Story(session).begin(verified_at=ago(minutes=10))
        story.component("radius", "xdsl", "RADIUS")
        put(story, "radius", departments=("59",))
        return story

    fill(day)
    text = get(app, "/en/departments/59").text
    assert "was: operational" in text
    assert "s-operational" not in text.split("<main", 1)[1]


def test_what_is_hidden_is_told_nowhere(app, fill):
    def day(session):
        story = lille(session)
        story.component("canary", "xdsl", "Canary", visibility=Visibility.INTERNAL)
        put(story, "canary", departments=("59",), exchanges=("59350LIL",))
        event = story.event(("Canary", "Canary"), ["canary"], began=ago(hours=1))
        name(session, event, PlaceKind.DEPARTMENT, "59")
        return story

    fill(day)
    for path in ("departments/59", "exchanges/59350lil"):
        assert "anary" not in get(app, f"/en/{path}").text


def test_the_number_of_statements_does_not_grow_with_what_is_there(app, fill, statements):
    fill(lille)
    get(app, "/en/departments/59")
    statements.clear()
    get(app, "/en/departments/59")
    assert len(statements) <= 24


def test_a_component_links_to_the_places_it_names(app, fill):
    fill(lille)
    named = html.fromstring(get(app, "/fr/components/collecte").text).xpath("//dl[contains(@class, 'named')]//a/@href")
    assert named == ["/fr/departments/59", "/fr/exchanges/59350lil", "/fr/resources/baie-n-4"]
