"""The desk's list of events."""

from __future__ import annotations

from status.domain.states import EventState, EventType, Impact, Publication, Visibility
from status.models import EventComponent
from tests.status.web.builder import ago
from tests.status.web.days import one_incident, quiet
from tests.status.web.signing_in import sign_in


def with_draft(session):
    story = one_incident(session)
    story.event(("Lenteurs", "Slow"), ["databases"], impact=Impact.DEGRADED, began=ago(minutes=2),
                publication=Publication.DRAFT)  # fmt: skip
    return story


def test_open_events_come_first_and_drafts_have_a_shelf_of_their_own(app, fill):
    fill(with_draft)
    rita = sign_in(app, "rita")
    assert "Appels entrants" in rita.get("/desk/events").text
    assert "Lenteurs" not in rita.get("/desk/events").text
    assert "Lenteurs" in rita.get("/desk/events?shelf=drafts").text


def test_coming_works_and_ended_events_have_their_shelves(app, fill):
    fill(quiet)
    rita = sign_in(app, "rita")
    assert "commutateur" in rita.get("/desk/events?shelf=scheduled").text
    assert "Réception du courrier" in rita.get("/desk/events?shelf=ended").text


def test_a_number_leads_straight_to_its_event(app, fill):
    fill(one_incident)
    answer = sign_in(app, "rita").get("/desk/events?number=FS%231203")
    assert answer.status_code == 303
    assert answer.location.endswith("4b3")


def test_an_unknown_number_is_said(app, fill):
    fill(one_incident)
    assert "9999" in sign_in(app, "rita").get("/desk/events?number=9999").text


def test_the_list_is_filtered_by_area_and_type(app, fill):
    fill(one_incident)
    rita = sign_in(app, "rita")
    assert "Appels entrants" in rita.get("/desk/events?type=incident").text
    assert "Appels entrants" not in rita.get("/desk/events?type=upgrade").text
    assert "Appels entrants" not in rita.get("/desk/events?area=email").text


def test_nonsense_in_the_address_filters_nothing(app, fill):
    fill(one_incident)
    page = sign_in(app, "rita").get("/desk/events?shelf=x&area=y&type=z&person=q&page=-3")
    assert page.status_code == 200
    assert "Appels entrants" in page.text


def test_a_long_shelf_is_cut_into_pages(app, fill):
    def day(session):
        story = quiet(session)
        for number in range(51):
            story.event((f"Panne {number}", f"Outage {number}"), ["webmail"], began=ago(minutes=number))
        return story

    fill(day)
    rita = sign_in(app, "rita")
    assert rita.get("/desk/events").text.count("row-line") == 50
    assert rita.get("/desk/events?page=2").text.count("row-line") == 1


def test_open_events_are_listed_the_worst_first(app, fill):
    def day(session):
        story = quiet(session)
        for number, impact in enumerate((Impact.DEGRADED, Impact.FULL, Impact.PARTIAL)):
            story.event((impact.value, impact.value), ["webmail"], impact=impact, began=ago(minutes=9 - number))
        story.event(("Travaux", "Works"), ["dns"], kind=EventType.UPGRADE, state=EventState.IN_PROGRESS,
                    impact=Impact.FULL, began=ago(minutes=1), planned=(ago(minutes=1), ago(hours=-1)))  # fmt: skip
        return story

    fill(day)
    page = sign_in(app, "rita").get("/desk/events").text
    places = [page.index(f">{title}</a>") for title in ("full", "partial", "degraded", "Travaux")]
    assert places == sorted(places)


def test_works_are_listed_by_their_announced_times(app, fill):
    def day(session):
        story = quiet(session)
        story.event(("Routeurs", "Routers"), ["dns"], kind=EventType.UPGRADE, state=EventState.PLANNED, by=2,
                    planned=(ago(days=-1), ago(days=-1, hours=-2)))  # fmt: skip
        return story

    fill(day)
    page = sign_in(app, "rita").get("/desk/events?shelf=scheduled").text
    assert page.index("Routeurs") < page.index("commutateur")


def test_the_desk_reads_the_worst_of_hidden_components_too(app, fill):
    def day(session):
        story = quiet(session)
        story.component("core", "hosting", "Coeur", visibility=Visibility.INTERNAL)
        event = story.event(("Nappe", "Sheet"), ["dns"], impact=Impact.DEGRADED, began=ago(minutes=9))
        story.event(("Voile", "Veil"), ["dns"], impact=Impact.DEGRADED, began=ago(minutes=5))
        session.add(
            EventComponent(
                event_uid=event.uid, component_id=story.ids["core"], impact=Impact.FULL, set_by=1, name={"fr": "Coeur"},
                path="hosting/core", joined_at=event.started_at, left_at=None,
            )
        )  # fmt: skip
        return story

    fill(day)
    rita = sign_in(app, "rita")
    for page in (rita.get("/desk/events").text, rita.get("/desk").text):
        assert page.index(">indisponibilité totale") < page.index(">Nappe</a>") < page.index(">Voile</a>")
