"""Every page's headers, forms and addresses, found by the map of addresses itself. SQLite alone."""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from status.app import create_app
from status.config.model import Server
from status.models import Base, Event
from status.models.engine import make_engine
from status.web.desk import door
from tests.status.web.at_the_door import HTTPS
from tests.status.web.desk.sample_day import Day
from tests.status.web.inspection import Page, without_token
from tests.status.web.signing_in import sign_in
from tests.status.web.test_hostile_text import HTML, walk

CLOSED = ("/desk", "/api/v1", "/a/", "/static/", "/agent/", "/c/")
"""What no other site's script may read."""

CHANGING = {"POST", "PUT", "PATCH", "DELETE"}
TOO_LONG = b"x=" + b"y" * 20_000
SEEN = {"desk_session", "account", "api_token"}
"""Tables that note when somebody was last seen."""


@pytest.fixture
def engine(tmp_path: Path, sqlite_with_tables: Path) -> Iterator[sa.Engine]:
    shutil.copy(sqlite_with_tables, tmp_path / "travaux.db")
    engine = make_engine(f"sqlite:///{tmp_path}/travaux.db")
    yield engine
    engine.dispose()


@pytest.fixture
def day(app, fill) -> Day:
    return Day.make(app, fill)


def is_a_subscribers(path: str) -> bool:
    """Whether nobody is known there by a cookie, which another site could use: by a token in the address, or not."""
    return path.startswith("/s/") or path.endswith("/subscribe")


def kept_by(path: str) -> str:
    """Give who may keep an answer: nobody but its reader, nobody at all, or everybody who asks again."""
    if path.startswith("/c/"):
        return "private, no-cache" if path.endswith("/feed.atom") else "private, no-store"
    told_to_nobody = path.startswith(("/desk", "/a/")) or is_a_subscribers(path)
    return "no-store" if told_to_nobody or path.endswith(("/measures", "/1.0/auth/time")) else "no-cache"


def test_every_answer_carries_the_headers(day):
    """ASVS 3.4.3, 3.4.4, 3.4.5, 3.4.6, 4.1.1, 13.4.6, 14.3.2."""
    for path, answer in walk(day):
        headers, desk = answer.headers, path.startswith(("/desk", "/a/"))
        told_to_nobody = desk or is_a_subscribers(path) or path.startswith("/c/")
        policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
        assert (policy["default-src"], policy["frame-ancestors"], policy["base-uri"]) == ("'none'",) * 3, path
        assert "unsafe" not in headers["Content-Security-Policy"], path
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["Referrer-Policy"] == ("no-referrer" if told_to_nobody else "strict-origin-when-cross-origin"), (
            path
        )
        assert headers["Cache-Control"] == kept_by(path), path
        assert headers.get("Cross-Origin-Opener-Policy") == ("same-origin" if desk else None), path
        assert not {"Server", "X-Powered-By"} & set(headers.keys()), path
        # ASVS 3.4.2: any origin, where it is public, the same for all, and no page.
        is_open = not path.startswith(CLOSED) and answer.mimetype != "text/html"
        assert headers.get("Access-Control-Allow-Origin") == ("*" if is_open else None), path
        assert "charset=utf-8" in headers["Content-Type"] or "json" in headers["Content-Type"], path


def test_no_page_holds_code_and_every_form_its_token(day):
    """ASVS 3.2.2, 3.4.3, 3.5.1: parsed, page by page."""
    seen = 0
    for path, answer in walk(day):
        if answer.content_type == HTML:
            seen += 1
            assert Page.of(answer.text).faults == [], path
            assert is_a_subscribers(path) or without_token(answer.text) == [], path
    assert seen > 30


def test_scripts_write_text_alone():
    """ASVS 3.2.2."""
    scripts = list(Path(__file__).parents[3].glob("static/*.js")) + list(
        Path(__file__).parents[3].glob("status/**/*.js")
    )
    said = "".join(script.read_text(encoding="utf-8") for script in scripts)
    assert scripts
    assert not re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", said)


def test_every_address_that_changes_something_is_guarded(day):
    """ASVS 3.5.1: whatever the blueprint; by a token of the form, or by a bearer token that no browser sends itself."""
    app, ada, answers = day.app, sign_in(day.app, "ada"), {}
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or CHANGING) & CHANGING:
            if rule.endpoint.startswith("subscriptions."):
                continue  # no cookie counts there: test_subscribing
            path = "/api/v1/events" if rule.endpoint.startswith("api.") else day.path(rule)
            answers[path, method] = ada.client.open(path, method=method, data={"x": "y"}).status_code
    assert set(answers.values()) <= {401, 403, 405}, answers


def contents(engine: sa.Engine) -> dict[str, list[tuple[object, ...]]]:
    with engine.connect() as connection:
        tables = [table for name, table in Base.metadata.tables.items() if name not in SEEN]
        return {table.name: sorted(map(tuple, connection.execute(sa.select(table))), key=repr) for table in tables}


def test_no_get_changes_anything(day, engine, runtime):
    """ASVS 3.5.3: every address that is read, with and without its parameters, links by mail too."""
    ada = sign_in(day.app, "ada")
    before = contents(engine)
    for path, _ in walk(day):
        ada.get(path, query_string={"do": "post", "csrf": ada.csrf, "state": "resolved", "into": "1201", "out": "1"})
        ada.client.head(path)
    after = contents(engine)
    assert {name for name in before if before[name] != after[name]} == set()


def test_no_body_is_longer_than_it_may_be(runtime, fill):
    """ASVS 5.2.1: a form that is too long is refused before anything is done with it."""
    settings = runtime.settings.model_copy(update={"server": Server(body_bytes=10_000)})
    day = Day.make(create_app(replace(runtime, settings=settings)), fill)
    ada, answers = sign_in(day.app, "ada"), {}
    for rule in day.app.url_map.iter_rules():
        if "POST" in (rule.methods or ()) and rule.endpoint.startswith(("desk.", "acknowledge.")):
            for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=y"):
                answer = ada.client.post(day.path(rule), data=TOO_LONG, content_type=kind)
                answers[rule.endpoint, kind] = answer.status_code
    assert {name: code for name, code in answers.items() if code != 413} == {}


@pytest.mark.parametrize("path", ["..%2f..%2fetc/passwd", "../app.py", "%2e%2e/%2e%2e/etc/passwd", "..\\x", "a%00b"])
def test_no_path_leads_out(app, fill, path):
    """ASVS 5.3.2."""
    day = Day.make(app, fill)
    ada = sign_in(day.app, "ada")
    for start in ("/static/", "/desk/checks/", "/desk/events/1203/drafts/", "/desk/components/", "/fr/components/"):
        answer = ada.get(f"{start}{path}")
        assert answer.status_code in {301, 303, 308, 404}, start
        assert "root:" not in answer.text


@pytest.mark.parametrize("code", [404, 405, 413, 500])
def test_an_error_says_nothing_of_us(day, code, monkeypatch):
    """ASVS 13.4.6, 16.5.1: no traceback, no version, no path, no words of an exception."""

    def fail(**_: object) -> None:
        raise RuntimeError("canary-of-a-bug")

    ada = sign_in(day.app, "ada")
    monkeypatch.setitem(day.app.view_functions, "desk.me", fail)
    fail.travaux_deed = None
    asked = {
        404: ("GET", "/desk/nope"),
        405: ("PUT", "/desk/me"),
        413: ("POST", "/desk/me/language"),
        500: ("GET", "/desk/me"),
    }
    method, path = asked[code]
    answer = ada.client.open(path, method=method, data=b"x" * 1_100_000 if code == 413 else None,
                             content_type="application/x-www-form-urlencoded")  # fmt: skip
    assert answer.status_code == code
    assert not re.search(r"canary|Traceback|\.py\b|Werkzeug|Flask|Python|/status/", answer.text)


def test_debug_is_off(app):
    """ASVS 13.4.2: there is no way to turn it on by the configuration."""
    assert (app.debug, app.testing, app.config["PROPAGATE_EXCEPTIONS"]) == (False, False, None)
    assert not {"debug", "testing"} & set(Server.model_fields)


@pytest.mark.parametrize(
    "tricky",
    ["//x.example", "/\\x.example", "https:x.example", "https://x.example/desk", "/desk/../x", "/desk/%2e%2e/x",
     "javascript:x", "/desk\r\nX: y", "/desk//x.example", "\t//x.example", "/%5cx.example", "/deskx", "desk", "", "/"],
)  # fmt: skip
def test_next_leads_to_the_desk_alone(app, tricky):
    """ASVS 3.7.2."""
    with app.test_request_context("/"):
        assert door.local_path(tricky) == "/desk"


def test_repeated_fields_are_read_once_and_never_give_more(day):
    """ASVS 15.3.7: the guard and the view read the same value of a repeated field."""
    ada = sign_in(day.app, "ada")
    twice = {"csrf": ["x", ada.csrf], "note": "deux"}
    assert ada.client.post("/desk/events/1203/notes", data=twice).status_code == 403
    assert ada.client.post("/desk/events/1203/notes", data={**twice, "csrf": [ada.csrf, "x"]}).status_code == 303


@pytest.mark.parametrize(("path", "names"), [
    ("/desk/me/language", {"language": "en", "role": "admin", "areas": "", "uid": "x", "disabled_at": "x"}),
    ("/desk/events/1203/notes", {"note": "x", "author_id": "1", "at": "2020-01-01", "event_uid": "x"}),
])  # fmt: skip
def test_a_field_that_is_not_of_the_form_sets_nothing(day, engine, path, names):
    """ASVS 15.3.3: mass assignment. The API refuses unknown fields (test_doors.py)."""
    carol = sign_in(day.app, "bob")
    assert carol.post(path, names).status_code == 303
    with engine.connect() as connection:
        role = connection.execute(sa.text("select role, disabled_at from account where name = 'bob'")).one()
        note = connection.execute(sa.text("select count(*) from note where author_id = 1 or event_uid = 'x'")).scalar()
    assert (str(role[0]).lower(), role[1], note) == ("responder", None, 0)


def test_over_https_every_cookie_is_locked(app: Flask, fill):
    """ASVS 3.3.1, 3.3.2, 3.3.3, 3.3.4, 3.4.1."""
    Day.make(app, fill)
    answer = app.test_client().get("/desk/sign-in", base_url=HTTPS)
    for cookie in answer.headers.getlist("Set-Cookie"):
        assert cookie.startswith("__Host-")
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
        assert "Domain" not in cookie
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_a_view_that_says_not_who_may_use_it_answers_nobody(day, monkeypatch):
    """ASVS 16.5.3: forgetting it closes."""
    monkeypatch.setitem(day.app.view_functions, "desk.me", lambda: "open")
    assert sign_in(day.app, "ada").get("/desk/me").status_code == 403


@pytest.mark.parametrize("begins", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_of_an_export_is_a_formula(day, sessions, begins):
    """ASVS 1.2.10."""
    with sessions.begin() as session:
        session.execute(sa.update(Event).values(cause=begins, title={"fr": begins, "en": begins}))
    cells = next(
        csv.DictReader(io.StringIO(sign_in(day.app, "ada").get("/desk/events/1203/facts.csv").text, newline=""))
    )
    assert [cells[name] for name in ("cause", "title_fr", "title_en")] == [f"'{begins}"] * 3
