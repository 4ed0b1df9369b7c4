"""Reads a list of business customers: CSV, a line for each component of a customer. Writes nothing.

    external_ref ; name ; language ; component ; circuits ; contacts

Separated by `;`, tab or `,`, in UTF-8 or Windows-1252, with or without a header. Circuits and contacts are separated
by `|` within their cell; a contact is a mail address, or one behind its kind: `maintnote:noc@example.org`. Lines of
one external_ref belong together; name, language, component and contacts may be empty where another line gives them.
Whatever is wrong is told at once.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Final

from status.domain.refused import Refused
from status.domain.states import Visibility
from status.domain.subscriptions import ContactKind
from status.services.import_file import THE_FILE, Fault, Wrong, decoded_as_spreadsheets, lines_of
from status.services.subscribing import MAIL, folded
from status.wording.languages import LANGUAGES

FILE_BYTES: Final = 20_000_000
LINES: Final = 200_000
COLUMNS: Final = ("external_ref", "name", "language", "component", "circuits", "contacts")
REF_CHARACTERS: Final = 120
NAME_CHARACTERS: Final = 200
CIRCUIT_CHARACTERS: Final = 120
MOST_CIRCUITS: Final = 500
"""Of one component of a customer."""

MOST_CONTACTS: Final = 50
WITHIN: Final = "|"

Canonical = Callable[[str], tuple[str, str]]
"""Gives a mail address as it is kept, and its domain. Raises Refused."""


@dataclass(frozen=True, slots=True)
class Contact:
    """A mail address as it is kept, its domain, and what it is told."""

    address: str
    domain: str
    kind: ContactKind


@dataclass(frozen=True, slots=True)
class Listed:
    """A customer as a list names him: circuits by the slug of a component, contacts in the order they are named."""

    external_ref: str
    name: str
    language: str
    circuits: Mapping[str, tuple[str, ...]]
    contacts: tuple[Contact, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """A whole file. With any fault nothing of it may be used."""

    customers: tuple[Listed, ...]
    faults: tuple[Fault, ...]


def read_customers(content: bytes, components: Mapping[str, Visibility], canonical: Canonical) -> Reading:
    """Read a file whole; its faults are in the order of its lines. `components` are those in service, by slug."""
    try:
        text = decoded_as_spreadsheets(content, FILE_BYTES)
    except Wrong as error:
        return _hopeless(str(error))
    reader = _Reader(components, canonical)
    for count, (line, cells) in enumerate(lines_of(text)):
        if count > LINES:
            reader.fault(line, f"there are more than {LINES} lines: import the list in parts")
            break
        if isinstance(cells, Fault):
            reader.fault(line, cells.message)
        elif count > 0 or cells[0].casefold() != COLUMNS[0]:
            reader.take(line, cells)
    return reader.reading()


def _hopeless(message: str) -> Reading:
    return Reading((), (Fault(THE_FILE, message),))


@dataclass(slots=True)
class _Found:
    """What the lines of one customer said so far; `line` is the first."""

    line: int
    name: str = ""
    language: str = ""
    circuits: dict[str, tuple[str, ...]] = field(default_factory=dict)
    contacts: dict[str, Contact] = field(default_factory=dict)


@dataclass(slots=True)
class _Reader:
    components: Mapping[str, Visibility]
    canonical: Canonical
    faults: list[tuple[int, str]] = field(default_factory=list)
    _found: dict[str, _Found] = field(default_factory=dict)

    def fault(self, line: int, message: str) -> None:
        """Note what is wrong with a line."""
        self.faults.append((line, message))

    def take(self, line: int, cells: Sequence[str]) -> None:
        """Take a line in, or note what is wrong with it."""
        if len(cells) != len(COLUMNS):
            self.fault(line, f"found {len(cells)} columns, expected {len(COLUMNS)}: {';'.join(COLUMNS)}")
            return
        if any(unicodedata.category(each)[0] == "C" for each in "".join(cells)):
            self.fault(line, "a cell holds a control character")
            return
        ref, name, language, slug, circuits, contacts = cells
        if not 0 < len(ref) <= REF_CHARACTERS:
            expected = f"expected 1 to {REF_CHARACTERS} characters: how you know the customer"
            self.fault(line, f"external_ref has {len(ref)} characters, {expected}")
            return
        found = self._found.setdefault(ref, _Found(line))
        faults = (
            self._named(found, name), self._spoken(found, language), self._component(found, slug, circuits),
            *self._contacts(found, contacts),
        )  # fmt: skip
        self.faults.extend((line, fault) for fault in faults if fault)

    def reading(self) -> Reading:
        """Give what was read."""
        nameless = [(each.line, f"{ref!r} has no name") for ref, each in self._found.items() if not each.name]
        faults = sorted([*self.faults, *nameless], key=itemgetter(0))
        if not self._found and not faults:
            return _hopeless("there is no customer in this file: expected lines like C1;Mairie;fr;sip;L-1|L-2;x@y.fr")
        customers = tuple(
            Listed(ref, each.name, each.language, each.circuits, tuple(each.contacts.values()))
            for ref, each in self._found.items()
        )
        return Reading(customers, tuple(Fault(f"line {line}", message) for line, message in faults))

    def _named(self, found: _Found, name: str) -> str:
        before, found.name = found.name, found.name or name
        if len(name) > NAME_CHARACTERS:
            return f"the name has {len(name)} characters, expected at most {NAME_CHARACTERS}"
        if name and before and name != before:
            return f"found the name {name!r}, but line {found.line} says {before!r}"
        return ""

    def _spoken(self, found: _Found, language: str) -> str:
        language = language.lower()
        if language and language not in LANGUAGES:
            return f"found the language {language[:20]!r}, expected one of {', '.join(LANGUAGES)}, or nothing"
        if language and found.language and language != found.language:
            return f"found the language {language!r}, but an earlier line says {found.language!r}"
        found.language = found.language or language
        return ""

    def _component(self, found: _Found, slug: str, circuits: str) -> str:
        named = tuple(dict.fromkeys(each for each in map(str.strip, circuits.split(WITHIN)) if each))
        if not slug:
            return "found circuits without a component: give its slug" if named else ""
        if fault := self._not_his(found, slug):
            return fault
        if len(named) > MOST_CIRCUITS:
            return f"found {len(named)} circuits, expected at most {MOST_CIRCUITS}"
        if any(len(each) > CIRCUIT_CHARACTERS for each in named):
            return f"a circuit has more than {CIRCUIT_CHARACTERS} characters"
        found.circuits[slug] = named
        return ""

    def _not_his(self, found: _Found, slug: str) -> str:
        if slug not in self.components:
            return f"there is no component {slug[:80]!r} in service"
        if self.components[slug] is Visibility.INTERNAL:
            return f"component {slug!r} is internal: customers may not know it; make it public or customers'"
        if slug in found.circuits:
            return f"component {slug!r} stands on an earlier line of the same customer already"
        return ""

    def _contacts(self, found: _Found, cell: str) -> Iterator[str]:
        for each in filter(None, map(str.strip, cell.split(WITHIN))):
            word, colon, address = each.rpartition(":")
            kind = next((kind for kind in ContactKind if kind.value == word.strip().lower()), None)
            if colon and kind is None:
                kinds = ", ".join(kind.value for kind in ContactKind)
                yield f"found the kind {word[:20]!r}, expected one of {kinds}, or nothing (news)"
                continue
            try:
                text, domain = self.canonical(address)
            except Refused as refused:
                yield refused.message
                continue
            known_by = folded(MAIL, text)
            before = found.contacts.get(known_by)
            if before is not None and before.kind is not (kind or ContactKind.NEWS):
                yield f"{text} is named twice with different kinds: say `both:{text}`"
            found.contacts.setdefault(known_by, Contact(text, domain, kind or ContactKind.NEWS))
        if len(found.contacts) > MOST_CONTACTS:
            yield f"found {len(found.contacts)} contacts, expected at most {MOST_CONTACTS}"
