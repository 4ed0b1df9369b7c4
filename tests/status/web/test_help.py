"""The six doors of help, the live page, the statements."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from status.app import create_app
from status.config.model import Accessibility, Legal, Link, Site
from status.domain.states import SYMPTOMS, EventState, EventType, Impact, Verdict, Visibility
from status.models import Component
from status.web.assets import assets
from status.web.brand import LOGO_BYTES
from tests.status.web.builder import NOW, ago
from tests.status.web.days import one_incident, quiet, very_bad_day

WIRE = {quiet: 20_000, very_bad_day: 40_000}


def carrying(session, slug, symptom) -> None:
    session.query(Component).filter_by(slug=slug).one().symptoms = [symptom]
    session.flush()


@pytest.mark.parametrize("symptom", SYMPTOMS)
def test_a_quiet_door_says_so_and_leads_to_its_first_steps(app, fill, symptom):
    fill(quiet)
    page = app.test_client().get(f"/fr/help/{symptom}").text
    assert "Nous ne connaissons aucun incident" in page
    assert 'href="#steps"' in page
    assert page.index('id="steps"') < page.index('id="contact"')


def test_a_door_shows_the_components_that_carry_its_symptom_and_their_events(app, fill):
    def day(session):
        story = one_incident(session)
        carrying(session, "sip", "telephone")
        carrying(session, "webmail", "email")
        return story

    fill(day)
    client = app.test_client()
    page = client.get("/fr/help/telephone").text
    assert "Oui, il y a une panne chez nous" in page
    assert "/fr/travaux/1203" in page
    assert "/fr/travaux/1203" not in client.get("/fr/help/email").text


def test_an_incident_above_or_below_a_component_concerns_its_door(app, fill):
    def day(session):
        story = quiet(session)
        carrying(session, "sip", "telephone")
        story.component("sip-1", "sip", "Grappe 1")
        story.event(("Dessous", "Below"), ["sip-1"], began=ago(minutes=9))
        story.event(("Dessus", "Above"), ["telephony"], began=ago(minutes=9))
        story.event(("À côté", "Beside"), ["fax"], began=ago(minutes=9))
        return story

    fill(day)
    page = app.test_client().get("/fr/help/telephone").text
    assert ("Dessous" in page, "Dessus" in page, "À côté" in page) == (True, True, False)


@pytest.mark.parametrize("path", ["/fr", "/fr/help/telephone", "/fr/components/telephony"])
def test_the_worst_incident_comes_first_and_works_come_after(app, fill, path):
    def day(session):
        story = quiet(session)
        carrying(session, "sip", "telephone")
        story.event(("La pire", "The worst"), ["sip"], impact=Impact.FULL, began=ago(minutes=90))
        story.event(("Une lenteur", "Slow"), ["sip"], impact=Impact.DEGRADED, began=ago(minutes=2))
        story.event(
            ("Un chantier", "Works"), ["sip"], kind=EventType.MAINTENANCE, state=EventState.IN_PROGRESS,
            impact=Impact.FULL, began=ago(minutes=1),
        )  # fmt: skip
        return story

    fill(day)
    page = app.test_client().get(path).text
    assert page.index("La pire") < page.index("Une lenteur") < page.index("Un chantier")


def test_works_and_doubt_are_said_as_such(app, fill):
    def day(session):
        story = quiet(session)
        carrying(session, "fax", "fax")
        carrying(session, "radius", "internet")
        story.verdict("radius", Verdict.UNKNOWN, ago(minutes=9))
        times = (ago(hours=1), NOW + timedelta(hours=1))
        story.event(("Lot", "Batch"), ["fax"], kind=EventType.UPGRADE, state=EventState.IN_PROGRESS,
                    impact=Impact.INTERRUPTION, began=ago(hours=1), planned=times, by=2)  # fmt: skip
        return story

    fill(day)
    client = app.test_client()
    assert "Des travaux sont en cours" in client.get("/fr/help/fax").text
    assert "Nous ne savons pas" in client.get("/fr/help/internet").text


def test_a_component_that_is_not_public_is_behind_no_door(app, fill):
    def day(session):
        story = quiet(session)
        story.component("canari", "sip", "CANARI", visibility=Visibility.INTERNAL)
        carrying(session, "canari", "telephone")
        return story

    fill(day)
    assert "canari" not in app.test_client().get("/fr/help/telephone").text.lower()


@pytest.mark.parametrize("symptom", ["nope", "..", "SITE", "site%00", "x" * 3000])
def test_another_symptom_is_not_found(app, fill, symptom):
    fill(quiet)
    assert app.test_client().get(f"/fr/help/{symptom}").status_code == 404


@pytest.mark.parametrize("path", ["/fr/live", "/fr/help/email", "/en/help/fax"])
def test_past_its_time_nothing_is_green(runtime, fill, path):
    fill(quiet)
    later = replace(runtime, clock=lambda: replace(runtime.clock(), wall=NOW.timestamp() + 600))
    page = create_app(later).test_client().get(path).text
    assert "s-operational" not in page
    assert "icon-unknown." in page


def test_only_the_live_page_renews_itself_where_no_script_runs(app, fill):
    fill(quiet)
    client = app.test_client()
    told = {path: 'http-equiv="refresh"' in client.get(f"/fr{path}").text for path in ("", "/live", "/help/site")}
    assert told == {"": False, "/live": True, "/help/site": False}


@pytest.mark.parametrize("day", [quiet, very_bad_day])
def test_a_first_view_weighs_what_it_may(app, fill, day):
    fill(day)
    css = next(asset.body for path, asset in assets().items() if "/travaux." in path)
    page = app.test_client().get("/fr").data
    assert len(gzip.compress(page)) + len(gzip.compress(css)) < WIRE[day]


def test_what_comes_after_the_first_view_is_light_with_the_largest_logo(app):
    late = [asset.body for path, asset in assets().items() if "/live." in path or "/icon." in path]
    manifest = app.test_client().get("/manifest.webmanifest").data
    sizes = [len(gzip.compress(body)) for body in (*late, manifest)]
    assert max(sizes) < 4_096
    assert sum(sizes) + LOGO_BYTES < 12_000


def test_the_icon_follows_the_worst_state(app, fill):
    fill(one_incident)
    client = app.test_client()
    assert re.search(r'rel="icon" href="/static/icon-degraded\.', client.get("/fr").text)
    assert re.search(r'rel="icon" href="/static/icon\.', client.get("/fr/about").text)


def test_how_we_know_claims_no_more_than_the_probes_do(app, fill):
    fill(quiet)
    french, english = (app.test_client().get(f"/{language}/about").text for language in ("fr", "en"))
    assert "charge des pages web, interroge les serveurs DNS" in french
    assert not re.search("boîte aux lettres|passe un appel", french)
    assert not re.search("mailbox|places a call|his word", english)
    assert "their word counts" in english


def test_accessibility_that_was_not_audited_agrees_in_french(app, fill):
    fill(quiet)
    assert "Accessibilité\u00a0: non auditée" in app.test_client().get("/fr/about").text


def test_several_works_stand_in_one_line_of_the_banner(app, fill):
    fill(very_bad_day)
    page = app.test_client().get("/fr").text
    assert "Travaux en cours\u00a0: Téléphonie, xDSL" in page


def test_the_manifest_names_the_site(app):
    answer = app.test_client().get("/manifest.webmanifest")
    said = json.loads(answer.data)
    assert (said["name"], said["start_url"]) == ("Exemple Télécom", "/fr")
    assert app.test_client().get(said["icons"][0]["src"]).status_code == 200


def configured(runtime, **sections):
    return create_app(replace(runtime, settings=runtime.settings.model_copy(update=sections))).test_client()


def test_without_an_audit_the_statement_says_so_on_every_page(app, fill):
    fill(quiet)
    client = app.test_client()
    assert "Ce site n’a pas été audité" in client.get("/fr/accessibility").text
    assert "Accessibilité\u00a0: non auditée" in client.get("/fr").text


def test_an_audit_is_told_with_its_day_auditor_and_share(runtime):
    audit = Accessibility(conformity="partial", audited_on="2026-10-01", auditor="Cabinet X", percent=82)
    page = configured(runtime, accessibility=audit).get("/fr/accessibility").text
    assert "partiellement conforme" in page
    assert "1er oct. 2026 par Cabinet X" in page.replace("\u00a0", " ")
    assert "82\u00a0%" in page


def test_the_legal_page_and_the_footer_say_what_is_configured(runtime):
    site = Site(name="X", contact="aide@x.example", links=(Link(name={"fr": "Boutique"}, url="https://x.example/"),))
    client = configured(runtime, site=site, legal=Legal(publisher="X SAS", host="Y, Roubaix"))
    page = client.get("/fr/legal").text
    assert [each for each in ("X SAS", "Y, Roubaix", "mailto:aide@x.example", "Boutique") if each not in page] == []


def test_a_logo_and_colours_change_the_look_and_nothing_else(runtime, tmp_path):
    (tmp_path / "logo.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 100"/>')
    site = Site(name="X", logo="logo.svg", colour="#7a1fa2", colour_dark="#e1b3ff")
    client = configured(runtime, site=site)
    page = client.get("/fr/legal").text
    logo = re.search(r'<img src="([^"]+)" alt="" width="56" height="28">', page)
    assert client.get(logo[1]).content_type.startswith("image/svg+xml")
    assert "--link:#7a1fa2" in client.get(re.search(r"/static/travaux[^\"]+", page)[0]).text


def test_a_file_that_is_no_logo_is_left_out(runtime, tmp_path):
    (tmp_path / "logo.png").write_bytes(b"GIF89a" + b"x" * 100)
    for name in ("logo.png", "none.svg"):
        assert "<img" not in configured(runtime, site=Site(name="X", logo=name)).get("/fr/legal").text


def test_what_is_not_found_can_be_searched_for(app, fill):
    fill(quiet)
    page = app.test_client().get("/fr/nope").text
    assert re.search(r'<form class="find" method="get" action="/fr/travaux" role="search"><label for="q">', page)
