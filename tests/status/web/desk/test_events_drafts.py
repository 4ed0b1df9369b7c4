"""Updates kept as drafts, facts for the regulator, post-mortems."""

from __future__ import annotations

import pytest

from status.domain.states import EventState
from status.models import PostMortem, UpdateDraft
from status.services import drafts
from status.services.events import find
from tests.status.web.builder import NOW
from tests.status.web.days import one_incident, quiet
from tests.status.web.desk.test_events_posting import PAGE as POST
from tests.status.web.desk.test_events_posting import TEXT, form_of, opened
from tests.status.web.signing_in import sign_in

PAGE = "/desk/events/1203"


@pytest.fixture
def bob(app, fill):
    fill(one_incident)
    return sign_in(app, "bob")


@pytest.fixture
def draft(bob, sessions):
    bob.post(POST, opened(bob, do="draft", state="monitoring"))
    with sessions() as session:
        return session.query(UpdateDraft).one().uid


def test_a_draft_is_on_the_desk_and_nowhere_in_public(bob, app, draft):
    assert f"/drafts/{draft}/post" in bob.get(PAGE).text
    assert f"/drafts/{draft}/post" in bob.get("/desk/events?shelf=drafts").text
    for path in ("/fr", "/fr/travaux/1203", "/fr/feed.atom", "/status.json"):
        assert TEXT["text_fr"] not in app.test_client().get(path).text


def test_a_draft_is_posted_by_a_button(bob, app, draft, sessions):
    assert bob.post(f"{PAGE}/drafts/{draft}/post").status_code == 303
    assert TEXT["text_fr"] in app.test_client().get("/fr/travaux/1203").text
    with sessions() as session:
        assert find(session, "1203").state is EventState.MONITORING


def test_a_draft_is_discarded(bob, draft):
    assert bob.post(f"{PAGE}/drafts/{draft}/discard").status_code == 303
    assert draft not in bob.get(PAGE).text


def test_a_draft_is_taken_up_again_filled_and_posted_once(bob, app, draft, sessions):
    page = bob.get(f"{POST}?draft={draft}").text
    assert TEXT["text_fr"] in page
    assert 'value="monitoring" selected' in page
    assert bob.post(POST, {**form_of(page), **TEXT, "do": "post"}).status_code == 303
    with sessions() as session:
        assert session.query(UpdateDraft).one().ended_at is not None
    assert app.test_client().get("/fr/travaux/1203").text.count(TEXT["text_fr"]) == 1


def test_a_draft_with_a_time_is_posted_then(bob, sessions):
    bob.post(POST, opened(bob, do="draft", publish_at="2026-11-22T16:00"))
    with sessions() as session:
        row = session.query(UpdateDraft).one()
        assert row.publish_at.hour == 15
        assert drafts.post_due(session, row.publish_at) == 1


def test_there_is_no_page_of_a_draft_that_is_not(bob):
    assert bob.get(f"{POST}?draft=x").status_code == 404


def test_facts_are_stated_and_exported(bob, app):
    form = {"customers_touched": "1200", "emergency_calls": "yes", "cause": "Câble coupé", "measures": "Double voie"}
    assert bob.post(f"{PAGE}/facts", form).status_code == 303
    stated = bob.get(f"{PAGE}/facts.json").get_json()
    assert (stated["customers_touched"], stated["emergency_calls"]) == (1200, True)
    assert "Câble coupé" in bob.get(f"{PAGE}/facts.csv").text
    public = app.test_client().get("/fr/travaux/1203").text
    assert "Câble coupé" in public
    assert "1200" not in public


def test_looking_at_the_facts_does_not_change_when_it_was_detected(bob, sessions):
    with sessions() as session:
        before = find(session, "1203").detected_at
    page = bob.get(f"{PAGE}/facts").text
    was = page.split('name="was_detected_at" value="')[1].split('"')[0]
    bob.post(f"{PAGE}/facts", {"cause": "Câble", "detected_at": was, "was_detected_at": was})
    with sessions() as session:
        assert find(session, "1203").detected_at == before


def test_an_event_is_left_out_of_what_was_promised_with_its_reason_and_counts_again(bob):
    assert bob.post(f"{PAGE}/facts", {"sla": "excluded", "sla_reason": "Force majeure."}).status_code == 303
    assert bob.get(f"{PAGE}/facts.json").get_json()["sla_excluded_reason"] == "Force majeure."
    assert "Force majeure." in bob.get(PAGE).text
    bob.post(f"{PAGE}/facts", {"sla": "counts", "sla_reason": "Force majeure.", "was_sla_reason": "Force majeure."})
    assert bob.get(f"{PAGE}/facts.json").get_json()["sla_excluded"] is False


@pytest.mark.parametrize(
    ("sla", "reason", "field"), [("excluded", " ", "sla_reason"), ("counts", "Force majeure.", "sla")]
)
def test_a_reason_and_a_choice_that_contradict_one_another_are_refused(bob, sla, reason, field):
    answer = bob.post(f"{PAGE}/facts", {"sla": sla, "sla_reason": reason})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert bob.get(f"{PAGE}/facts.json").get_json()["sla_excluded"] is False


def test_a_number_of_customers_that_is_none_is_refused_at_its_field(bob):
    answer = bob.post(f"{PAGE}/facts", {"customers_touched": "beaucoup"})
    assert answer.status_code == 422
    assert 'href="#customers_touched"' in answer.text


def test_a_post_mortem_is_kept_previewed_and_published_by_a_lead(app, fill, sessions):
    fill(quiet)
    alice, path = sign_in(app, "alice"), "/desk/events/1201/post-mortem"
    form = {"text_fr": "La file était pleine.", "text_en": "The queue was full."}
    assert "La file était pleine." in alice.post(path, {**form, "do": "preview"}).text
    assert alice.post(path, {**form, "do": "keep"}).status_code == 303
    with sessions() as session:
        assert session.query(PostMortem).one().published_at is None
    assert alice.post(path, {**form, "do": "publish"}).status_code == 303
    with sessions() as session:
        assert find(session, "1201").state is EventState.POST_MORTEM


def test_a_post_mortem_changed_by_somebody_else_is_not_overwritten(app, fill):
    fill(quiet)
    alice, path = sign_in(app, "alice"), "/desk/events/1201/post-mortem"
    for text in ("Un", "Deux"):
        alice.post(path, {"text_fr": text, "do": "keep"})
    answer = alice.post(path, {"text_fr": "Trois", "do": "keep", "version": "1"})
    assert answer.status_code in (409, 422)
    assert "Trois" in answer.text


def test_a_reply_by_mail_waits_as_a_draft(bob, sessions):
    with sessions() as session:
        drafts.keep(
            session, find(session, "1203"), {"texts": {"fr": "Par courriel."}}, _bob(session), NOW, origin="mail"
        )
        session.commit()
    assert "par courriel" in bob.get(PAGE).text


def _bob(session):
    from status.services import actors

    return actors.cli_user(session, "bob")
