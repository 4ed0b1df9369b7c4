"""Every form of the desk is refused without its token and from another site (ASVS 5.0.0 3.5.1)."""

from __future__ import annotations

import logging

import pytest

from status.models import Account
from status.models.engine import reading
from tests.status.web.signing_in import sign_in

SAFE = {"GET", "HEAD", "OPTIONS"}
FOREIGN = [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}]


def forms(app) -> list[str]:
    """Give an address of every form, from the map of addresses itself."""
    adapter = app.url_map.bind("localhost")
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("desk.") and rule.methods - SAFE]
    return [adapter.build(rule.endpoint, dict.fromkeys(rule.arguments, "1"), method="POST") for rule in rules]


def test_there_are_forms_to_try(app):
    assert len(forms(app)) > 10


def test_no_form_is_taken_without_its_token(app):
    ada = sign_in(app, "ada")
    answers = {
        path: ada.client.post(path, data={"csrf": given}).status_code for path in forms(app) for given in ("", "x")
    }
    assert set(answers.values()) == {403}, answers


@pytest.mark.parametrize("headers", FOREIGN)
def test_no_form_is_taken_from_another_site(app, headers):
    ada = sign_in(app, "ada")
    answers = {path: ada.post(path, headers=headers).status_code for path in forms(app)}
    assert set(answers.values()) == {403}, answers


def test_no_form_is_taken_from_nobody(app):
    client = app.test_client()
    answers = {path: client.post(path, data={"csrf": ""}) for path in forms(app)}
    assert {answer.status_code for answer in answers.values()} <= {303, 403}
    assert {answer.location.partition("?")[0] for answer in answers.values() if answer.location} == {"/desk/sign-in"}


def test_refused_accesses_are_logged_without_what_was_sent(app, caplog):
    """ASVS 16.3.2, 16.4.1."""
    rita = sign_in(app, "rita")
    with caplog.at_level(logging.WARNING):
        rita.get("/desk/accounts")
        rita.client.post("/desk/tokens", data={"csrf": "canary\r\ninjected"})
    said = [(record.message, record.fields["why"], record.fields["account"]) for record in caplog.records]
    assert said == [("desk_refused", "forbidden", "rita"), ("desk_refused", "form_token", "rita")]


def test_an_admin_makes_an_account_and_is_shown_its_invitation_once(app, runtime):
    ada = sign_in(app, "ada")
    page = ada.post(
        "/desk/accounts", {"name": "Zoé".replace("é", "e"), "role": "responder", "areas": "email", "language": "en"}
    )
    assert "http://localhost/desk/link/" in page.text
    with reading(runtime.sessions) as session:
        account = session.query(Account).filter_by(name="zoe").one()
    assert (account.role.value, account.areas, account.language) == ("responder", ["email"], "en")
    assert "/desk/link/" not in ada.get(f"/desk/accounts/{account.uid}").text


def test_two_admins_at_one_account_the_second_is_told(app):
    ada, bob = sign_in(app, "ada"), sign_in(app, "bob")
    path = f"/desk/accounts/{bob.account_uid}"
    given = {"do": "change", "role": "lead", "language": "fr", "version": "1"}
    assert ada.post(path, given).status_code == 303
    assert ada.post(path, {**given, "role": "reader"}).status_code == 422


def test_an_admin_disables_a_person_who_is_out_at_once(app):
    ada, bob = sign_in(app, "ada"), sign_in(app, "bob")
    assert bob.get("/desk/me").status_code == 200
    assert ada.post(f"/desk/accounts/{bob.account_uid}", {"do": "disable"}).status_code == 303
    assert bob.get("/desk/me").status_code == 303
    assert ada.post(f"/desk/accounts/{bob.account_uid}", {"do": "link"}).status_code == 422


def test_an_admin_signs_a_person_out_and_makes_a_link_for_him(app):
    ada, bob = sign_in(app, "ada"), sign_in(app, "bob")
    ada.post(f"/desk/accounts/{bob.account_uid}", {"do": "sessions"})
    assert bob.get("/desk/me").status_code == 303
    assert "/desk/link/" in ada.post(f"/desk/accounts/{bob.account_uid}", {"do": "link"}).text


@pytest.mark.parametrize("path", ["/desk/accounts", "/desk/accounts/1"])
def test_nobody_but_an_admin_sees_accounts(app, path):
    assert sign_in(app, "alice").get(path).status_code == 403
    assert sign_in(app, "alice").post(path, {"do": "disable"}).status_code == 403


def test_an_unknown_account_is_not_found(app):
    assert sign_in(app, "ada").get("/desk/accounts/none").status_code == 404


def test_a_person_makes_a_token_which_is_shown_once(app):
    bob = sign_in(app, "bob")
    page = bob.post("/desk/tokens", {"name": "script", "scopes": "read", "days": "30"})
    token = page.text.split("<code>trv_")[1].split("<")[0]
    assert len(token) == 32
    assert token not in bob.get("/desk/tokens").text


@pytest.mark.parametrize(
    "given",
    [{"name": ""}, {"name": "x", "days": "30"}, {"name": "x", "scopes": "read", "days": "7"}, {"scopes": "root"}],
)
def test_a_token_that_cannot_be_is_refused_with_a_link_to_its_field(app, given):
    answer = sign_in(app, "bob").post("/desk/tokens", {"days": "30", **given})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_a_person_revokes_his_own_tokens_and_an_admin_everybodys(app):
    ada, bob, carol = (sign_in(app, name) for name in ("ada", "bob", "carol"))
    bob.post("/desk/tokens", {"name": "backup-job", "scopes": "read", "days": "never"})
    path = bob.get("/desk/tokens").text.split('action="/desk/tokens/')[1].split('"')[0]
    carol.post(f"/desk/tokens/{path}")
    assert f"/desk/tokens/{path}" in bob.get("/desk/tokens").text
    assert "backup-job" not in carol.get("/desk/tokens").text
    ada.post(f"/desk/tokens/{path}")
    assert f"/desk/tokens/{path}" not in bob.get("/desk/tokens").text
