"""What somebody may have changed meanwhile: accounts, kept drafts and templates are held against If-Match."""

from __future__ import annotations

import pytest

from tests.status.web.api.asking import program
from tests.status.web.days import quiet

WORDS = {"name": {"fr": "SIP"}, "type": "incident", "state": "investigating", "text": {"fr": "Panne."}}


@pytest.fixture
def ada(app, fill):
    fill(quiet)
    made = program(app, "ada")
    made.post("/events", {"impacts": {"sip": "full"}})
    made.post("/accounts", {"name": "dora", "role": "reader"})
    return made


def kept(ada) -> str:
    draft = ada.post("/events/1/drafts", {"texts": {"fr": "Plus tard."}}).json
    return f"/events/1/drafts/{draft['uid']}"


def edits(ada):
    """Give an edit of each kind: method, path, body."""
    draft = kept(ada)
    return [
        ("PATCH", "/accounts/dora", {"display_name": "Dora"}),
        ("PUT", draft, {"texts": {"fr": "Encore plus tard."}}),
        ("PUT", "/templates/telephony-identified", WORDS),
        ("DELETE", draft, None),
        ("DELETE", "/templates/telephony-identified", None),
    ]


def test_an_edit_without_the_version_is_428(ada):
    for method, path, body in edits(ada):
        assert ada.ask(method, path, body, If_Match="").status_code == 428, path


def test_an_edit_of_another_version_is_412_and_says_the_present_one(ada):
    for method, path, body in edits(ada):
        answer = ada.ask(method, path, body, If_Match='"77"')
        assert answer.status_code == 412, path
        assert answer.headers["ETag"] == ada.get(path).headers["ETag"]


def test_an_edit_of_the_version_that_was_read_is_done_and_raises_it(ada):
    for method, path, body in edits(ada):
        seen = ada.get(path).headers["ETag"]
        answer = ada.ask(method, path, body, If_Match=seen)
        assert answer.status_code in {200, 204}
        assert method == "DELETE" or answer.headers["ETag"] != seen


def test_a_template_that_is_not_there_yet_needs_no_version(ada):
    assert ada.ask("PUT", "/templates/sip-down", WORDS, If_Match="*").status_code == 412
    assert ada.ask("PUT", "/templates/sip-down", WORDS, If_Match="").headers["ETag"] == '"1"'
    assert ada.ask("PUT", "/templates/sip-down", WORDS, If_Match="").status_code == 428


def test_what_is_not_there_is_404_whatever_the_version(ada):
    uid = "00000000-0000-7000-8000-000000000000"
    assert ada.ask("DELETE", "/templates/nothing", If_Match="").status_code == 404
    assert ada.ask("PATCH", "/accounts/nobody", {}, If_Match="").status_code == 404
    assert ada.ask("PUT", f"/events/1/drafts/{uid}", {"texts": {"fr": "x"}}, If_Match="").status_code == 404


def test_null_takes_a_promised_time_back_and_silence_leaves_it(ada):
    ada.post("/events/1/updates", {"next_update_at": "2027-01-01T00:00:00Z", "expected_end_at": "2027-01-02T00:00:00Z"})
    told = ada.post("/events/1/updates", {"next_update_at": None}).json
    assert (told["next_update_at"], told["expected_end_at"]) == (None, "2027-01-02T00:00:00Z")
    assert ada.post("/events/1/updates", {"next_update_at": None}).json["code"] == "nothing"


def test_a_draft_keeps_what_it_takes_back(ada):
    ada.post("/events/1/updates", {"next_update_at": "2027-01-01T00:00:00Z"})
    draft = ada.post("/events/1/drafts", {"next_update_at": None}).json
    assert draft["cleared"] == ["next_update_at"]
    assert ada.post(f"/events/1/drafts/{draft['uid']}/post").json["next_update_at"] is None


def test_an_event_is_handed_over_with_a_note_and_to_nobody(ada):
    assert ada.post("/events/1/assign", {"account": "dora", "note": "Rappeler à 16 h."}).json["assigned_to"]
    assert ada.get("/events/1/notes").json["items"][0]["text"] == "Rappeler à 16 h."
    assert ada.post("/events/1/assign", {"account": None}).json["assigned_to"] is None
