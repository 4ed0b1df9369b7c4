"""What a page says in its own language, and the words by which another language is known."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser

from status.domain.departments import DEPARTMENTS
from tests.catalogues import PAGES, ROOT, WORDS, catalogue, strings

WORD = re.compile(r"[A-Za-zÀ-ÿœŒ]{3,}")
VOID = {"meta", "link", "br", "hr", "img", "input", "source", "wbr"}
ATTRIBUTES = re.compile(r"title|alt|aria-label|placeholder|label|data-(name|fresh|pause|resume|told|was|gone|held|of)")
DESCRIBING = {"description", "og:title", "og:description"}


class Spoken(HTMLParser):
    """A page's words in `language`: its text and what attributes say, without what stands in another one."""

    def __init__(self, page: str, language: str) -> None:
        super().__init__()
        self.language = language
        self.open: list[tuple[str, str]] = []
        self.said: list[str] = []
        self.feed(page)

    @property
    def words(self) -> set[str]:
        return words_of(self.said)

    def handle_starttag(self, tag, attrs) -> None:
        given = {name: value or "" for name, value in attrs}
        spoken = given.get("lang", self.open[-1][1] if self.open else "")
        if tag not in VOID:
            self.open.append((tag, spoken))
        if spoken == self.language:
            self.said += [value for name, value in given.items() if ATTRIBUTES.fullmatch(name)]
            self.said += [given["content"]] if {given.get("name"), given.get("property")} & DESCRIBING else []

    def handle_startendtag(self, tag, attrs) -> None:
        """A shape of a drawing: it opens nothing."""

    def handle_endtag(self, tag) -> None:
        if self.open and self.open[-1][0] == tag:
            self.open.pop()

    def handle_data(self, data) -> None:
        if self.open and self.open[-1][1] == self.language:
            self.said.append(data)


def words_of(texts) -> set[str]:
    return {word.lower() for text in texts for word in WORD.findall(text)}


def only_in(language: str) -> set[str]:
    """Give the words our texts use in this language alone; names of departments are the same in each."""
    french = words_of([*_translations(), *_steps("fr")])
    english = words_of([*_messages(), *_steps("en")])
    ours, others = (french, english) if language == "fr" else (english, french)
    return ours - others - words_of(DEPARTMENTS.values())


def _translations() -> Iterator[str]:
    return (text for domain in (PAGES, WORDS) for entry in catalogue(domain) if entry.id for text in strings(entry))


def _messages() -> Iterator[str]:
    entries = [entry for domain in (PAGES, WORDS) for entry in catalogue(domain) if entry.id]
    return (text for entry in entries for text in ([entry.id] if isinstance(entry.id, str) else entry.id))


def _steps(language: str) -> Iterator[str]:
    for path in (ROOT / "status" / "wording").glob("**/*.toml"):
        yield from _texts(tomllib.loads(path.read_text(encoding="utf-8")), language)


def _texts(value: object, language: str) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (text for name, text in value.items() if name == language and isinstance(text, str))
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for each in inner:
        yield from _texts(each, language)
