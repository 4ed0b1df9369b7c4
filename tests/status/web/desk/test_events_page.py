"""The desk's page of one event."""

from __future__ import annotations

import pytest

from status.models import Note
from status.models.engine import writing
from status.services.events import find
from tests.status.web.builder import NOW
from tests.status.web.days import one_incident, quiet
from tests.status.web.signing_in import sign_in

PAGE = "/desk/events/1203"


@pytest.fixture
def incident(fill):
    return fill(one_incident)


def test_everything_known_is_on_one_page(app, incident):
    page = sign_in(app, "rita").get(PAGE).text
    for words in ("Appels entrants", "Un équipement", "An interconnection device", "Appels SIP", "anne", 'id="facts"'):
        assert words in page


def test_a_reader_sees_no_button(app, incident):
    page = sign_in(app, "rita").get(PAGE).text
    assert "/post" not in page
    assert 'class="ways"' not in page


def test_a_responder_sees_his_and_a_lead_more(app, incident):
    bob, alice = sign_in(app, "bob").get(PAGE).text, sign_in(app, "alice").get(PAGE).text
    assert "/1203/post" in bob
    assert "/1203/withdraw" not in bob
    assert "/1203/withdraw" in alice


def test_one_way_is_the_main_one_and_the_rare_ones_are_folded(app, incident):
    page = sign_in(app, "alice").get(PAGE).text
    ways = page.partition('<div class="ways">')[2].partition('<div class="desk-columns">')[0]
    shown, _, folded = ways.partition("<details")
    assert shown.count('class="button"') == 1
    assert shown.count("second") <= 3
    for path in ("/withdraw", "/merge", "/facts", "/redact"):
        assert path in folded


def test_who_is_limited_to_another_area_reads_but_has_no_button(app, incident):
    assert "/1203/post" not in sign_in(app, "carol").get(PAGE).text


def test_a_change_is_told_with_who_and_when(app, incident):
    bob = sign_in(app, "bob")
    bob.post(f"{PAGE}/take")
    assert "bob" in bob.get(PAGE).text.partition('id="history"')[2]


def test_a_note_is_on_no_public_page(app, incident, sessions):
    with writing(sessions) as session:
        session.add(Note(event_uid=find(session, "1203").uid, author_id=2, at=NOW, text="canari-interne"))
    assert "canari-interne" in sign_in(app, "rita").get(PAGE).text
    public = app.test_client()
    for path in ("/fr", "/fr/travaux/1203", "/fr/travaux", "/fr/components/sip", "/fr/feed.rss", "/status.json"):
        assert "canari-interne" not in public.get(path).text


def test_there_is_no_page_for_an_event_that_is_not(app, incident):
    assert sign_in(app, "rita").get("/desk/events/9999").status_code == 404


def test_a_work_has_its_moves(app, fill):
    fill(quiet)
    page = sign_in(app, "bob").get("/desk/events/1202").text
    for state in ("in-progress", "cancelled"):
        assert f"state={state}" in page
    assert "/1202/times" in page


def test_the_page_is_in_the_language_of_the_account(app, incident):
    assert '<html lang="fr">' in sign_in(app, "rita").get(PAGE).text
