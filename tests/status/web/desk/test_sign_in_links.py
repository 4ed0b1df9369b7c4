"""One-time links: ASVS 5.0.0 6.2.4, 6.2.8, 6.3.2, 6.4.1."""

from __future__ import annotations

import re
from dataclasses import replace

import pyotp
import pytest

from status.config.model import Demo
from status.domain.permissions import Role
from status.models import Account, DeskSession, OneTimeLink
from status.models.engine import reading, writing
from status.services import accounts, actors, one_time_links
from tests.status.web.at_the_door import PASSWORD, Door, field


@pytest.fixture
def door(runtime) -> Door:
    return Door.of(runtime)


def link(door, purpose: str = one_time_links.SET_UP, name: str = "") -> str:
    with writing(door.runtime.sessions) as session:
        account = accounts.named(session, name) if name else None
        token = one_time_links.make(session, purpose, account, actors.robot(session), door.time.now)
    return f"/desk/link/{token}"


def set_up(door, path: str, **words):
    """Go through the steps of a link; give the last page and the secret."""
    browser = door.browser()
    browser.send(path, {"name": "ada", "password": PASSWORD, "again": PASSWORD, **words})
    page = browser.get(path)
    secret = re.search(r'class="secret">([A-Z2-7 ]+)<', page.text)[1].replace(" ", "")
    code = pyotp.TOTP(secret).at(door.time.now)
    given = {"csrf": field(page, "csrf"), "secret": field(page, "secret"), "code": code}
    return browser.post(path, given), secret


def test_the_first_account_is_an_admin_set_up_by_its_link(door):
    page, secret = set_up(door, link(door))
    assert len(re.findall(r"<li><code>[a-z2-7]{4}(?:-[a-z2-7]{4}){3}</code>", page.text)) == 10
    door.time.passes(minutes=1)
    browser = door.browser()
    assert browser.sign_in(secret, "ada").status_code == 303
    assert browser.get("/desk/accounts").status_code == 200


def test_a_link_works_once(door):
    path = link(door)
    set_up(door, path)
    answer = door.browser().get(path)
    assert (answer.status_code, "link" in answer.text) == (404, True)


def test_a_second_person_cannot_use_the_first_link_of_all(door):
    path = link(door)
    door.account("alice", Role.ADMIN)
    answer = door.browser().send(path, {"name": "eve", "password": PASSWORD, "again": PASSWORD})
    assert answer.status_code == 422
    with reading(door.runtime.sessions) as session:
        assert accounts.by_name(session, "eve") is None


@pytest.mark.parametrize(("purpose", "hours"), [("set-up", 24), ("invite", 1), ("reset", 1)])
def test_a_link_runs_out(door, purpose, hours):
    door.account()
    path = link(door, purpose, "" if purpose == "set-up" else "alice")
    assert door.browser().get(path).status_code == 200
    door.time.passes(hours=hours)
    assert door.browser().get(path).status_code == 404


def test_looking_at_a_link_changes_nothing(door):
    path = link(door)
    with reading(door.runtime.sessions) as session:
        before = [(row.used_at, row.account_uid) for row in session.query(OneTimeLink)]
    door.browser().get(path)
    with reading(door.runtime.sessions) as session:
        assert [(row.used_at, row.account_uid) for row in session.query(OneTimeLink)] == before
        assert session.query(Account).count() == 0


def test_a_link_is_kept_as_a_hash_of_at_least_128_bits(door):
    token = link(door).rpartition("/")[2]
    with reading(door.runtime.sessions) as session:
        assert token not in session.query(OneTimeLink).one().token_hash
    assert len(token) >= 22


def test_a_later_link_ends_the_earlier_one(door):
    door.account()
    first, second = link(door, "reset", "alice"), link(door, "reset", "alice")
    assert (door.browser().get(first).status_code, door.browser().get(second).status_code) == (404, 200)


def test_a_reset_brings_a_new_password_and_a_new_second_factor(door):
    old = door.account()
    inside = door.browser()
    inside.sign_in(old)
    door.time.passes(minutes=1)
    _page, secret = set_up(
        door, link(door, "reset", "alice"), password="deux chats et un chien", again="deux chats et un chien"
    )
    assert inside.get("/desk/me").status_code == 303
    door.time.passes(minutes=1)
    browser = door.browser()
    assert browser.send_code(browser.password(password="deux chats et un chien"), door.code(old)).status_code == 403
    assert browser.send_code(browser.password(password="deux chats et un chien"), door.code(secret)).status_code == 303


def test_the_link_of_a_disabled_person_is_worth_nothing(door):
    door.account()
    path = link(door, "reset", "alice")
    with writing(door.runtime.sessions) as session:
        accounts.disable(session, accounts.named(session, "alice"), actors.robot(session), door.time.now)
    assert door.browser().get(path).status_code == 404


@pytest.mark.parametrize(
    "password", ["short", "password1234", "azertyuiop123", "motdepasse2024", "adaadaadaada", "x" * 257, "Password12345"]
)
def test_a_password_that_is_guessed_or_too_long_is_refused(door, password):
    path = link(door)
    answer = door.browser().send(path, {"name": "ada", "password": password, "again": password})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert password not in answer.text


@pytest.mark.parametrize("password", ["é" * 12 + " ß Ω", "y z" * 80, "  deux espaces  "])
def test_a_password_counts_as_it_was_typed(door, password):
    set_up(door, link(door), password=password, again=password)
    door.time.passes(minutes=1)
    assert door.browser().password("ada", password).status_code == 200
    assert door.browser().password("ada", password[:-1]).status_code == 403
    assert door.browser().password("ada", password.swapcase() + "").status_code == 403


def test_a_wrong_code_shows_the_same_secret_again(door):
    path, browser = link(door), door.browser()
    browser.send(path, {"name": "ada", "password": PASSWORD, "again": PASSWORD})
    page = browser.get(path)
    given = {"csrf": field(page, "csrf"), "secret": field(page, "secret"), "code": "000000"}
    again = browser.post(path, given)
    assert again.status_code == 422
    assert field(again, "secret") == field(page, "secret")


def test_a_link_needs_the_browsers_own_form(door):
    path = link(door)
    answer = door.browser().post(path, {"name": "ada", "password": PASSWORD, "again": PASSWORD})
    assert answer.status_code == 403


def demonstration(door) -> str:
    with writing(door.runtime.sessions) as session:
        author = actors.robot(session)
        details = accounts.Details(Role.LEAD)
        lead = accounts.create(session, "demo", details, author, door.time.now, demonstration=True)
        return f"/desk/link/{one_time_links.make(session, 'demonstration', lead, author, door.time.now)}"


def test_in_a_demonstration_on_loopback_one_press_signs_a_lead_in_once(runtime):
    door = Door.of(replace(runtime, settings=runtime.settings.model_copy(update={"demo": Demo()})))
    path, client = demonstration(door), door.app.test_client()
    token = field(client.get(path), "csrf")
    assert client.post(path, data={"csrf": token}).location == "/desk"
    assert client.get("/desk/me").status_code == 200
    assert client.post(path, data={"csrf": token}).status_code == 404


def test_a_demonstrations_link_does_nothing_from_elsewhere(runtime):
    door = Door.of(replace(runtime, settings=runtime.settings.model_copy(update={"demo": Demo()})))
    path, browser = demonstration(door), door.browser()
    assert browser.get(path).status_code == 404
    assert browser.send("/desk/sign-in", {}, to=path).status_code == 404


def test_a_demonstrations_link_does_nothing_outside_of_one(door):
    path, client = demonstration(door), door.app.test_client()
    token = field(client.get("/desk/sign-in"), "csrf")
    assert client.post(path, data={"csrf": token}).status_code == 404
    with reading(door.runtime.sessions) as session:
        assert session.query(DeskSession).count() == 0
