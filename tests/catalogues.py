"""`./travaux messages`: compares what the product says with its catalogues, for each language.

sources ─extract▶ ids said ─┐
<domain>.po ─read▶ entries ─┴▶ missing, empty, fuzzy, unused
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = "jinja2.ext:babel_extract"
OPTIONS = {"**.html": {"extensions": "status.web.once.Once", "silent": "false"}}
"""How templates are read: with the tag of ours, and none is passed over."""


@dataclass(frozen=True, slots=True)
class Domain:
    """One catalogue: which folders say its messages (folder, pattern, method), and by which functions."""

    name: str
    sources: tuple[tuple[str, str, str], ...]
    keywords: Mapping[str, tuple[int, ...] | None]


PAGES = Domain(
    "pages",
    (("templates", "**.html", TEMPLATES), ("status/web", "**.py", "python"), ("status/queries", "**.py", "python")),
    {"_": None, "gettext": None, "ngettext": (1, 2)},
)
WORDS = Domain(
    "words",
    (("status/wording", "**.py", "python"), ("status/delivery", "**.py", "python")),
    {"msg": None, "say": (2,), "say_many": (2, 3), "in_every_language": None},
)


def said(domain: Domain, root: Path = ROOT) -> set[str | tuple[str, ...]]:
    """Give every message id its sources say; a pair has a plural."""
    return {
        message
        for folder, pattern, method in domain.sources
        for _, _, message, _, _ in extract_from_dir(
            root / folder, [(pattern, method)], OPTIONS, keywords=domain.keywords
        )
    }


def catalogue(domain: Domain, language: str = "fr", root: Path = ROOT) -> Catalog:
    """Read a catalogue."""
    with (root / "status" / "translations" / language / "LC_MESSAGES" / f"{domain.name}.po").open("rb") as file:
        return read_po(file, locale=language)


def faults(domain: Domain, language: str, root: Path = ROOT) -> Iterator[str]:
    """Give a line for each message that has no sure translation, and for each translation that nothing says."""
    entries, ids = catalogue(domain, language, root), said(domain, root)
    where = f"{language}/{domain.name}.po"
    for message in sorted(ids, key=first):
        if message not in entries:
            yield f"{where}: missing: {first(message)!r}"
    known = {first(message) for message in ids}
    for entry in (entry for entry in entries if entry.id):
        if first(entry.id) not in known:
            yield f"{where}: unused: {first(entry.id)!r}"
        elif not all(strings(entry)):
            yield f"{where}: empty: {first(entry.id)!r}"
        elif entry.fuzzy:
            yield f"{where}: fuzzy: {first(entry.id)!r}"


def first(message: str | tuple[str, ...] | list[str]) -> str:
    """Give a message's singular, by which catalogues know it."""
    return message if isinstance(message, str) else message[0]


def strings(entry: Message) -> tuple[str, ...]:
    """Give every form of a translation."""
    return tuple(entry.string) if isinstance(entry.string, (tuple, list)) else (str(entry.string),)


def languages(root: Path = ROOT) -> list[str]:
    """Give the languages that have catalogues; English is the message ids."""
    return sorted(folder.name for folder in (root / "status" / "translations").iterdir() if folder.is_dir())


def main() -> int:
    """Print every fault; give 1 when there is one."""
    found = [fault for domain in (PAGES, WORDS) for language in languages() for fault in faults(domain, language)]
    print("\n".join(found) or "every message is translated, every translation is used")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
