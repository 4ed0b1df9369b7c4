"""Signing in: ASVS 5.0.0 3.3.1-4, 3.7.2, 6.3.1, 6.3.8, 7.2.3, 7.2.4, 14.3.2."""

from __future__ import annotations

import pytest

from status.models import DeskSession, SignInAttempt
from status.models.engine import reading, writing
from status.services import accounts, actors, second_factor
from tests.status.web.at_the_door import AWAY, HOME, HTTPS, Door


@pytest.fixture
def door(runtime) -> Door:
    return Door.of(runtime)


def test_name_password_and_code_lead_to_the_desk(door):
    secret = door.account()
    browser = door.browser()
    answer = browser.sign_in(secret)
    assert (answer.status_code, answer.location) == (303, "/desk")
    assert browser.get("/desk/me").status_code == 200


def test_a_code_may_be_pasted_with_spaces(door):
    secret = door.account()
    browser = door.browser()
    code = door.code(secret)
    assert browser.send_code(browser.password(), f" {code[:3]} {code[3:]} ").status_code == 303


def test_the_fields_say_what_they_are_to_password_managers(door):
    door.account()
    browser = door.browser()
    first, second = browser.get("/desk/sign-in").text, browser.password().text
    assert 'autocomplete="username"' in first
    assert 'autocomplete="current-password"' in first
    assert 'autocomplete="one-time-code"' in second


def test_one_signs_in_again_where_one_wanted_to_go(door):
    secret = door.account()
    browser = door.browser()
    asked = browser.get("/desk/me")
    assert asked.location == "/desk/sign-in?next=/desk/me"
    assert browser.sign_in(secret, next_="/desk/me").location == "/desk/me"


@pytest.mark.parametrize(
    "tricky",
    ["//evil.example", "/\\evil.example", "https:evil.example", "https://evil.example/desk", "/desk/../fr", "/fr",
     "/desk//evil.example", "/desk/%5cevil", "javascript:alert(1)", "/desker", "/desk\r\nX: y", "/desk/%2e%2e/x"],
)  # fmt: skip
def test_nobody_is_led_off_the_desk(door, tricky):
    secret = door.account()
    assert door.browser().sign_in(secret, next_=tricky).location == "/desk"


def test_an_unknown_name_gets_the_answer_of_a_wrong_password(door):
    door.account()
    browser = door.browser()
    wrong, unknown = browser.password("alice", "not this one"), browser.password("nobody", "not this one")
    assert wrong.status_code == unknown.status_code == 403
    assert wrong.text.replace("alice", "nobody") == unknown.text


def test_an_unknown_name_costs_one_hash_too(door, monkeypatch):
    from status.services import passwords

    seen = []
    real = passwords._hasher().verify
    monkeypatch.setattr(type(passwords._hasher()), "verify", lambda _self, *given: seen.append(given) or real(*given))
    door.browser().password("nobody")
    assert len(seen) == 1


def test_an_unknown_name_is_not_written_down(door):
    door.browser().password("my password by mistake")
    with reading(door.runtime.sessions) as session:
        assert all("mistake" not in row.name for row in session.query(SignInAttempt))


def test_a_code_works_once(door):
    secret = door.account()
    code = door.code(secret)
    first, second = door.browser(), door.browser()
    assert first.send_code(first.password(), code).status_code == 303
    assert second.send_code(second.password(), code).status_code == 403


def test_a_code_of_the_step_before_works_and_one_of_two_before_does_not(door):
    secret = door.account()
    late, too_late = door.code(secret), door.code(secret)
    browser = door.browser()
    door.time.passes(seconds=30)
    assert browser.send_code(browser.password(), late).status_code == 303
    door.time.passes(seconds=60)
    assert browser.send_code(browser.password(), too_late).status_code == 403


def test_a_recovery_code_works_once(door):
    secret = door.account()
    code = recovery_codes(door)[0]
    browser = door.browser()
    assert browser.send_code(browser.password(), code.upper().replace("-", " ")).status_code == 303
    assert browser.send_code(door.browser().password(), code).status_code == 403
    assert door.browser().sign_in(secret).status_code == 303


def test_the_second_page_is_of_no_use_in_another_browser(door):
    secret = door.account()
    page = door.browser().password()
    other = door.browser()
    other.get("/desk/sign-in")
    assert other.send_code(page, door.code(secret)).status_code == 403


def test_the_second_page_runs_out(door):
    secret = door.account()
    browser = door.browser()
    page = browser.password()
    door.time.passes(minutes=6)
    answer = browser.send_code(page, door.code(secret))
    assert answer.status_code == 403
    assert 'autocomplete="current-password"' in answer.text


def test_an_identifier_from_before_is_not_the_session(door):
    """ASVS 7.2.4: what an attacker put into the browser is worth nothing after signing in."""
    secret = door.account()
    browser = door.browser()
    browser.client.set_cookie("__Host-travaux", "planted", domain="status.example.net", secure=True)
    browser.sign_in(secret)
    assert browser.client.get_cookie("__Host-travaux", domain="status.example.net").value != "planted"


def test_signing_in_again_ends_the_session_before(door):
    secret = door.account()
    browser = door.browser()
    browser.sign_in(secret)
    door.time.passes(minutes=1)
    browser.sign_in(secret)
    with reading(door.runtime.sessions) as session:
        assert sorted(row.ended for row in session.query(DeskSession)) == ["", "signed_out"]


def test_the_cookie_is_locked_to_the_host_over_https(door):
    secret = door.account()
    [cookie] = [each for each in door.browser().sign_in(secret).headers.getlist("Set-Cookie") if "-form" not in each]
    assert cookie.startswith("__Host-travaux=")
    parts = {part.strip() for part in cookie.split(";")[1:]}
    assert parts == {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"}


def test_the_cookie_has_at_least_128_bits_of_chance(door):
    secret = door.account()
    browser = door.browser()
    browser.sign_in(secret)
    value = browser.client.get_cookie("__Host-travaux", domain="status.example.net").value
    assert len(value) >= 43


def test_on_loopback_the_cookie_has_no_prefix(door):
    answer = door.app.test_client().get("/desk/sign-in")
    assert answer.headers["Set-Cookie"].startswith("travaux-form=")
    assert "Secure" not in answer.headers["Set-Cookie"]


def test_over_plain_http_from_elsewhere_the_page_says_why_not(door):
    client = door.app.test_client()
    elsewhere = {"base_url": "http://status.example.net", "environ_overrides": {"REMOTE_ADDR": HOME}}
    assert client.get("/desk/sign-in", **elsewhere).location == "/desk/plain-http"
    page = client.get("/desk/plain-http", **elsewhere)
    assert page.status_code == 403
    assert f'href="{HTTPS}/desk"' in page.text


def test_a_form_without_its_token_signs_nobody_in(door):
    """ASVS 3.5.1 for the sign-in itself: nobody is signed in as somebody else."""
    secret = door.account()
    browser = door.browser()
    page = browser.password()
    assert browser.post("/desk/sign-in", {"name": "alice", "password": "x"}).status_code == 403
    given = {"csrf": "another", "pass": page.text.split('name="pass" value="')[1].split('"')[0]}
    assert browser.post("/desk/sign-in/code", {**given, "code": door.code(secret)}).status_code == 403


def test_a_form_without_the_browsers_cookie_signs_nobody_in(door):
    door.account()
    assert door.browser().post("/desk/sign-in", {"csrf": "", "name": "alice"}).status_code == 403


def test_nothing_of_the_door_is_kept_by_browsers(door):
    answer = door.browser().get("/desk/sign-in")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_a_disabled_person_is_not_let_in(door):
    door.account()
    with writing(door.runtime.sessions) as session:
        accounts.disable(session, accounts.named(session, "alice"), actors.robot(session), door.time.now)
    assert door.browser().password().status_code == 403


def test_an_account_without_second_factor_is_not_let_in(door):
    door.account()
    with writing(door.runtime.sessions) as session:
        accounts.named(session, "alice").totp_confirmed_at = None
    answer = door.browser().password()
    assert answer.status_code == 403
    assert 'name="pass"' not in answer.text


def test_a_password_kept_by_older_parameters_is_kept_anew(door, monkeypatch):
    from argon2 import PasswordHasher

    secret = door.account()
    with writing(door.runtime.sessions) as session:
        old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash("un cheval sur le toit")
        accounts.named(session, "alice").password_hash = old
    assert door.browser().sign_in(secret).status_code == 303
    with reading(door.runtime.sessions) as session:
        assert "m=19456,t=2,p=1" in accounts.named(session, "alice").password_hash


def recovery_codes(door) -> list[str]:
    with writing(door.runtime.sessions) as session:
        account = accounts.named(session, "alice")
        codes, hashes = second_factor.make_recovery_codes(account.uid)
        second_factor.keep_recovery_codes(session, account, hashes, actors.robot(session), door.time.now)
    return list(codes)


def test_a_hundred_wrong_tries_take_an_attacker_hours_and_the_owner_gets_in(door):
    """ASVS 6.3.1: slowed per account, nobody is locked out from where he signed in lately."""
    secret = door.account()
    assert door.browser(HOME).sign_in(secret).status_code == 303
    began, attacker, looked_at = door.time.now, door.browser(AWAY), 0
    while looked_at < 100:
        answer = attacker.password("alice", "guess")
        looked_at += answer.status_code == 403
        door.time.passes(seconds=int(answer.headers.get("Retry-After", 0)))
    assert (door.time.now - began).total_seconds() > 6 * 3600
    assert door.browser(HOME).sign_in(secret).status_code == 303
