"""The screen on which an update is posted."""

from __future__ import annotations

import re

import pytest

from status.domain.states import EventState, EventType, Impact, Publication
from status.domain.subscriptions import FollowKind
from status.models import Component, EventUpdate, Installation, KeptForm
from status.models.engine import writing
from status.services import actors, subscribing
from status.services.events import find
from status.services.updating import Update, update
from tests.status.web.builder import NOW, ago
from tests.status.web.days import one_incident
from tests.status.web.signing_in import sign_in

PAGE = "/desk/events/1203/post"
TEXT = {"text_fr": "Un câble est coupé à Lille.", "text_en": "A cable is cut in Lille."}


@pytest.fixture
def bob(app, fill):
    fill(one_incident)
    return sign_in(app, "bob")


def form_of(page: str) -> dict[str, str]:
    """Give the hidden fields and the filled inputs of the posting form, as a browser would send them."""
    main = page[page.index('class="two"') :]
    values = {}
    for field in re.findall(r"<input [^>]*>", main):
        name, value = re.search(r'name="([^"]*)"', field), re.search(r'value="([^"]*)"', field)
        if name and "checkbox" not in field:
            values[name[1]] = (value[1] if value else "").replace("&#34;", '"').replace("&#39;", "'")
    return values


def opened(person, path=PAGE, **typed):
    """Open the screen and fill it."""
    return {**form_of(person.get(path).text), **TEXT, **typed}


def item(page: str, k: int) -> str:
    return page[page.index(f'<li id="update-{k}">') : page.index("</li>", page.index(f'<li id="update-{k}">')) + 5]


def test_a_post_is_on_the_public_page_in_both_languages(bob, app):
    answer = bob.post(PAGE, opened(bob, do="post"))
    assert answer.status_code == 303
    public = app.test_client()
    assert TEXT["text_fr"] in public.get("/fr/travaux/1203").text
    assert TEXT["text_en"] in public.get("/en/travaux/1203").text


def test_state_impact_and_times_change_with_the_post(bob, sessions):
    times = {"expected_end_at": "2026-11-22T18:00", "next_update_at": "2026-11-22T15:30"}
    bob.post(PAGE, opened(bob, do="post", state="monitoring", impact="degraded", **times))
    with sessions() as session:
        event = find(session, "1203")
        assert (event.state, event.impact) == (EventState.MONITORING, Impact.DEGRADED)
        assert (event.expected_end_at.hour, event.next_update_at.hour) == (17, 14)


def test_the_next_word_is_preset(bob):
    assert form_of(bob.get(PAGE).text)["next_update_at"].startswith("2026-11-22T1")


def test_the_preview_has_exactly_the_bytes_of_the_public_post(bob, app):
    form = opened(bob, do="preview", state="monitoring")
    preview = item(bob.post(PAGE, form).text, 3)
    bob.post(PAGE, {**form, "do": "post"})
    assert preview == item(app.test_client().get("/fr/travaux/1203").text, 3)


def test_a_preview_changes_nothing(bob, sessions):
    with sessions() as session:
        before = session.query(EventUpdate).count()
    assert bob.post(PAGE, opened(bob, do="preview", state="resolved")).status_code == 200
    with sessions() as session:
        assert session.query(EventUpdate).count() == before
        assert find(session, "1203").state is EventState.IDENTIFIED


def test_a_second_engineer_is_told_what_changed_and_keeps_his_words(bob, app, sessions):
    form = opened(bob, do="post")
    alice = sign_in(app, "alice")
    alice.post(PAGE, opened(alice, do="post", state="monitoring", text_fr="Rétabli au secours.", text_en=""))
    answer = bob.post(PAGE, form)
    assert answer.status_code == 409
    for words in ("Rétabli au secours.", "alice", TEXT["text_fr"], TEXT["text_en"], "surveillance"):
        assert words in answer.text


def test_he_may_post_again_with_the_new_version_and_both_posts_stand(bob, app):
    form = opened(bob, do="post")
    alice = sign_in(app, "alice")
    alice.post(PAGE, opened(alice, do="post", text_fr="Rétabli au secours.", text_en=""))
    again = {**form_of(bob.post(PAGE, form).text), **TEXT, "do": "post"}
    assert bob.post(PAGE, again).status_code == 303
    public = app.test_client().get("/fr/travaux/1203").text
    assert "Rétabli au secours." in public
    assert TEXT["text_fr"] in public


def test_a_field_he_left_alone_is_not_taken_back_after_a_conflict(bob, app, sessions):
    form = opened(bob, do="post")
    alice = sign_in(app, "alice")
    alice.post(PAGE, opened(alice, do="post", expected_end_at="2026-11-22T20:00", title_fr="Appels coupés"))
    again = {**form_of(bob.post(PAGE, form).text), **TEXT, "do": "post"}
    bob.post(PAGE, again)
    with sessions() as session:
        event = find(session, "1203")
        assert event.title["fr"] == "Appels coupés"
        assert event.expected_end_at.hour == 19


def test_the_robots_change_meanwhile_is_told_too(bob, sessions):
    form = opened(bob, do="post")
    with writing(sessions) as session:
        robot = actors.robot(session)
        update(session, find(session, "1203"), Update(texts={"fr": "Tout répond à nouveau."}), robot, NOW)
    answer = bob.post(PAGE, form)
    assert answer.status_code == 409
    assert "Tout répond à nouveau." in answer.text


def test_an_empty_update_is_refused_with_a_link_to_its_field(bob):
    page = form_of(bob.get(PAGE).text)
    form = {**page, "do": "post", "next_update_at": page["was_next_update_at"]}
    answer = bob.post(PAGE, form)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert 'href="#text_fr"' in answer.text


def test_a_refused_form_is_shown_again_filled(bob):
    answer = bob.post(PAGE, opened(bob, do="post", expected_end_at="2020-01-01T00:00"))
    assert answer.status_code == 422
    assert 'href="#expected_end_at"' in answer.text
    assert TEXT["text_fr"] in answer.text


def test_a_text_that_looks_personal_asks_before_it_is_posted(bob, app):
    form = opened(bob, do="post", text_fr="Écrivez à jean.dupont@example.org.")
    answer = bob.post(PAGE, form)
    assert answer.status_code == 422
    assert 'name="sure"' in answer.text
    assert "jean.dupont" not in app.test_client().get("/fr/travaux/1203").text
    assert bob.post(PAGE, {**form, "sure": "yes"}).status_code == 303


def test_who_is_limited_to_another_area_may_not_post(app, fill):
    fill(one_incident)
    carol = sign_in(app, "carol")
    assert carol.post(PAGE, {"do": "post", **TEXT}).status_code == 403
    assert TEXT["text_fr"] not in app.test_client().get("/fr/travaux/1203").text


def two_areas(session):
    story = one_incident(session)
    story.event(("Coupure de courant", "Power cut"), ["sip", "webmail"], began=ago(minutes=5))
    session.get(Installation, 1).next_event_number = 1300
    return story


def test_who_is_limited_to_an_area_changes_the_impact_of_his_components_alone(app, fill, sessions):
    story = fill(two_areas)
    carol = sign_in(app, "carol")
    path = "/desk/events/1204/post"
    assert carol.post(path, opened(carol, path, do="post", impact="degraded")).status_code == 303
    with sessions() as session:
        said = {
            row[0]: row[1] for row in session.query(*_impact_columns()).filter_by(event_uid=find(session, "1204").uid)
        }
    assert (said[story.ids["webmail"]], said[story.ids["sip"]]) == (Impact.DEGRADED, Impact.FULL)


def _impact_columns():
    from status.models import EventComponent

    return EventComponent.component_id, EventComponent.impact


def test_a_draft_is_published_with_the_words_of_the_form(app, fill):
    def day(session):
        story = one_incident(session)
        story.event(("Lenteurs", "Slow"), ["databases"], impact=Impact.DEGRADED, began=ago(minutes=2),
                    publication=Publication.DRAFT)  # fmt: skip
        session.get(Installation, 1).next_event_number = 1300
        return story

    fill(day)
    bob = sign_in(app, "bob")
    path = f"/desk/events/{'00000000-0000-0000-0000-0000000004b4'}/post"
    assert bob.post(path, opened(bob, path, do="publish")).status_code == 303
    assert TEXT["text_fr"] in app.test_client().get("/fr/travaux/1300").text


def follower(session, runtime, name, **wish):
    """Somebody who said yes."""
    key = subscribing.key_of(runtime.places.data)
    address = subscribing.Address("email", f"{name}@example.org", "example.org")
    row = subscribing.subscribe(session, key, address, subscribing.Wish(**wish), "fr", NOW)
    return subscribing.confirm(session, row, NOW)


def test_the_screen_says_how_many_subscribers_it_reaches(bob, sessions, runtime):
    assert "0 abonné" in bob.get(PAGE).text
    with writing(sessions) as session:
        sip = session.query(Component).filter_by(slug="sip").one()
        mail = session.query(Component).filter_by(slug="email").one()
        follower(session, runtime, "anne", follows=frozenset({(FollowKind.COMPONENT, str(sip.id))}))
        follower(session, runtime, "ben", follows=frozenset({(FollowKind.COMPONENT, str(mail.id))}))
        follower(session, runtime, "cleo", follows=frozenset({(FollowKind.COMPONENT, str(sip.parent_id))}))
        follower(session, runtime, "dan", types=frozenset({EventType.MAINTENANCE}))
    assert "2 abonnés" in bob.get(PAGE).text


def test_opening_counts_who_follows_a_place_that_the_component_names(bob, sessions, runtime):
    with writing(sessions) as session:
        sip = session.query(Component).filter_by(slug="sip").one()
        sip.departments = ["59"]
        follower(session, runtime, "anne", follows=frozenset({(FollowKind.DEPARTMENT, "59")}))
        follower(session, runtime, "ben", follows=frozenset({(FollowKind.DEPARTMENT, "62")}))
        id_ = sip.id
    page = bob.post("/desk/events/new", {"component": str(id_), "impact": "full", "text_fr": "X.", "do": "preview"})
    assert "Atteint 1 abonné." in page.text


def test_a_form_kept_after_the_sessions_end_is_filled_in_again(bob, sessions):
    with writing(sessions) as session:
        kept = {**TEXT, "state": "monitoring", "version": "0", "seen": "{}"}
        session.add(KeptForm(uid="k1", account_uid=bob.account_uid, at=NOW, path=PAGE, data=kept, taken_at=None))
    page = bob.get(PAGE).text
    assert TEXT["text_fr"] in page
    assert 'value="monitoring" selected' in page
    assert 'id="meanwhile"' in page


def test_there_is_no_screen_for_an_event_that_is_not(bob):
    assert bob.get("/desk/events/9999/post").status_code == 404
