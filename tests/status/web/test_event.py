"""An event's page."""

from __future__ import annotations

import re
from datetime import timedelta

from status.domain.states import EventState, EventType, Impact, Publication
from status.models import Event, EventUpdate, OlderText, UpdateText
from tests.status.web.builder import NOW, ago
from tests.status.web.days import one_incident, quiet
from tests.status.web.placing import locate

NBSP = "\u00a0"


def test_the_timeline_is_newest_first_with_permalinks(app, fill):
    fill(one_incident)
    page = app.test_client().get("/fr/travaux/1203").text
    assert 0 < page.index('id="update-2"') < page.index('id="update-1"')
    assert 'href="#update-2"' in page


def test_advice_places_and_touched_components_are_shown(app, fill):
    fill(one_incident)
    page = app.test_client().get("/fr/travaux/1203").text
    for words in ("Ce que vous pouvez faire", "ne pas redémarrer vos téléphones", "LIL59", "/fr/components/sip"):
        assert words in page


def test_the_places_it_names_lead_to_their_pages_where_they_have_one(app, fill):
    def day(session):
        story = one_incident(session)
        locate(session, "LIL59", "Lille Sud", "59350", "59")
        session.get_one(Event, story.event(("Baie", "Rack"), ["vps"], began=NOW).uid).resources = ["sans page"]
        return story

    fill(day)
    client = app.test_client()
    page = client.get("/fr/travaux/1203").text
    assert '<a href="/fr/departments/59">Nord (59)</a>' in page
    assert '<a href="/fr/exchanges/lil59">Lille Sud (LIL59)</a>' in page
    assert "<dd>sans page</dd>" in client.get("/fr/travaux/1204").text


def hrefs(text: str) -> list[str]:
    return re.findall(r'href="([^"]+)"', text)


def test_an_event_is_followed_by_message_feed_and_calendar(app, fill):
    fill(one_incident)
    client = app.test_client()
    page = client.get("/fr/travaux/1203").text
    links = [link for text in page.split('<p class="follow">')[1:] for link in hrefs(text.partition("</p>")[0])]
    at = "/fr/components/sip"
    assert links[:2] == ["/fr/subscribe?event=1203", "/fr/subscribe?component=sip"]
    assert links[2:] == [f"{at}/feed.rss", f"{at}/feed.atom", f"{at}/calendar.ics"]
    assert [client.get(link).status_code for link in links] == [200] * 5


def test_a_missing_text_follows_in_the_other_language_marked(app, fill):
    fill(one_incident)
    page = app.test_client().get("/en/travaux/1203").text
    assert '<p lang="fr">Le service de téléphonie ne répond plus.</p>' in page


def test_the_robots_words_are_marked(app, fill):
    fill(one_incident)
    page = app.test_client().get("/fr/travaux/1203").text
    assert page.count("message automatique") == 1


def test_a_resolved_event_begins_with_its_duration(app, fill):
    fill(quiet)
    page = app.test_client().get("/fr/travaux/1201").text
    assert f"1{NBSP}h{NBSP}20" in page[: page.index("Déroulement")]


def test_a_withdrawn_event_keeps_its_page_with_the_reason(app, fill):
    def day(session):
        story = quiet(session)
        story.event(
            ("Panne", "Outage"),
            ["webmail"],
            began=ago(minutes=30),
            ended=ago(minutes=5),
            state=EventState.RESOLVED,
            publication=Publication.WITHDRAWN,
            withdrawn_reason="Sonde mal réglée.",
        )
        return story

    fill(day)
    page = app.test_client().get("/fr/travaux/1203").text
    assert f"retiré{NBSP}: fausse alerte" in page
    assert "Sonde mal réglée." in page


def test_hostile_words_are_escaped(app, fill):
    evil = "<script>alert(1)</script>\"'&"

    def day(session):
        story = quiet(session)
        story.event(
            {"en": evil},
            ["webmail"],
            began=ago(minutes=30),
            posts=[(ago(minutes=29), EventState.INVESTIGATING, {"fr": evil})],
            advice={"fr": evil},
        )
        return story

    fill(day)
    client = app.test_client()
    pages = "".join(client.get(path).text for path in ("/fr", "/en", "/fr/travaux", "/fr/travaux/1203"))
    assert pages.count("<script") == pages.count('<script src="/static/live.')
    assert "&lt;script&gt;" in pages


def test_a_draft_and_a_number_that_never_was_answer_alike(app, fill):
    def day(session):
        story = quiet(session)
        event = story.event(("Brouillon", "Draft"), ["webmail"], publication=Publication.DRAFT)
        event.n = 4_000
        return story

    fill(day)
    client = app.test_client()
    assert client.get("/fr/travaux/4000").data == client.get("/fr/travaux/4001").data.replace(b"4001", b"4000")
    assert client.get("/fr/travaux/4000").status_code == 404


def test_an_event_page_claims_no_verified_present(app, fill):
    fill(one_incident)
    page = app.test_client().get("/fr/travaux/1203").text
    assert "vérifié à" not in page
    assert "état actuel" in page


def _text(app, number=1203, language="fr") -> str:
    page = app.test_client().get(f"/{language}/travaux/{number}").text.split("<main", 1)[1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page)).replace(NBSP, " ")


def test_a_day_of_one_event_is_said_in_good_french(app, fill):
    fill(quiet)
    assert re.search(r"Le 19 nov\. 2026, de 09:32 à 10:52 \(1 h 20\)", re.sub(r" +", " ", _text(app, 1201)))


def test_an_open_incident_without_a_promised_time_says_when_one_hears_more(app, fill):
    def day(session):
        story = quiet(session)
        story.event(("Panne", "Outage"), ["webmail"], began=ago(minutes=9))
        return story

    fill(day)
    assert "Prochaine information dès que la situation change" in _text(app)
    assert "Next update as soon as the situation changes" in _text(app, language="en")


def test_a_restored_incident_says_so_once_and_promises_no_end(app, fill):
    def day(session):
        story = quiet(session)
        posts = [(ago(minutes=8), EventState.INVESTIGATING, {"fr": "Panne."})]
        event = story.event(("Panne", "Outage"), ["webmail"], began=ago(minutes=9), posts=posts)
        event.state, event.impact = EventState.MONITORING, Impact.NONE
        return story

    fill(day)
    page = _text(app)
    assert "rétabli, sous surveillance" in page
    assert "Début le 22 nov. 2026, 14:23" in page
    assert "Impact indisponibilité totale" in page
    assert "Fin prévue inconnue" not in page
    assert "aucun impact" not in page


def test_an_ended_event_says_its_worst_impact_and_not_that_of_now(app, fill):
    def day(session):
        story = quiet(session)
        posts = [(ago(minutes=99), EventState.CONFIRMED, {"fr": "Annonce."})]
        kind, span = EventType.MAINTENANCE, {"began": ago(minutes=90), "ended": ago(minutes=30)}
        event = story.event(("Travaux", "Works"), ["vps"], kind=kind, impact=Impact.DEGRADED, posts=posts, **span)
        event.state, event.impact = EventState.DONE, Impact.NONE
        return story

    fill(day)
    assert "Impact prévu service dégradé" in _text(app)
    assert "aucun impact" not in _text(app)


def test_a_coming_work_says_its_end_once(app, fill):
    fill(quiet)
    assert "Le 25 nov. 2026, de 02:32 à 04:32" in re.sub(r" +", " ", _text(app, 1202))
    assert "Fin prévue" not in _text(app, 1202)


def called_off(session):
    story = quiet(session)
    when = {"planned": (ago(hours=-2), ago(hours=-4)), "ended": ago(hours=1)}
    kind, state = EventType.MAINTENANCE, EventState.CANCELLED
    story.event(("Travaux", "Works"), ["vps"], kind=kind, state=state, **when)
    return story


def test_a_work_cancelled_before_it_began_says_when_it_was_planned_and_no_duration(app, fill):
    fill(called_off)
    said = "Dates prévues : 22 nov. 2026, 16:32 – 18:32 . Annulation le 22 nov. 2026, 13:32 ."
    assert said in _text(app)
    assert "0 s" not in _text(app)
    assert "Planned for 22 Nov 2026, 16:32 – 18:32 . Cancelled on 22 Nov 2026, 13:32 ." in _text(app, language="en")


def test_the_front_says_no_duration_of_a_work_cancelled_before_it_began(app, fill):
    fill(called_off)
    line = app.test_client().get("/fr").text.split('/fr/travaux/1203">')[1].split("</li>")[0]
    assert "annulé" in line
    assert "0 s" not in line.replace(NBSP, " ")


def test_earlier_words_say_until_when_they_stood(app, fill):
    def day(session):
        story = quiet(session)
        posts = [(ago(minutes=8), EventState.INVESTIGATING, {"fr": "Après."})]
        story.event(("Panne", "Outage"), ["webmail"], began=ago(minutes=9), posts=posts)
        text = session.query(UpdateText).filter_by(text="Après.").one()
        text.modified_at = ago(minutes=5)
        older = {"update_id": text.update_id, "language": "fr", "replaced_at": ago(minutes=5), "replaced_by": 2}
        session.add(OlderText(text="Avant.", **older))
        return story

    fill(day)
    assert "jusqu’au 22 nov. 2026, 14:27 Avant." in _text(app)
    assert "until 22 Nov 2026, 14:27 Avant." in _text(app, language="en")


def test_the_advice_is_not_said_twice_on_one_page(app, fill):
    def day(session):
        story = quiet(session)
        posts = [(ago(minutes=8), EventState.INVESTIGATING, {"fr": "Panne.\nAttendez un peu.\nÀ bientôt."})]
        advice = {"fr": "Attendez un peu."}
        story.event(("Panne", "Outage"), ["webmail"], began=ago(minutes=9), posts=posts, advice=advice)
        return story

    fill(day)
    assert _text(app).count("Attendez un peu.") == 1
    assert "À bientôt." in _text(app)


def test_the_last_post_of_a_withdrawn_event_is_not_called_resolved(app, fill):
    def day(session):
        story = quiet(session)
        posts = [(ago(minutes=8), EventState.RESOLVED, {"fr": "Sonde."})]
        how = {"state": EventState.RESOLVED, "publication": Publication.WITHDRAWN, "began": ago(minutes=9)}
        event = story.event(("Panne", "Outage"), ["webmail"], ended=NOW - timedelta(minutes=8), posts=posts, **how)
        update = session.query(EventUpdate).filter_by(event_uid=event.uid).one()
        update.generated = {**update.generated, "withdrawn": True}
        return story

    fill(day)
    assert "14:24 retiré : fausse alerte" in _text(app)
    assert "indisponibilité" not in _text(app)


def test_a_number_no_event_can_have_is_not_found(app, fill):
    fill(quiet)
    client = app.test_client()
    odd = ("0", "01201", "-1", "9" * 10, "9" * 26, "9" * 5000, "١٢٠١", "1201%0d%0aX-Evil:1")
    assert {client.get(f"/fr/travaux/{n}").status_code for n in odd} == {404}


def test_what_a_person_writes_is_read_as_markdown_and_the_robots_words_as_they_are(app, fill):
    def day(session):
        story = quiet(session)
        words = {"fr": "**Deux** choses :\n- une\n- autre"}
        posts = [(ago(minutes=8), EventState.INVESTIGATING, words, by) for by in (1, 2)]
        story.event(("Panne", "Outage"), ["webmail"], began=ago(minutes=9), posts=posts)
        return story

    fill(day)
    page = app.test_client().get("/fr/travaux/1203").text
    assert "<strong>Deux</strong> choses :</p>\n<ul>\n<li>une</li>" in page
    assert "<p>**Deux** choses :</p>" in page


def test_an_address_in_a_post_that_is_no_web_page_is_not_a_link(app, fill):
    def day(session):
        story = quiet(session)
        posts = [(ago(minutes=8), EventState.INVESTIGATING, {"fr": "[x](javascript:alert(1)) [y](/desk)"}, 2)]
        story.event(("Panne", "Outage"), ["webmail"], began=ago(minutes=9), posts=posts)
        return story

    fill(day)
    page = app.test_client().get("/fr/travaux/1203").text
    assert 'href="javascript' not in page
    assert 'href="/desk' not in page


def test_a_work_that_was_moved_says_when_it_was_to_be(app, fill):
    def day(session):
        story = quiet(session)
        now = (NOW + timedelta(days=2), NOW + timedelta(days=2, hours=3))
        work = story.event(("Disques", "Disks"), ["vps"], kind=EventType.MAINTENANCE, state=EventState.CONFIRMED,
                           planned=now)  # fmt: skip
        before = (NOW + timedelta(days=1), NOW + timedelta(days=1, hours=3))
        pairs = [f"{start.isoformat()}/{end.isoformat()}" for start, end in (before, now)]
        session.get_one(Event, work.uid).planned_history = pairs
        return work

    n = fill(day).n
    page = app.test_client().get(f"/fr/travaux/{n}").text
    assert re.search(r"Reporté\. Auparavant\u00a0: Le 23\u00a0nov\.\u00a02026, de <time[^>]*>14:32</time>", page)
