"""Hostile text in every field that holds words, looked for in every page, feed and JSON.

What a page escapes does not depend on the engine: SQLite alone.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from status.models import (
    Account,
    ApiToken,
    Component,
    DeskSession,
    Event,
    EventComponent,
    KeptForm,
    Note,
    OlderText,
    PostMortem,
    TextTemplate,
    UpdateDraft,
    UpdateText,
)  # fmt: skip
from status.models.engine import make_engine
from tests.status.web.api.asking import Program, program
from tests.status.web.builder import NOW
from tests.status.web.desk.sample_day import SMTP, Day
from tests.status.web.inspection import HOSTILE, MARK, Page, sql_differs
from tests.status.web.signing_in import SignedInClient, sign_in

STORED = " ".join(text for text in HOSTILE if "\x1b" not in text)
MARKDOWN = {
    "a",
    "a[href]",
    "a[rel]",
    "blockquote",
    "br",
    "code",
    "em",
    "h2",
    "h3",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "strong",
    "ul",
}
FORM_WORDS = ("text", "textarea", "search", "email", "number", "datetime-local")
KEPT_OUT = ("/desk/sign-out", "/desk/me/sessions")
SKIPPED = ("static_files.", "agent.", "api.", "desk.plain_http")
HTML, XML = "text/html; charset=utf-8", ("application/rss+xml", "application/atom+xml", "application/xml", "image/svg")
NOT_SHOWN = (
    "/post-mortem",
    "/unavailable",
    "/empty/exchanges/feed.atom",
    "/empty/resources/feed.atom",
    "/index.php",
    "/security.txt",
    "/1.0/xdsl/incidents/1203",
)
"""What this day has nothing for, or what only leads on."""


@pytest.fixture
def engine(tmp_path: Path, sqlite_with_tables: Path) -> Iterator[sa.Engine]:
    shutil.copy(sqlite_with_tables, tmp_path / "travaux.db")
    engine = make_engine(f"sqlite:///{tmp_path}/travaux.db")
    yield engine
    engine.dispose()


@pytest.fixture
def day(app, fill) -> Day:
    return Day.make(app, fill)


def walk(day: Day) -> Iterator[tuple[str, TestResponse]]:
    """Ask for every page, feed and JSON of the app, as an admin where the desk is asked."""
    alice = sign_in(day.app, "alice")
    ada = sign_in(day.app, "ada")
    for rule in day.app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and not rule.endpoint.startswith(SKIPPED):
            path = day.path(rule)
            yield path, (alice if rule.endpoint == "desk.kept" else ada).get(path)


def shapes(answers: Iterator[tuple[str, TestResponse]]) -> set[str]:
    """Give the elements and attributes of all pages; none holds inline code."""
    found = set()
    for path, answer in answers:
        assert answer.status_code == 200 or path.endswith(NOT_SHOWN), path
        if answer.content_type == HTML:
            page = Page.of(answer.text)
            assert page.faults == [], path
            found |= set(page.shape)
        elif answer.content_type.startswith(XML):
            found |= feed_shape(answer)
    return found


def feed_shape(answer: TestResponse) -> set[str]:
    """Give the elements of a feed, and of the HTML its items carry."""
    found = set()
    for element in ET.fromstring(answer.data).iter():
        found.add(element.tag)
        if element.text and "<p" in element.text:
            page = Page.of(element.text)
            assert page.faults == [], element.text
            found |= {f"in an item: {name}" for name in page.shape}
    return found


def poison(session: Session, text: str) -> None:
    """Write a text wherever words stand, as if every door had let it in."""
    words = {"fr": text, "en": text}
    closed = session.scalars(sa.select(Event.uid).where(Event.n == SMTP)).one()
    author = session.scalars(sa.select(Note.author_id)).first()
    session.add(PostMortem(event_uid=closed, text=words, author_id=author, created_at=NOW, changed_at=NOW,
                           published_at=NOW, version=1))  # fmt: skip
    session.add(TextTemplate(slug="own", name=words, area="", type="incident", state="investigating", title=words,
                             text=words, changed_at=NOW, changed_by=author, retired_at=None))  # fmt: skip
    update = session.scalars(sa.select(UpdateText.update_id)).first()
    session.add(OlderText(update_id=update, language="fr", text=text, replaced_at=NOW, replaced_by=author))
    session.execute(
        sa.update(Event).values(
            title=words, advice=words, cause=text, measures=text, departments=[text], exchanges=[text]
        )
    )
    for model, values in (
        (UpdateText, {"text": text}), (Note, {"text": text}), (EventComponent, {"name": words, "path": text}),
        (Component, {"name": words, "description": words, "symptoms": [text], "resources": [text]}),
        (Account, {"display_name": text, "email": text}), (ApiToken, {"name": text, "start": text}),
        (DeskSession, {"browser": text, "address": text}), (KeptForm, {"data": {"text": [text], text: [text]}}),
        (UpdateDraft, {"data": {"texts": words, "title": words}, "failure": text}),
    ):  # fmt: skip
        session.execute(sa.update(model).values(values))


def test_no_stored_text_becomes_an_element_or_an_attribute(day, sessions):
    """ASVS 1.1.2, 1.2.1, 1.2.2, 1.3.1: 200 texts at once in every column that holds words."""
    with sessions.begin() as session:
        poison(session, "mot")
    clean = shapes(walk(day))
    with sessions.begin() as session:
        session.execute(sa.delete(PostMortem))
        session.execute(sa.delete(TextTemplate))
        session.execute(sa.delete(OlderText))
        poison(session, STORED)
    allowed = clean | MARKDOWN | {f"in an item: {name}" for name in MARKDOWN}
    assert shapes(walk(day)) - allowed == set()


def test_template_words_stay_text(day, sessions):
    """ASVS 1.3.7, 1.3.10: nothing of a text is worked out."""
    with sessions.begin() as session:
        poison(session, f"{{{{7*7}}}}{MARK} {{0.__class__}} %(n)s %s")
    for path, answer in walk(day):
        assert f"49{MARK}" not in answer.text, path
        assert "class 'str'" not in answer.text, path


def test_json_of_hostile_text_is_json(day, sessions):
    """ASVS 1.2.3: JSON goes out as JSON alone, never inside of a page."""
    with sessions.begin() as session:
        poison(session, STORED)
    for path, answer in walk(day):
        if "json" in answer.content_type:
            json.loads(answer.data)
            assert answer.headers["X-Content-Type-Options"] == "nosniff", path
        elif answer.content_type == HTML:
            assert 'type="application/json"' not in answer.text, path


def forms_of(page: TestResponse, path: str) -> Iterator[tuple[str, dict[str, str]]]:
    for form in Page.of(page.text).forms:
        if form["method"] == "post" and form["action"] not in KEPT_OUT:
            yield form["action"] or path, {name[6:]: value for name, value in form.items() if name.startswith("field ")}


@pytest.mark.parametrize("text", [" ".join(HOSTILE[start::9])[:1800] for start in range(9)], ids=range(9))
def test_no_text_in_any_form_of_the_desk_comes_back_as_code(day, text):
    """ASVS 1.1.2, 1.2.1: every field of every form that a page of the desk shows, and the page it comes back on."""
    ada = sign_in(day.app, "ada")
    pages = [(path, answer) for path, answer in walk(day) if path.startswith("/desk") and answer.content_type == HTML]
    known = {name for _, answer in pages for name in Page.of(answer.text).shape} | MARKDOWN
    for path, answer in pages:
        for action, fields in forms_of(answer, path):
            came = ada.post(action, {**dict.fromkeys(fields, text), "csrf": ada.csrf, "do": fields.get("do", "post")})
            assert came.status_code < 500, (action, fields)
            page = Page.of(came.text)
            assert page.faults == [], action
            assert [name for name in set(page.shape) - known if MARK in name] == [], action


def test_every_field_of_the_api_gives_its_text_back_as_json(app, fill):
    """ASVS 1.1.2: what is posted by the API is read as it was, and no page makes more of it."""
    day = Day.make(app, fill)
    bob = program(app, "bob")
    for start in range(0, len(HOSTILE), 25):
        text = " ".join(part for part in HOSTILE[start : start + 25] if not set(part) & {"\x1b", "\r", "\u202e"})
        answer = bob.post("/events/1203/updates", {"texts": {"fr": text}})
        assert answer.status_code == 201, answer.json
        assert bob.post("/events/1203/notes", {"text": text}).status_code == 201
    shapes(walk(day))


def test_quotes_are_a_plain_word_to_the_database(day):
    """ASVS 1.2.4: in every query's parameter and every part of an address that is a word."""
    ada, bob = sign_in(day.app, "ada"), program(day.app, "bob")
    assert [hostile for ask in desk_asks(ada) for hostile in sql_differs(ask, "sip")] == []
    told = [ask(f"sip{quote}") for ask in api_asks(bob) for quote in ("", "'", "' OR '1'='1")]
    assert all(answer.status_code // 100 == 4 or answer.json["items"] == [] for answer in told)


def desk_asks(ada: SignedInClient) -> Iterator:
    for path in ("/desk/events", "/desk/events/new", "/desk/works/new", "/desk/events/1203/post", "/fr/travaux"):
        for name in ("q", "filter", "component", "state", "type", "template", "draft", "area", "page", "after"):
            if (path, name) != ("/desk/events/1203/post", "draft"):
                yield lambda text, path=path, name=name: ada.get(path, query_string={name: text})
    for start in ("/desk/events/x", "/desk/components/x", "/desk/accounts/x", "/desk/templates/x", "/desk/kept/x"):
        yield lambda text, start=start: ada.get(f"{start}{text}".replace("?", ""))


def api_asks(bob: Program) -> Iterator:
    for path in ("/events", "/checks", "/components"):
        yield lambda text, path=path: bob.get(f"{path}/nowhere{text}")
        yield lambda text, path=path: bob.client.get(
            f"/api/v1{path}",
            query_string={"component": f"nowhere{text}"},
            headers={"Authorization": f"Bearer {bob.token}"},
        )
