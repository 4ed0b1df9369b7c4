"""Templates: the list, own ones, and filling the posting screen."""

from __future__ import annotations

import pytest

from status.models import TextTemplate
from tests.status.web.days import one_incident
from tests.status.web.desk.test_events_posting import PAGE, form_of, opened
from tests.status.web.signing_in import sign_in

OWN = {
    "slug": "lille-fibre", "name_fr": "Fibre de Lille", "name_en": "Lille fibre", "type": "incident",
    "state": "identified", "area": "telephony", "title_fr": "", "title_en": "",
    "text_fr": "La fibre de Lille est coupée : {components}.", "text_en": "The Lille fibre is cut: {components}.",
}  # fmt: skip


@pytest.fixture
def bob(app, fill):
    fill(one_incident)
    return sign_in(app, "bob")


def test_shipped_templates_are_listed(bob):
    assert "Hébergement : recherche" in bob.get("/desk/templates").text.replace("\u00a0", " ")


def test_a_template_fills_both_languages(bob):
    page = bob.post(PAGE, opened(bob, do="template", template="telephony-identified", text_fr="", text_en="")).text
    assert "La cause est connue et nous rétablissons les appels" in page
    assert "The cause is known and we are restoring calls" in page.partition('id="text_en"')[2]


def test_what_was_typed_stays_below_the_templates_words(bob):
    form = opened(bob, do="template", template="telephony-identified", text_fr="Détail typé à la main.")
    page = bob.post(PAGE, form).text
    assert "Détail typé à la main." in page


def test_another_template_takes_the_place_of_the_first(bob):
    page = bob.post(PAGE, opened(bob, do="template", template="telephony-resolved", text_fr="", text_en="")).text
    first = page.partition('id="text_fr"')[2].partition(">")[2].partition("</textarea>")[0].strip()
    form = {**form_of(page), "text_fr": first, "text_en": "", "do": "template", "template": "telephony-identified"}
    second = bob.post(PAGE, form).text.partition('id="text_fr"')[2].partition("</textarea>")[0]
    assert first not in second


def test_the_alerts_link_opens_the_screen_with_the_template_for_area_and_state(bob, app):
    page = bob.get(f"{PAGE}?template=auto").text
    assert 'value="telephony-identified" selected' in page
    assert '<li id="update-3">' in page
    text = page.partition('id="text_fr"')[2].partition(">")[2].partition("</textarea>")[0].strip()
    assert bob.post(PAGE, {**form_of(page), "do": "post", "text_fr": f"{text}\nUne phrase de plus."}).status_code == 303
    assert "Une phrase de plus." in app.test_client().get("/fr/travaux/1203").text


def test_an_unknown_template_is_told(bob):
    answer = bob.post(PAGE, opened(bob, do="template", template="nowhere"))
    assert answer.status_code == 422
    assert 'href="#template"' in answer.text


def test_a_lead_adds_changes_and_retires_an_own_one(app, bob, sessions):
    alice = sign_in(app, "alice")
    assert alice.post("/desk/templates/new", OWN).status_code == 303
    assert "Fibre de Lille" in bob.get(PAGE).text
    assert alice.get("/desk/templates/lille-fibre").status_code == 200
    assert alice.post("/desk/templates/lille-fibre", {**OWN, "name_fr": "Fibre du Nord"}).status_code == 303
    assert "Fibre du Nord" in bob.get("/desk/templates").text
    alice.post("/desk/templates/lille-fibre/retire")
    assert "Fibre du Nord" not in bob.get("/desk/templates").text
    with sessions() as session:
        assert session.query(TextTemplate).one().retired_at is not None


def test_a_responder_may_not_change_templates(bob):
    assert bob.post("/desk/templates/new", OWN).status_code == 403


def test_an_unknown_variable_is_refused_at_its_field(app, bob):
    answer = sign_in(app, "alice").post("/desk/templates/new", {**OWN, "text_fr": "Voir {nonsense}."})
    assert answer.status_code == 422
    assert 'href="#text_fr"' in answer.text


def test_a_template_fills_a_new_incident_and_its_title(app, fill):
    story = fill(one_incident)
    form = {"do": "template", "template": "telephony-investigating", "component": story.ids["sip"]}
    page = sign_in(app, "bob").post("/desk/events/new", form).text
    assert "Certains appels" in page.partition('id="text_fr"')[2].partition("</textarea>")[0]
    assert 'name="title_fr"' in page
