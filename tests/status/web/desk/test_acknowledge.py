"""/a/{token}: one button, for one person and one event, without signing in."""

from __future__ import annotations

import logging
import re
from dataclasses import replace

import pytest
from flask import Flask

from status.app import create_app
from status.models import Event, OneTimeLink
from status.models.engine import make_engine, make_sessions, reading, writing
from status.services import acknowledging, actors
from status.services.events import find
from tests.status.web.builder import NOW, Story, ago
from tests.status.web.signing_in import account_of


@pytest.fixture
def event_uid(fill) -> str:
    def day(session) -> Story:
        story = Story(session).begin()
        story.component("smtp", "email", "Envoi", "Sending")
        event = story.event(("Envoi ralenti", "Slow sending"), ["smtp"], began=ago(minutes=9))
        story.event_uid = event.uid
        return story

    return fill(day).event_uid


@pytest.fixture
def token(event_uid, sessions) -> str:
    with writing(sessions) as session:
        author = actors.cli_user(session, "anne")
        return acknowledging.make_link(session, account_of(session, "bob"), session.get(Event, event_uid), author, NOW)


def state(sessions, event_uid: str) -> tuple:
    with reading(sessions) as session:
        link = session.query(OneTimeLink).one()
        event = find(session, event_uid)
        return event.acknowledged_at, event.acknowledged_by, event.version, link.used_at


def press(app: Flask, token: str, **headers):
    client = app.test_client()
    page = client.get(f"/a/{token}").get_data(as_text=True)
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    return client.post(f"/a/{token}", data={"csrf": found[1] if found else ""}, headers=headers)


def test_the_page_shows_number_title_state_and_one_button(app, token):
    page = app.test_client().get(f"/a/{token}").get_data(as_text=True)
    assert all(words in page for words in ("FS#1201", "Envoi ralenti", "Bob"))
    assert page.count("<button") == 1


def test_looking_changes_nothing(app, token, sessions, event_uid):
    before = state(sessions, event_uid)
    for method in ("get", "head", "options"):
        getattr(app.test_client(), method)(f"/a/{token}")
    assert state(sessions, event_uid) == before
    assert before[0] is None


def test_the_button_acknowledges(app, token, sessions, event_uid):
    answer = press(app, token)
    assert answer.status_code == 200
    assert "<button" not in answer.get_data(as_text=True)
    assert state(sessions, event_uid)[0] is not None


def test_a_second_press_says_who_has(app, token, sessions, event_uid):
    client = app.test_client()
    csrf = re.search(r'name="csrf" value="([^"]+)"', client.get(f"/a/{token}").get_data(as_text=True))[1]
    press(app, token)
    before = state(sessions, event_uid)
    answer = client.post(f"/a/{token}", data={"csrf": csrf})
    assert (answer.status_code, state(sessions, event_uid)) == (200, before)


def test_without_the_forms_token_nothing_is_acknowledged(app, token, sessions, event_uid):
    answer = app.test_client().post(f"/a/{token}")
    assert (answer.status_code, "Appuyez de nouveau" in answer.text, "<button" in answer.text) == (403, True, True)
    assert state(sessions, event_uid)[0] is None


def test_a_form_of_another_site_is_refused(app, token, sessions, event_uid):
    answer = press(app, token, Origin="https://evil.example")
    assert (answer.status_code, "Rien n’a été modifié" in answer.text) == (403, True)
    assert press(app, token, **{"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert state(sessions, event_uid)[0] is None


def test_an_unknown_link_is_not_found(app, token):
    answer = app.test_client().get(f"/a/{token[:-1]}")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (404, "no-store")


def test_the_link_is_neither_kept_nor_told_to_others(app, token):
    answer = app.test_client().get(f"/a/{token}")
    assert (answer.headers["Cache-Control"], answer.headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert token not in answer.get_data(as_text=True)


def test_over_plain_http_from_elsewhere_the_link_shows_nothing(app, token):
    answer = app.test_client().get(f"/a/{token}", base_url="http://status.example.net")
    assert answer.status_code == 303
    assert "Envoi" not in answer.get_data(as_text=True)


def test_over_https_the_forms_cookie_is_this_hosts_alone(app, token):
    answer = app.test_client().get(f"/a/{token}", base_url="https://status.example.net")
    assert answer.headers["Set-Cookie"].startswith("__Host-travaux-form=")
    assert all(word in answer.headers["Set-Cookie"] for word in ("Secure", "HttpOnly", "SameSite"))


def test_the_log_never_holds_the_link(runtime, token, caplog, tmp_path):
    caplog.set_level(logging.DEBUG)
    away = make_sessions(make_engine(f"sqlite:///{tmp_path}/nowhere/travaux.db"))
    for broken in (away, None):
        app = create_app(replace(runtime, sessions=broken))
        assert app.test_client().get(f"/a/{token}").status_code in (500, 503)
    assert all(token not in str(vars(record)) for record in caplog.records)
    assert {"acknowledge_without_database", "acknowledge_failed"} <= {record.message for record in caplog.records}
