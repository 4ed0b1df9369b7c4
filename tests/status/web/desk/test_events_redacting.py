"""Words that go for good: an event's own, those of a merge or a split in both posts."""

from __future__ import annotations

import pytest

from status.models import EventUpdate
from status.models.engine import writing
from status.services.events import find
from tests.status.web.builder import ago
from tests.status.web.days import one_incident
from tests.status.web.desk.test_events_posting import form_of
from tests.status.web.signing_in import sign_in

PAGE = "/desk/events/1203/redact"
NAME = "Madame Durand"


def two_incidents(session):
    story = one_incident(session)
    story.event(("Fax en panne", "Fax down"), ["fax"], began=ago(minutes=3))
    return story


@pytest.fixture
def alice(app, fill, sessions):
    fill(two_incidents)
    with writing(sessions) as session:
        event = find(session, "1203")
        event.cause, event.measures, event.title = NAME, "Remplacé.", {"fr": f"Panne chez {NAME}", "en": NAME}
    return sign_in(app, "alice")


def asked(person, **given):
    page = person.get(PAGE).text
    version = page.partition('name="version" value="')[2].partition('"')[0]
    return person.post(PAGE, {"version": version, **given})


def test_the_page_shows_the_words_that_stand_there(alice):
    page = alice.get(PAGE).text
    assert 'value="cause"' in page
    assert NAME in page
    assert 'value="withdrawn_reason"' not in page


def test_cause_and_title_go_from_desk_and_public_page(alice, app):
    given = {"what": ["cause", "title"], "title_fr": "Appels coupés", "title_en": "Calls down", "reason": "un nom"}
    assert asked(alice, **given).status_code == 303
    public = app.test_client()
    for page in (alice.get("/desk/events/1203").text, public.get("/fr/travaux/1203").text, public.get("/fr").text):
        assert NAME not in page
    assert "Remplacé." in alice.get("/desk/events/1203").text


@pytest.mark.parametrize(
    ("given", "field"),
    [({"what": "cause"}, "reason"), ({"reason": "un nom"}, "what"), ({"what": "title", "reason": "x"}, "title_fr"),
     ({"what": "text\x00", "reason": "x"}, "what")],
)  # fmt: skip
def test_what_is_missing_is_said_at_its_field(alice, given, field):
    answer = asked(alice, **given)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text


def test_words_that_were_changed_meanwhile_are_shown_before_they_go(alice, sessions):
    version = alice.get(PAGE).text.partition('name="version" value="')[2].partition('"')[0]
    alice.post("/desk/events/1203/take")
    answer = alice.post(PAGE, {"version": version, "what": "cause", "reason": "un nom"})
    assert answer.status_code == 409
    with sessions() as session:
        assert find(session, "1203").cause == NAME


def test_a_responder_redacts_nothing(alice, app):
    assert sign_in(app, "bob").post(PAGE, {"what": "cause", "reason": "x"}).status_code == 403


def last_post(sessions, number, action):
    with sessions() as session:
        rows = session.query(EventUpdate).filter_by(event_uid=find(session, number).uid, action=action)
        return rows.order_by(EventUpdate.id.desc()).first().id


def test_words_typed_in_a_merge_go_from_both_posts(alice, app, sessions):
    page = alice.get("/desk/events/1204/merge").text
    alice.post(
        "/desk/events/1204/merge", {**form_of(f'class="two"{page}'), "into": "1203", "text_fr": "Chez Monsieur Petit."}
    )
    path = f"/desk/events/1203/updates/{last_post(sessions, '1203', 'merge')}/redact"
    assert "FS#1204" in alice.get(path).text
    assert alice.post(path, {"reason": "un nom"}).status_code == 303
    public = app.test_client()
    for path in ("/fr/travaux/1203", "/fr/travaux/1204", "/fr/feed.rss"):
        assert "Monsieur Petit" not in public.get(path).text


def test_words_typed_in_a_split_go_from_both_posts(alice, app, sessions):
    alice.post("/desk/events/1204/merge", {"into": "1203"})
    page = alice.get("/desk/events/1203/split").text
    parts = page.split('name="component" value="')[1:]
    chosen = next(part.partition('"')[0] for part in parts if "Fax" in part.partition("</li>")[0])
    version = page.partition('name="version" value="')[2].partition('"')[0]
    told = {"component": chosen, "version": version, "title_fr": "Fax", "text_fr": "Chez Madame Martin."}
    apart = alice.post("/desk/events/1203/split", told).location.rpartition("/")[2]
    path = f"/desk/events/{apart}/updates/{last_post(sessions, apart, 'split')}/redact"
    assert alice.post(path, {"reason": "un nom"}).status_code == 303
    assert "Martin" not in alice.get("/desk/events/1203").text + app.test_client().get("/fr/travaux/1203").text
