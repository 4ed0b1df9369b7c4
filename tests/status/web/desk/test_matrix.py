"""Role × route × method of the desk, with the expected answer (ASVS 8.2.1). A route without a row fails.

The rows are written by hand: the guard's own table is held against them, not the other way round.
"""

from __future__ import annotations

import pytest
from flask import Flask
from werkzeug.routing import Rule

from status.domain.permissions import ALLOWED, Role
from status.web.desk.gate import DEED
from tests.status.web.desk.sample_day import Day
from tests.status.web.signing_in import PEOPLE, SignedInClient, sign_in

READER = ("rita", "carol", "bob", "alice", "ada")
RESPONDER, LEAD, ADMIN = READER[1:], READER[3:], READER[4:]
HERE = ("bob", "alice", "ada")
"""Responders and more, but Carol: her area is e-mail, the open event is telephony, the work hosting."""

EVERYBODY: tuple[str, ...] = ()
ROLE = {READER: Role.READER, RESPONDER: Role.RESPONDER, HERE: Role.RESPONDER, LEAD: Role.LEAD, ADMIN: Role.ADMIN}

ROWS = {
    # looking
    **dict.fromkeys(
        ("overview", "check", "component", "deliveries", "event", "events", "facts_export", "facts_export_csv",
         "locations", "me", "on_call", "one_series", "series", "supervision", "templates", "tokens"), (READER, 200)
    ),
    "kept": (READER, 404),
    # one's own things
    **dict.fromkeys(
        ("contact_first", "end_sessions", "extend", "remove_contact", "revoke_token", "sign_out", "test_alert"),
        (READER, 303),
    ),
    **dict.fromkeys(
        ("add_token", "change_language", "change_password", "new_recovery_codes", "set_contact"),
        (READER, 422),
    ),
    # on call
    **dict.fromkeys(("end_duty", "take_duty"), (RESPONDER, 422)),
    # incidents and works
    **dict.fromkeys(("new_event", "new_work", "open_event", "plan_work"), (RESPONDER, 200)),
    **dict.fromkeys(("mute_check", "run_check", "unmute_check"), (HERE, 422)),
    **dict.fromkeys(("correct", "facts", "new_times", "post", "send_post"), (HERE, 200)),
    **dict.fromkeys(("acknowledge", "discard_draft", "end_series", "hand_back", "post_draft", "take"), (HERE, 303)),
    **dict.fromkeys(
        ("add_note", "assign", "link_event", "publish_event", "send_correct", "send_facts", "send_new_times",
         "unlink_event"), (HERE, 422)
    ),
    # what goes to subscribers
    **dict.fromkeys(("resume_subscriber", "retry_deliveries"), (RESPONDER, 303)),
    "drop_deliveries": (LEAD, 303),
    # leads
    **dict.fromkeys(
        ("merge", "post_mortem", "redact", "redact_event", "send_post_mortem", "split", "template", "withdraw"),
        (LEAD, 200),
    ),
    **dict.fromkeys(
        ("disable_check", "enable_check", "redact_series", "send_merge", "send_redact", "send_redact_event",
         "send_split", "send_template", "send_withdraw"), (LEAD, 422),
    ),
    "retire_template": (LEAD, 404),
    # admins
    **dict.fromkeys(("account", "accounts"), (ADMIN, 200)),
    **dict.fromkeys(("add_account", "change_account"), (ADMIN, 422)),
    # before the sign-in: these see to their own tokens
    **dict.fromkeys(("link", "sign_in"), (EVERYBODY, 200)),
    **dict.fromkeys(("link_step", "sign_in_code", "sign_in_password"), (EVERYBODY, 403)),
    "plain_http": (EVERYBODY, 303),
}  # fmt: skip
"""Of each view: who is let in, and what he is answered; to a form that is empty but for its token."""

METHODS = {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"}


@pytest.fixture
def day(app, fill) -> Day:
    return Day.make(app, fill)


def rules(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("desk.")]


def row(rule: Rule) -> tuple[tuple[str, ...], int]:
    return ROWS[rule.endpoint.partition(".")[2]]


def methods(rule: Rule) -> set[str]:
    return (rule.methods or set()) & METHODS - {"HEAD", "OPTIONS"}


def ask(browser: SignedInClient, path: str, method: str) -> int:
    return (browser.get(path) if method == "GET" else browser.post(path)).status_code


def test_every_route_has_a_row_and_every_row_a_route(app):
    assert sorted(ROWS) == sorted(rule.endpoint.partition(".")[2] for rule in rules(app))


def test_every_view_needs_the_role_of_its_row(app):
    for rule in rules(app):
        deed, (who, _answer) = getattr(app.view_functions[rule.endpoint], DEED), row(rule)
        assert (ALLOWED[deed][0] if deed else None) == ROLE.get(who), rule.endpoint


@pytest.mark.parametrize("name", PEOPLE)
def test_each_person_is_answered_as_the_rows_say(day, app, name):
    """ASVS 8.2.1: role × route × method."""
    wrong, browser = {}, sign_in(app, name)
    for rule in sorted(rules(app), key=lambda rule: rule.endpoint == "desk.sign_out"):
        (who, answer), path = row(rule), day.path(rule)
        expected = answer if name in who or not who else 403
        if (rule.endpoint, name) == ("desk.kept", "alice"):
            expected = 200  # the form is hers
        for method in methods(rule):
            got = ask(browser, path, method)
            if got != expected:
                wrong[rule.endpoint, method] = (got, expected)
    assert wrong == {}


def test_nobody_is_sent_to_sign_in(day, app):
    """ASVS 8.2.1: without a session."""
    wrong = {}
    for rule in rules(app):
        who, answer = row(rule)
        for method in methods(rule):
            got = app.test_client().open(day.path(rule), method=method, data={"csrf": "x"} if method == "POST" else {})
            fine = got.status_code == (303 if who else answer)
            if not fine or (who and not got.location.startswith("/desk/sign-in?next=")):
                wrong[rule.endpoint, method] = (got.status_code, got.location)
    assert wrong == {}


def test_other_methods_are_answered_405(day, app):
    """ASVS 4.1.4."""
    ada, by_path = sign_in(app, "ada"), {}
    for rule in rules(app):
        by_path.setdefault(day.path(rule), set()).update(rule.methods)
    for path, answered in by_path.items():
        swallowed = {"GET", "HEAD", "OPTIONS"} if path.startswith("/desk/checks/") else set()
        for method in METHODS - answered - swallowed:
            answer = ada.client.open(path, method=method, data={"csrf": ada.csrf})
            assert answer.status_code == 405, (method, path)


@pytest.mark.parametrize("name", ["mute", "run", "unmute"])
def test_a_person_of_another_area_does_nothing_to_a_check(day, app, name):
    """ASVS 8.2.2: the form is filled; only its owner's area keeps him from it."""
    given = {"until": "+2h", "reason": "Essai.", "location": "local"}
    answer = sign_in(app, "carol").post(f"/desk/checks/sip-check/{name}", given)
    assert answer.status_code == 403
    assert "hors de vos domaines" in answer.text
