from __future__ import annotations

import json
import re
import sqlite3

import pytest


def rows(travaux, *command: str) -> list[dict]:
    return json.loads(travaux(*command, "list", "--json").stdout)


def test_an_account_is_added_with_a_link_that_works_for_an_hour(travaux):
    said = travaux("account", "add", "alice", "--role", "admin", "--email", "alice@example.net").stdout
    assert re.search(r"^https://status\.example/desk/link/[\w-]{32}$", said, re.MULTILINE)
    [row] = rows(travaux, "account")
    assert (row["name"], row["role"], row["state"]) == ("alice", "admin", "not set up yet")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("Al ice", "--role", "lead"), "expected 1 to 80 letters"),
        (("alice", "--role", "lead", "--email", "x"), "expected a mail address"),
        (("ada", "--role", "admin", "--area", "email"), "an admin is not limited"),
        (("bob", "--role", "lead"), "there is an account 'bob' already"),
    ],
)
def test_an_account_that_cannot_be_is_refused(travaux, arguments, why):
    travaux("account", "add", "bob", "--role", "reader")
    result = travaux("account", "add", *arguments)
    assert (result.exit_code, why in result.stderr) == (1, True)


def test_a_role_changes_with_its_areas(travaux):
    travaux("account", "add", "bob", "--role", "reader")
    assert travaux("account", "role", "bob", "responder", "--area", "email").exit_code == 0
    assert [(row["role"], row["areas"]) for row in rows(travaux, "account")] == [("responder", ["email"])]


def test_the_only_admin_stays_one(travaux):
    travaux("account", "add", "ada", "--role", "admin")
    for command in (("disable", "ada"), ("role", "ada", "lead")):
        result = travaux("account", *command)
        assert (result.exit_code, "the only admin" in result.stderr) == (1, True)


def test_a_disabled_account_loses_its_tokens_and_gets_no_link(travaux):
    travaux("account", "add", "bob", "--role", "lead")
    travaux("token", "add", "bob", "script", "--scope", "read")
    assert travaux("account", "disable", "bob").exit_code == 0
    assert [row["live"] for row in rows(travaux, "token")] == [False]
    assert travaux("account", "reset", "bob").exit_code == 1
    assert travaux("account", "enable", "bob").exit_code == 0
    assert "/desk/link/" in travaux("account", "reset", "bob").stdout


def test_a_token_is_printed_once_and_listed_by_its_beginning(travaux, config):
    travaux("account", "add", "bob", "--role", "lead")
    token = travaux("token", "add", "bob", "script", "--scope", "incident:write", "--scope", "read").stdout.strip()
    assert re.fullmatch(r"trv_[a-z2-7]{32}", token)
    listed = travaux("token", "list").stdout
    assert f"{token[:8]}…" in listed
    assert token not in listed
    with sqlite3.connect(config.parent / "var" / "travaux.db") as database:
        assert token not in "\n".join(database.iterdump())


def test_a_token_is_revoked_by_what_the_list_shows(travaux):
    travaux("account", "add", "bob", "--role", "lead")
    token = travaux("token", "add", "bob", "script", "--scope", "read").stdout.strip()
    assert travaux("token", "revoke", f"{token[:8]}…").exit_code == 0
    assert "revoked" in travaux("token", "list").stdout
    assert travaux("token", "revoke", "trv_none").exit_code == 1


def test_the_record_holds_and_says_who_did_what(travaux):
    travaux("account", "add", "bob", "--role", "lead")
    result = travaux("audit", "verify")
    assert (result.exit_code, "the chain holds; its last entry: 2:" in result.stdout) == (0, True)
    entries = json.loads(travaux("audit", "list", "--json").stdout)
    assert [(each["actor"], each["action"]) for each in entries] == [
        ("cli:anne", "account.created"), ("cli:anne", "link.made"),
    ]  # fmt: skip


def test_a_changed_entry_is_found(travaux, config):
    travaux("account", "add", "bob", "--role", "lead")
    tamper(config, "update audit_entry set actor = 'cli:nobody' where n = 1")
    result = travaux("audit", "verify")
    assert (result.exit_code, "entry 1 does not match its hash" in result.stderr) == (1, True)
    assert json.loads(travaux("audit", "verify", "--json").stdout)["holds"] is False


def test_an_end_that_was_cut_off_is_found_by_what_was_kept_elsewhere(travaux, config):
    travaux("account", "add", "bob", "--role", "lead")
    anchor = travaux("audit", "verify").stdout.split()[-1]
    assert travaux("audit", "verify", "--expect", anchor).exit_code == 0
    tamper(config, "delete from audit_entry where n = 2")
    assert travaux("audit", "verify").exit_code == 0
    result = travaux("audit", "verify", "--expect", anchor)
    assert (result.exit_code, "entry 2 is missing: the end was cut off" in result.stderr) == (1, True)


def test_an_anchor_that_is_none_is_refused(travaux):
    assert travaux("audit", "verify", "--expect", "2:x").exit_code == 2


def test_the_record_is_listed_from_an_entry_on(travaux):
    travaux("account", "add", "bob", "--role", "lead")
    assert "account.created" not in travaux("audit", "list", "--from", "2").stdout
    assert 'role="lead"' in travaux("audit", "list").stdout


def tamper(config, statement: str) -> None:
    with sqlite3.connect(config.parent / "var" / "travaux.db") as database:
        database.execute(statement)
