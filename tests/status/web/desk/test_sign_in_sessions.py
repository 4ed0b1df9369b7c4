"""Sessions at the desk: ASVS 5.0.0 7.3.1, 7.3.2, 7.4.1, 7.4.2."""

from __future__ import annotations

import pytest

from status.models import Account, DeskSession
from status.models.engine import reading, writing
from status.services import accounts, actors
from tests.status.web.at_the_door import AWAY, Door, field


@pytest.fixture
def door(runtime) -> Door:
    return Door.of(runtime)


@pytest.fixture
def secret(door) -> str:
    return door.account()


def is_in(browser) -> bool:
    return browser.get("/desk/me").status_code == 200


def test_an_unused_session_ends_after_half_an_hour(door, secret):
    browser = door.browser()
    browser.sign_in(secret)
    door.time.passes(minutes=29)
    assert is_in(browser)
    door.time.passes(minutes=31)
    assert not is_in(browser)


def test_a_used_session_ends_after_twelve_hours(door, secret):
    browser = door.browser()
    browser.sign_in(secret)
    for _ in range(12 * 4 - 1):
        door.time.passes(minutes=15)
        assert is_in(browser)
    door.time.passes(minutes=15)
    assert not is_in(browser)


def test_signing_out_ends_the_session_on_the_server(door, secret):
    browser = door.browser()
    browser.sign_in(secret)
    cookie = browser.client.get_cookie("__Host-travaux", domain="status.example.net").value
    browser.send("/desk/me", {}, to="/desk/sign-out")
    browser.client.set_cookie("__Host-travaux", cookie, domain="status.example.net", secure=True)
    assert not is_in(browser)


def test_disabling_a_person_ends_his_sessions_at_once(door, secret):
    browser = door.browser()
    browser.sign_in(secret)
    with writing(door.runtime.sessions) as session:
        accounts.disable(session, accounts.named(session, "alice"), actors.robot(session), door.time.now)
    assert not is_in(browser)


def test_a_person_sees_his_sessions_and_ends_one(door, secret):
    here, there = door.browser(), door.browser(AWAY)
    here.sign_in(secret)
    door.time.passes(minutes=1)
    there.sign_in(secret)
    page = here.get("/desk/me")
    assert AWAY in page.text
    other = page.text.split('name="session" value="')[1].split('"')[0]
    here.send("/desk/me", {"session": other}, to="/desk/me/sessions")
    assert (is_in(here), is_in(there)) == (True, False)


def test_a_person_signs_out_everywhere_else(door, secret):
    here, there = door.browser(), door.browser(AWAY)
    here.sign_in(secret)
    door.time.passes(minutes=1)
    there.sign_in(secret)
    here.send("/desk/me", {}, to="/desk/me/sessions")
    assert (is_in(here), is_in(there)) == (True, False)


def test_nobody_ends_a_session_of_another(door, secret):
    bob = door.account("bob")
    alice, other = door.browser(), door.browser(AWAY)
    alice.sign_in(secret)
    other.sign_in(bob, "bob")
    with reading(door.runtime.sessions) as session:
        [hers] = session.query(DeskSession).join(Account).filter(Account.name == "alice")
    other.send("/desk/me", {"session": hers.uid}, to="/desk/me/sessions")
    assert is_in(alice)


def test_a_page_says_when_the_session_ends_and_one_press_goes_on(door, secret):
    browser = door.browser()
    browser.sign_in(secret)
    door.time.passes(minutes=28)
    page = browser.get("/desk/me")
    assert 'data-warn="120.0"' in page.text
    door.time.passes(minutes=25)
    given = {"csrf": field(page, "csrf"), "next": "/desk/me"}
    assert browser.post("/desk/extend", given).location == "/desk/me"
    door.time.passes(minutes=29)
    assert is_in(browser)


def test_the_script_is_told_the_new_end(door, secret):
    browser = door.browser()
    browser.sign_in(secret)
    page = browser.get("/desk/me")
    answer = browser.post("/desk/extend", {"csrf": field(page, "csrf")}, headers={"Accept": "application/json"})
    assert set(answer.json) == {"ends_at"}


def test_the_desk_may_run_its_own_script_and_no_other(door, secret):
    browser = door.browser()
    browser.sign_in(secret)
    policy = browser.get("/desk/me").headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy


def test_a_changed_password_ends_the_other_sessions(door, secret):
    here, there = door.browser(), door.browser(AWAY)
    here.sign_in(secret)
    door.time.passes(minutes=1)
    there.sign_in(secret)
    words = {"old_password": "un cheval sur le toit", "new_password": "deux chats dans la cave"}
    answer = here.send("/desk/me", {**words, "again": "deux chats dans la cave"}, to="/desk/me/password")
    assert answer.status_code == 303
    assert (is_in(here), is_in(there)) == (True, False)
    assert door.browser().password(password="deux chats dans la cave").status_code == 200


@pytest.mark.parametrize(
    ("old", "new", "again"),
    [
        ("wrong", "deux chats dans la cave", "deux chats dans la cave"),
        ("un cheval sur le toit", "deux chats dans la cave", "trois chats"),
        ("un cheval sur le toit", "court", "court"),
        ("un cheval sur le toit", "password1234", "password1234"),
        ("un cheval sur le toit", "alicealice123", "alicealice123"),
    ],
)
def test_a_password_that_will_not_do_changes_nothing(door, secret, old, new, again):
    browser = door.browser()
    browser.sign_in(secret)
    words = {"old_password": old, "new_password": new, "again": again}
    answer = browser.send("/desk/me", words, to="/desk/me/password")
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert door.browser().password().status_code == 200


def test_new_recovery_codes_are_shown_once_after_the_password(door, secret):
    browser = door.browser()
    browser.sign_in(secret)
    assert browser.send("/desk/me", {"password": "wrong"}, to="/desk/me/recovery-codes").status_code == 422
    page = browser.send("/desk/me", {"password": "un cheval sur le toit"}, to="/desk/me/recovery-codes")
    code = page.text.split("<li><code>")[1].split("<")[0]
    assert page.text.count("<li><code>") == 10
    assert code not in browser.get("/desk/me").text


def test_the_desk_speaks_the_persons_language(door, secret):
    browser = door.browser()
    browser.sign_in(secret)
    browser.send("/desk/me", {"language": "en"}, to="/desk/me/language")
    assert '<html lang="en">' in browser.get("/desk/me").text
