"""The markup of every kind of public page: balanced, each id once, one h1; and the record of accessibility is whole."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from status.app import create_app
from tests import node
from tests.status.web.builder import NOW
from tests.status.web.days import one_incident
from tests.status.web.views import VIEWS, every_kind

PAGES = (
    "", "/live", "/travaux", "/travaux/1203", "/components/sip", "/components/telephony", "/help/site", "/help/email",
    "/help/internet", "/help/speed", "/help/telephone", "/help/fax", "/about", "/legal", "/accessibility", "/nope",
)  # fmt: skip
VOID = {"meta", "link", "br", "hr", "img", "input", "source", "wbr"}
IN_PARAGRAPH = {"p", "div", "ul", "ol", "dl", "table", "section", "h1", "h2", "h3", "form", "nav", "article"}
CRITERIA = (9, 2, 3, 13, 8, 2, 5, 10, 4, 14, 13, 11, 12)
"""Criteria of each of the 13 themes of the RGAA 4.1."""


class Markup(HTMLParser):
    """A page's tags: `faults` are those that are not closed where they were opened, or may not stand there."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.ids: Counter[str] = Counter()
        self.tags: Counter[str] = Counter()
        self.open: list[str] = []
        self.feed(text)
        self.close()
        self.faults += [f"{tag} left open" for tag in self.open]

    def handle_starttag(self, tag, attrs) -> None:
        given = dict(attrs)
        self.tags[tag] += 1
        self.ids.update([given["id"]] if "id" in given else [])
        self.faults += [f"{tag} in p"] if tag in IN_PARAGRAPH and "p" in self.open else []
        self.faults += ["a in a"] if tag == "a" and "a" in self.open else []
        self.faults += ["target"] if "target" in given else []
        self.faults += [
            f"{tag} twice {name}" for name, count in Counter(name for name, _ in attrs).items() if count > 1
        ]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, _attrs) -> None:
        self.tags[tag] += 1

    def handle_endtag(self, tag) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"/{tag} at {self.getpos()}")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_page_is_well_formed(app, fill, language, path):
    fill(one_incident)
    page = app.test_client().get(f"/{language}{path}").text
    markup = Markup(page)
    assert page.startswith("<!doctype html>")
    assert markup.faults == []
    assert [name for name, count in markup.ids.items() if count > 1] == []
    assert (markup.tags["h1"], markup.tags["main"], markup.tags["title"]) == (1, 1, 1)


def faults_of(said: str) -> set[tuple[str, str]]:
    return {(each["ruleId"], each["message"]) for file in json.loads(said) for each in file["messages"]}


@node.needed
@pytest.mark.parametrize("later_s", [2, pytest.param(600, marks=pytest.mark.story)])
def test_html_validate_finds_nothing_on_any_view(runtime, fill, tmp_path, later_s):
    fill(every_kind)
    later = replace(runtime, clock=lambda: replace(runtime.clock(), wall=NOW.timestamp() + later_s))
    client = create_app(later).test_client()
    for number, path in enumerate(VIEWS):
        for language in ("fr", "en"):
            (tmp_path / f"{number}-{language}.html").write_bytes(client.get(f"/{language}{path}").data)
    assert faults_of(node.validate(tmp_path / "*.html")) == set()


@node.needed
def test_html_validate_finds_what_is_wrong(tmp_path):
    page = '<!doctype html>\n<html lang="fr"><head><title>x</title></head><body><p><div></div></p></body></html>\n'
    (tmp_path / "bad.html").write_text(page)
    assert faults_of(node.validate(tmp_path / "bad.html")) != set()


def test_no_two_pages_share_a_title_but_the_front_and_its_renewed_twin(app, fill):
    fill(one_incident)
    client = app.test_client()
    titles = [re.search("<title>(.*?)</title>", client.get(f"/fr{path}").text)[1] for path in PAGES if path != "/live"]
    assert len(set(titles)) == len(titles)


def test_every_link_and_fragment_of_a_page_leads_somewhere(app, fill):
    fill(one_incident)
    client = app.test_client()
    for path in PAGES[:-1]:
        page = client.get(f"/fr{path}").text
        ids = Markup(page).ids
        assert [name for name in re.findall(r'<a [^>]*href="#([^"]+)"', page) if name not in ids] == [], path
        links = {link.partition("#")[0] for link in re.findall(r'<a [^>]*href="(/[^"]*)"', page)}
        assert [link for link in links if client.get(link).status_code not in (200, 301)] == [], path


def test_the_record_of_accessibility_has_a_finding_for_each_of_the_106_criteria():
    text = (Path(__file__).parents[3] / "docs" / "accessibility.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+\.\d+) \| [^|]+ \| (tested|by hand|does not apply) \| [^|]+ \|$", text, re.MULTILINE)
    wanted = [f"{theme}.{n}" for theme, most in enumerate(CRITERIA, 1) for n in range(1, most + 1)]
    assert [number for number, _ in rows] == wanted
    assert len(wanted) == 106
