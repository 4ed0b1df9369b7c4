"""The security tests' own readers find faults that are planted for them; what is sound they leave alone."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask, request
from markupsafe import escape

from tests.status.web.inspection import HOSTILE, TAGS, Page, added, sql_differs, without_token


@pytest.fixture
def planted() -> Flask:
    """A small app with the three faults, each beside its sound twin."""
    app, engine = Flask("planted"), sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    with engine.begin() as connection:
        connection.execute(sa.text("create table word (word text)"))

    def search(sql: str, **values: str) -> str:
        with engine.connect() as connection:
            return str(connection.execute(sa.text(sql), values).all())

    def said() -> str:
        return request.args.get("q", "")

    pages = {
        "xss": lambda: f"<p>{said()}</p>", "escaped": lambda: f"<p>{escape(said())}</p>",
        "attribute": lambda: f'<input value="{said()}">', "quoted": lambda: f'<input value="{escape(said())}">',
        "sql": lambda: search(f"select * from word where word = '{said()}'"),
        "bound": lambda: search("select * from word where word = :word", word=said()),
        "form": lambda: "<form method=post action=/pay><button name=go>Go</button></form>",
        "guarded": lambda: "<form method=post action=/pay><input name=csrf value=x></form>",
        "inline": lambda: "<p style='x:y' onclick='z()'><script>z()</script><a href=' java\nscript:z()'>z</a>",
    }  # fmt: skip
    for name, page in pages.items():
        app.add_url_rule(f"/{name}", name, page)
    return app


def ask(app: Flask, name: str):
    return lambda text="": app.test_client().get(f"/{name}", query_string={"q": text})


@pytest.mark.parametrize("name", ["xss", "attribute"])
def test_a_planted_xss_is_found(planted, name):
    clean = ask(planted, name)("word").text
    assert any(added(clean, ask(planted, name)(hostile).text) for hostile in HOSTILE)


@pytest.mark.parametrize("name", ["escaped", "quoted"])
def test_escaped_text_is_left_alone(planted, name):
    clean = ask(planted, name)("word").text
    assert [hostile for hostile in HOSTILE if added(clean, ask(planted, name)(hostile).text)] == []


def test_every_tag_planted_raw_is_found(planted):
    clean = ask(planted, "xss")("word").text
    unseen = [tag for tag in TAGS if not added(clean, ask(planted, "xss")(tag).text) and not tag.startswith("<!--")]
    assert unseen == []


def test_a_planted_sql_injection_is_found(planted):
    assert list(sql_differs(ask(planted, "sql"), "word"))
    assert not list(sql_differs(ask(planted, "bound"), "word"))


def test_a_planted_form_without_its_token_is_found(planted):
    assert without_token(ask(planted, "form")().text) == ["/pay"]
    assert without_token(ask(planted, "guarded")().text) == []


def test_planted_code_in_a_page_is_found(planted):
    faults = Page.of(ask(planted, "inline")().text).faults
    assert faults == ["p[style]", "p[onclick]", "script", "a leads to javascript:"]


def test_there_are_two_hundred_hostile_texts():
    """ASVS 1.2.1."""
    assert len(HOSTILE) >= 200
