"""Notes, links, drafts, templates, corrections, facts and post-mortems over the API."""

from __future__ import annotations

import pytest

from tests.status.web.api.asking import program
from tests.status.web.days import quiet

DOWN = {"impacts": {"sip": "full"}, "texts": {"fr": "Nous cherchons."}}


@pytest.fixture
def alice(app, fill):
    fill(quiet)
    made = program(app, "alice")
    made.post("/events", DOWN)
    return made


def test_a_note_is_added_and_listed(alice):
    assert alice.post("/events/1/notes", {"text": "Ticket 4711."}).json["author"] == "account:alice"
    assert [note["text"] for note in alice.get("/events/1/notes").json["items"]] == ["Ticket 4711."]


def test_an_event_is_acknowledged_and_handed_over(app, alice):
    program(app, "bob")
    assert alice.post("/events/1/acknowledge").json["acknowledged_by"] == "account:alice"
    assert alice.post("/events/1/assign", {"account": "bob"}).json["assigned_to"] == "account:bob"
    assert alice.post("/events/1/assign", {"account": "nobody"}).json["errors"][0]["field"] == "account"


def test_two_events_are_linked_and_parted(alice):
    other = alice.get("/events/1201").json["uid"]
    assert alice.post("/events/1/links", {"event": "1201"}).json["links"] == [other]
    assert alice.ask("DELETE", "/events/1/links/1201").json["links"] == []


def test_an_update_is_corrected_and_the_earlier_words_stay(alice):
    id_ = alice.get("/events/1/updates").json["items"][0]["id"]
    told = alice.post(f"/events/1/updates/{id_}/correct", {"texts": {"fr": "Nous savons."}}).json
    assert (told["texts"]["fr"]["text"], told["older"][0]["text"]) == ("Nous savons.", "Nous cherchons.")


def test_what_is_redacted_is_in_no_answer_any_more(alice):
    id_ = alice.get("/events/1/updates").json["items"][0]["id"]
    assert alice.post(f"/events/1/updates/{id_}/redact", {"reason": "a name"}).status_code == 200
    assert "Nous cherchons" not in alice.get("/events/1/updates").text + alice.get("/events/1").text


def test_what_is_redacted_is_in_no_answer_kept_under_a_key(alice):
    posted = alice.post("/events/1/updates", {"texts": {"fr": "Madame Durand."}}, Idempotency_Key="k").json
    alice.post(f"/events/1/updates/{posted['id']}/redact", {"reason": "a name"})
    again = alice.post("/events/1/updates", {"texts": {"fr": "Madame Durand."}}, Idempotency_Key="k")
    assert "Durand" not in again.text


def test_an_update_of_another_event_is_not_found(alice):
    id_ = alice.get("/events/1201/updates").json["items"][0]["id"]
    assert alice.post(f"/events/1/updates/{id_}/correct", {"texts": {"fr": "Non."}}).status_code == 404


def test_words_of_the_event_itself_are_taken_away(alice):
    alice.post("/events", {**DOWN, "title": {"fr": "Panne chez Durand"}}, Idempotency_Key="e")
    gone = alice.post("/events/2/redact", {"fields": ["title"], "reason": "a name", "title": {"fr": "Panne"}})
    again = alice.post("/events", {**DOWN, "title": {"fr": "Panne chez Durand"}}, Idempotency_Key="e")
    assert (gone.json["title"], again.json["uid"]) == ({"fr": "Panne"}, gone.json["uid"])
    assert "Durand" not in alice.get("/events/2").text + again.text


def test_a_draft_is_kept_changed_and_posted(alice):
    uid = alice.post("/events/1/drafts", {"texts": {"fr": "Bientôt."}, "impacts": {"sip": "partial"}}).json["uid"]
    alice.ask("PUT", f"/events/1/drafts/{uid}", {"texts": {"fr": "Voilà."}, "impacts": {"sip": "partial"}})
    posted = alice.post(f"/events/1/drafts/{uid}/post").json
    assert (posted["texts"]["fr"]["text"], posted["impacts"]) == ("Voilà.", {"sip": "partial"})
    assert alice.get("/events/1/drafts").json["items"] == []


def test_a_draft_is_discarded(alice):
    uid = alice.post("/events/1/drafts", {"texts": {"fr": "Bientôt."}}).json["uid"]
    assert alice.ask("DELETE", f"/events/1/drafts/{uid}").status_code == 204
    assert alice.post(f"/events/1/drafts/{uid}/post").status_code == 404


def test_one_limited_to_an_area_posts_no_draft_about_another(app, alice):
    alice.post("/events", {"impacts": {"smtp-in": "full", "sip": "full"}})
    uid = alice.post("/events/2/drafts", {"impacts": {"sip": "none"}}).json["uid"]
    assert program(app, "carol").post(f"/events/2/drafts/{uid}/post").json["code"] == "area"


def test_facts_are_stated_one_by_one_and_exported(alice):
    alice.ask("PATCH", "/events/1/facts", {"customers_touched": 1200})
    told = alice.ask("PATCH", "/events/1/facts", {"emergency_calls": True}).json
    assert (told["customers_touched"], told["emergency_calls"]) == (1200, True)
    assert alice.get("/events/1/facts").json["customers_touched"] == 1200


def test_a_post_mortem_is_written_and_published(alice):
    alice.post("/events/1/close", {})
    assert alice.ask("PUT", "/events/1/post-mortem", {"text": {"fr": "Un routeur."}}).json["published_at"] is None
    assert alice.post("/events/1/post-mortem/publish").json["published_at"] is not None


def test_an_own_template_is_saved_and_retired(alice):
    body = {"name": {"fr": "SIP"}, "type": "incident", "state": "investigating", "text": {"fr": "En panne."}}
    assert alice.ask("PUT", "/templates/sip-own", body, If_Match="").json["text"]["fr"] == "En panne."
    assert alice.ask("DELETE", "/templates/sip-own").status_code == 204
    assert alice.get("/templates/sip-own").status_code == 404
