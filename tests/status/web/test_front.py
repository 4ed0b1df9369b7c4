"""The front page."""

from __future__ import annotations

import gzip
import re
from datetime import timedelta

from lxml import html

from status.domain.states import EventState, EventType, Impact, Publication, Verdict, Visibility
from status.models import Location
from status.web.assets import assets
from tests.status.web.builder import NOW, Story, ago
from tests.status.web.days import one_incident, quiet, very_bad_day

NBSP = "\u00a0"


def test_a_quiet_day_says_no_known_incident_and_when_it_was_verified(app, fill):
    fill(quiet)
    page = app.test_client().get("/fr").text
    assert "Aucun incident connu" in page
    assert re.search(r"vérifié à <time[^>]*>14:32:07</time>", page)


def test_the_root_is_the_default_language_with_the_same_bytes(app, fill):
    fill(one_incident)
    client = app.test_client()
    assert client.get("/").data == client.get("/fr").data


def test_an_outage_is_named_in_the_banner_in_both_languages(app, fill):
    fill(one_incident)
    client = app.test_client()
    assert f"Téléphonie{NBSP}: dégradé (Appels SIP{NBSP}: panne)" in client.get("/fr").text
    assert "Telephony: degraded (SIP calls: outage)" in client.get("/en").text


def test_a_current_incident_shows_its_latest_post_and_next_information(app, fill):
    fill(one_incident)
    page = app.test_client().get("/fr").text
    assert "Un équipement d&#39;interconnexion ne répond plus à Lille" in page
    assert "Le service de téléphonie ne répond plus" not in page
    assert f"Prochaine information{NBSP}:" in page


def test_the_number_of_statements_does_not_follow_the_number_of_components(app, fill, statements):
    fill(one_incident)
    client = app.test_client()
    statements.clear()
    client.get("/fr")
    few = len(statements)
    with app.extensions["travaux"].sessions() as session:
        story = Story(session, {"hosting": 1, "vps": 8})
        for number in range(400):
            story.component(f"cluster-{number}", "vps", f"Grappe {number}")
        session.commit()
    statements.clear()
    client.get("/fr")
    assert (len(statements), few <= 13) == (few, True)


def test_the_stale_front_has_no_green_state_and_says_since_when(app, runtime, fill):
    fill(quiet)
    with runtime.sessions() as session:
        from status.models import Installation

        session.get_one(Installation, 1).verified_at = ago(minutes=10)
        session.commit()
    page = app.test_client().get("/fr").text
    assert re.search(r"Supervision interrompue depuis <time[^>]*>14:22</time>", page)
    assert "s-operational" not in page
    assert "Aucun incident connu" not in page


def test_a_database_never_verified_claims_nothing(app, runtime):
    with runtime.sessions() as session:
        Story(session).begin(verified_at=None)
        session.commit()
    page = app.test_client().get("/en").text
    assert "no state is known yet" in page
    assert "s-operational" not in page


def test_a_waiting_draft_shows_as_an_anomaly_without_its_event(app, fill):
    def day(session):
        story = quiet(session)
        story.verdict("webmail", Verdict.DEGRADED, ago(minutes=5))
        story.event(("Brouillon", "Draft"), ["webmail"], began=ago(minutes=5), publication=Publication.DRAFT)
        return story

    fill(day)
    page = app.test_client().get("/fr").text
    assert re.search(r"anomalie détectée à <time[^>]*>14:27</time>, vérification en cours", page)
    assert "Brouillon" not in page


def test_a_very_bad_day_weighs_less_than_twenty_kilobytes(app, fill):
    fill(very_bad_day)
    page = gzip.compress(app.test_client().get("/fr").data)
    css = next(asset.body for path, asset in assets().items() if path.endswith(".css"))
    assert len(page) + len(gzip.compress(css)) < 13_000


def one_down_one_in_works(session):
    story = quiet(session)
    story.verdict("sip", Verdict.DOWN, ago(minutes=9))
    times = (ago(hours=1), NOW + timedelta(hours=1))
    story.event(("Lot", "Batch"), ["fax"], kind=EventType.UPGRADE, state=EventState.IN_PROGRESS,
                impact=Impact.INTERRUPTION, began=ago(hours=1), planned=times, by=2)  # fmt: skip
    return story


def test_banner_and_area_name_an_outage_and_the_works_beside_it(app, fill):
    fill(one_down_one_in_works)
    client = app.test_client()
    tree = html.fromstring(client.get("/fr").text)
    banner = tree.xpath("string(//section[@data-r='banner'])").replace("\u00a0", " ")
    assert "Téléphonie : dégradé (Appels SIP : panne)" in banner
    assert "Téléphonie : travaux en cours" in banner
    area = html.fromstring(client.get("/fr/components/telephony").text)
    marks = [tree.xpath("string(//ul[@class='strip']/li[3])"), tree.xpath("string(//section[@id='telephony']/h3)"),
             area.xpath("string(//div[contains(@class, 'banner')])")]  # fmt: skip
    assert [("dégradé" in said, "travaux" in said) for said in marks] == [(True, True)] * 3


def test_twelve_incidents_and_five_works_are_all_reachable(app, fill):
    fill(very_bad_day)
    page = app.test_client().get("/fr").text
    assert len(set(re.findall(r"/fr/travaux/(\d+)", page))) == 18


def test_an_internal_component_is_nowhere(app, fill):
    def day(session):
        story = one_incident(session)
        story.component("canari", "sip", "CANARI", visibility=Visibility.INTERNAL)
        story.event(("Fuite CANARI", "CANARI leak"), ["canari"], began=ago(minutes=9))
        story.event(("Panne", "Outage"), ["canari", "webmail"], began=ago(minutes=9))
        return story

    fill(day)
    client = app.test_client()
    paths = ["/fr", "/en", "/fr/travaux", "/fr/components/sip", "/fr/components/telephony", "/status.json"]
    pages = [client.get(path).text.lower() for path in [*paths, "/fr/travaux/1205"]]
    assert [page for page in pages if "canari" in page] == []
    assert {client.get(f"/fr/{path}").status_code for path in ("travaux/1204", "components/canari")} == {404}


def test_now_is_the_moment_of_the_decider(app, fill):
    fill(one_incident)
    page = app.test_client().get("/fr").text
    assert f"(27{NBSP}min)" in page
    assert NOW.minute == 32


def test_what_a_person_drafts_is_not_told_in_public(app, fill):
    def day(session):
        story = quiet(session)
        story.event(("Brouillon", "Draft"), ["webmail"], began=ago(minutes=5), publication=Publication.DRAFT, by=2)
        return story

    fill(day)
    page = app.test_client().get("/fr").text
    assert "anomalie" not in page
    assert "Aucun incident connu" in page


def test_a_draft_beside_a_published_incident_adds_nothing(app, fill):
    def day(session):
        story = one_incident(session)
        story.event(("Brouillon", "Draft"), ["sip"], began=ago(minutes=5), publication=Publication.DRAFT)
        return story

    fill(day)
    assert "anomalie" not in app.test_client().get("/fr").text


def _cut_off(session) -> Story:
    story = quiet(session)
    for slug in ("sip", "trunk", "fax"):
        story.verdict(slug, Verdict.UNKNOWN, ago(minutes=6))
    session.add(Location(slug="here", created_at=ago(days=9), set_aside_at=ago(minutes=6), set_aside_reason="3 of 3"))
    return story


def test_our_own_cut_line_is_said_to_be_ours_and_since_when(app, fill):
    fill(_cut_off)
    client = app.test_client()
    for path in ("/fr", "/fr/components/telephony", "/fr/components/sip"):
        page = client.get(path).text
        assert re.search(r"Supervision interrompue depuis le <time[^>]*>22\xa0nov\.\xa02026, 14:26</time>", page)
        assert "vérifié à" not in page
    assert "état à <time" in client.get("/fr").text


def test_a_degraded_component_does_not_repeat_the_word(app, fill):
    def day(session):
        story = quiet(session)
        story.verdict("sip", Verdict.DEGRADED, ago(minutes=6))
        return story

    fill(day)
    assert f"Téléphonie{NBSP}: dégradé (Appels SIP)<" in re.sub(r"<.?span[^>]*>", "", app.test_client().get("/fr").text)


def test_a_span_below_a_minute_is_not_counted(app, fill):
    def day(session):
        story = quiet(session)
        story.event(("Panne", "Outage"), ["webmail"], began=ago(seconds=40))
        return story

    fill(day)
    page = app.test_client().get("/fr").text
    assert f"40{NBSP}s" not in page
    assert "depuis <time" in page


def test_a_night_of_works_names_both_days_alike(app, fill):
    def day(session):
        story = quiet(session)
        tonight = (NOW + timedelta(hours=9), NOW + timedelta(hours=13))
        kind, state = EventType.MAINTENANCE, EventState.CONFIRMED
        story.event(("Nuit", "Night"), ["vps"], kind=kind, state=state, planned=tonight, impact=Impact.NONE, by=2)
        return story

    fill(day)
    assert f"23:32 – demain{NBSP}03:32" in re.sub(r"<[^>]*>", "", app.test_client().get("/fr").text)


def test_a_restored_incident_is_no_trouble_of_now(app, fill):
    def day(session):
        story = quiet(session)
        now = {"state": EventState.MONITORING, "impact": Impact.NONE}
        story.event(("Panne", "Outage"), ["webmail"], began=ago(minutes=9), **now)
        return story

    fill(day)
    page = app.test_client().get("/fr").text
    assert '<section class="banner s-operational"' in page
    assert "1 incident rétabli, sous surveillance" in page
    assert "incident en cours<" not in page
    assert f"9{NBSP}min" not in page
