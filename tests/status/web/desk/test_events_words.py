"""Notes, links, hands an event is in; corrected and redacted posts."""

from __future__ import annotations

import pytest

from status.models import Event, EventUpdate, Note
from status.services.events import find
from tests.status.web.days import one_incident
from tests.status.web.signing_in import sign_in

PAGE = "/desk/events/1203"


@pytest.fixture
def bob(app, fill):
    fill(one_incident)
    return sign_in(app, "bob")


@pytest.fixture
def post_path(bob, sessions):
    with sessions() as session:
        update = session.query(EventUpdate).filter_by(event_uid=find(session, "1203").uid, k=2).one()
        return f"{PAGE}/updates/{update.id}"


def test_a_note_is_kept_for_colleagues_alone(bob, app):
    assert bob.post(f"{PAGE}/notes", {"note": "Opérateur appelé."}).status_code == 303
    assert "Opérateur appelé." in bob.get(PAGE).text
    assert "Opérateur appelé." not in app.test_client().get("/fr/travaux/1203").text


def test_an_empty_note_is_refused_at_its_field(bob, sessions):
    answer = bob.post(f"{PAGE}/notes", {"note": "  "})
    assert answer.status_code == 422
    assert 'href="#note"' in answer.text
    with sessions() as session:
        assert session.query(Note).count() == 0


def test_events_are_linked_and_unlinked(bob, sessions):
    assert bob.post(f"{PAGE}/link", {"other": "1201"}).status_code == 303
    assert "Réception du courrier" in bob.get(PAGE).text
    with sessions() as session:
        other = session.query(Event).filter_by(n=1201).one().uid
    bob.post(f"{PAGE}/unlink", {"other": other})
    assert "Réception du courrier" not in bob.get(PAGE).text


def test_a_link_with_an_unknown_number_is_refused_at_its_field(bob):
    answer = bob.post(f"{PAGE}/link", {"other": "9999"})
    assert answer.status_code == 422
    assert 'href="#other"' in answer.text


def test_an_event_is_acknowledged_and_handed_over(bob, app, sessions):
    alice = sign_in(app, "alice")
    bob.post(f"{PAGE}/acknowledge")
    assert bob.post(f"{PAGE}/assign", {"account": alice.account_uid}).status_code == 303
    with sessions() as session:
        event = find(session, "1203")
        assert event.acknowledged_at is not None
        assert event.assigned_to != event.acknowledged_by


def test_an_event_is_handed_over_with_a_note_and_then_to_nobody(bob, app, sessions):
    alice = sign_in(app, "alice")
    bob.post(f"{PAGE}/assign", {"account": alice.account_uid, "assign_note": "L’opérateur rappelle."})
    assert "L’opérateur rappelle." in bob.get(PAGE).text
    assert bob.post(f"{PAGE}/assign", {"account": ""}).status_code == 303
    with sessions() as session:
        assert find(session, "1203").assigned_to is None


@pytest.mark.parametrize("account", ["\x00", "é", "x" * 5000])
def test_no_strange_account_reaches_the_database(bob, account):
    assert bob.post(f"{PAGE}/assign", {"account": account}).status_code == 422


def test_handing_over_to_nobody_known_is_refused(bob):
    assert bob.post(f"{PAGE}/assign", {"account": "x"}).status_code == 422


def test_a_corrected_post_reads_right_in_public(bob, app, post_path):
    assert "An interconnection device" in bob.get(f"{post_path}/correct").text
    form = {"text_fr": "Un équipement est remplacé.", "text_en": "A device is being replaced."}
    assert bob.post(f"{post_path}/correct", form).status_code == 303
    assert "Un équipement est remplacé." in app.test_client().get("/fr/travaux/1203").text
    assert "interconnexion" in bob.get(PAGE).text


def test_a_correction_that_changes_nothing_is_refused(bob, post_path):
    page = bob.get(f"{post_path}/correct").text
    assert bob.post(f"{post_path}/correct", {}).status_code == 422
    assert 'name="text_fr"' in page


def test_a_lead_redacts_a_post_with_a_reason(bob, app, post_path):
    alice = sign_in(app, "alice")
    assert bob.post(f"{post_path}/redact", {"reason": "Nom de client"}).status_code == 403
    assert alice.post(f"{post_path}/redact", {}).status_code == 422
    assert alice.post(f"{post_path}/redact", {"reason": "Nom de client"}).status_code == 303
    assert "interconnexion" not in app.test_client().get("/fr/travaux/1203").text
    assert "interconnexion" not in alice.get(PAGE).text


def test_a_post_of_another_event_is_not_found_here(bob, post_path):
    assert bob.get(post_path.replace("1203", "1201") + "/correct").status_code == 404
    assert bob.get(f"{PAGE}/updates/99999999999/correct").status_code == 404
