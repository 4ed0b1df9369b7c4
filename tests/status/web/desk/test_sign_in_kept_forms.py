"""A form that comes after the session's end is kept for its author, and only then."""

from __future__ import annotations

import pytest

from status.models import DeskSession, KeptForm
from status.models.engine import reading, writing
from status.services import accounts, actors
from tests.status.web.at_the_door import Door, field

FORM = {"name": "script", "scopes": ["read", "work:write"], "days": "30"}


@pytest.fixture
def door(runtime) -> Door:
    return Door.of(runtime)


@pytest.fixture
def secret(door) -> str:
    return door.account()


@pytest.fixture
def browser(door, secret):
    browser = door.browser()
    browser.sign_in(secret)
    return browser


def kept(door) -> int:
    with reading(door.runtime.sessions) as session:
        return session.query(KeptForm).count()


def test_what_was_posted_too_late_is_filled_in_after_signing_in(door, secret, browser):
    token = field(browser.get("/desk/tokens"), "csrf")
    door.time.passes(minutes=31)
    answer = browser.post("/desk/tokens", {"csrf": token, **FORM})
    assert answer.location == "/desk/sign-in?next=/desk/tokens"
    assert browser.sign_in(secret, next_="/desk/tokens").location == "/desk/tokens"
    page = browser.get("/desk/tokens").text
    assert 'value="script"' in page
    assert 'value="work:write" checked' in page


def test_once_it_was_sent_it_is_filled_in_no_more(door, secret, browser):
    late(door, browser)
    browser.sign_in(secret)
    answer = browser.send("/desk/kept/" + uid_of(door), {}, to="/desk/me/language")
    assert answer.status_code == 422
    browser.send("/desk/me", {"language": "fr"}, to="/desk/me/language")
    assert browser.get("/desk/kept/" + uid_of(door)).status_code == 404


def test_a_form_without_a_page_is_shown_on_one_of_its_own(door, secret, browser):
    answer = late(door, browser)
    assert answer.location == f"/desk/sign-in?next=/desk/kept/{uid_of(door)}"
    browser.sign_in(secret)
    page = browser.get(f"/desk/kept/{uid_of(door)}").text
    assert '<form method="post" action="/desk/me/language"' in page
    assert 'name="language" value="en"' in page


def test_nobody_else_sees_it(door, browser):
    late(door, browser)
    other = door.browser()
    other.sign_in(door.account("bob"), "bob")
    assert other.get(f"/desk/kept/{uid_of(door)}").status_code == 404


def test_a_form_with_another_token_is_not_kept(door, browser):
    door.time.passes(minutes=31)
    browser.post("/desk/tokens", {"csrf": "another", **FORM})
    browser.post("/desk/tokens", FORM)
    assert kept(door) == 0


def test_a_form_that_comes_a_day_after_the_end_is_not_kept(door, browser):
    token = field(browser.get("/desk/tokens"), "csrf")
    door.time.passes(hours=24, minutes=31)
    browser.post("/desk/tokens", {"csrf": token, **FORM})
    assert kept(door) == 0


@pytest.mark.parametrize("ended", ["signed_out", "revoked"])
def test_a_form_after_signing_out_or_a_revocation_is_not_kept(door, browser, ended):
    token = field(browser.get("/desk/tokens"), "csrf")
    with writing(door.runtime.sessions) as session:
        [row] = session.query(DeskSession)
        row.ended, row.ended_at = ended, door.time.now
    door.time.passes(minutes=31)
    browser.post("/desk/tokens", {"csrf": token, **FORM})
    assert kept(door) == 0


def test_a_form_after_a_late_press_on_sign_out_is_not_kept(door, browser):
    token = field(browser.get("/desk/tokens"), "csrf")
    door.time.passes(minutes=31)
    browser.post("/desk/sign-out", {"csrf": token})
    browser.post("/desk/tokens", {"csrf": token, **FORM})
    assert kept(door) == 0


def test_a_form_of_a_disabled_person_is_not_kept(door, browser):
    token = field(browser.get("/desk/tokens"), "csrf")
    with writing(door.runtime.sessions) as session:
        accounts.disable(session, accounts.named(session, "alice"), actors.robot(session), door.time.now)
    door.time.passes(minutes=31)
    browser.post("/desk/tokens", {"csrf": token, **FORM})
    assert kept(door) == 0


def test_a_form_from_another_site_is_not_kept(door, browser):
    token = field(browser.get("/desk/tokens"), "csrf")
    door.time.passes(minutes=31)
    answer = browser.post("/desk/tokens", {"csrf": token, **FORM}, headers={"Origin": "https://evil.example"})
    assert (answer.status_code, kept(door)) == (403, 0)


def test_a_form_of_a_live_session_is_not_kept(door, browser):
    browser.send("/desk/tokens", {"name": "", "days": "30"})
    assert kept(door) == 0


def test_a_password_is_not_kept(door, browser):
    token = field(browser.get("/desk/me"), "csrf")
    door.time.passes(minutes=31)
    browser.post("/desk/me/password", {"csrf": token, "old_password": "secret", "new_password": "secret"})
    browser.post("/desk/me/recovery-codes", {"csrf": token, "password": "secret"})
    assert kept(door) == 0


def test_twenty_forms_of_a_person_are_kept_at_most(door, browser):
    token = field(browser.get("/desk/tokens"), "csrf")
    door.time.passes(minutes=31)
    for number in range(22):
        browser.post("/desk/tokens", {"csrf": token, "name": str(number)})
    assert kept(door) == 20


def late(door, browser):
    token = field(browser.get("/desk/me"), "csrf")
    door.time.passes(minutes=31)
    return browser.post("/desk/me/language", {"csrf": token, "language": "en"})


def uid_of(door) -> str:
    with reading(door.runtime.sessions) as session:
        return session.query(KeptForm).one().uid
