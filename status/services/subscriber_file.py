"""Subscribers in a file: CSV with a header, or JSON, one a line or an object. What is written here is read here again.

    cells ─▶ address, wish, how he said yes ─▶ Wanted; all that is wrong is told at once, each with its line

Several values of a cell are separated by spaces. Empty columns of what is followed mean everything. Writes nothing.
"""

from __future__ import annotations

import csv
import difflib
import io
import json
from base64 import b64decode
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.departments import find_department
from status.domain.refused import Refused
from status.domain.states import EventType, PlaceKind
from status.domain.subscriptions import IMPACT_RANKS, WEEKDAYS, FollowKind, Pace, SubscriptionState
from status.models import Component, Customer, Event, Place
from status.services.import_file import THE_FILE, Fault, Wrong, clean, columns_of, decoded, lines_of
from status.services.places import slug_of
from status.services.subscribing import INTO, MAX_CONSENT, WHSEC, Address, Wish, checked, folded

REQUIRED: Final = ("channel", "address")
COLUMNS: Final = (
    *REQUIRED, "language", "state", "components", "departments", "exchanges", "resources", "events", "types", "impact",
    "pace", "digest_at", "weekday", "quiet_from", "quiet_to", "per_hour", "customer", "options", "confirmed_at",
    "consent", "secret",
)  # fmt: skip
FILE_BYTES: Final = 500_000_000
MOST: Final = 1_000_000
LEAST_SECRET: Final = 16
"""Bytes of a key that signs: fewer can be guessed."""

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so would be calculated by a spreadsheet: written with an apostrophe, which is read away again."""

IMPACTS: Final = {impact.value: rank for impact, rank in IMPACT_RANKS.items()}
STATES: Final = (SubscriptionState.ACTIVE, SubscriptionState.PAUSED)

Canonical = Callable[[str], tuple[str, str]]
"""Gives an address as it is kept, and its domain. Raises Refused."""

_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A subscriber of a file. `confirmed_at` None: the file does not say when he said yes; "" likewise how."""

    place: str
    address: Address
    language: str
    wish: Wish
    state: SubscriptionState
    customer_uid: str | None
    confirmed_at: datetime | None
    consent: str
    secret: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A whole file. With any fault nothing of it may be used."""

    wanted: tuple[Wanted, ...] = ()
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What a line may name here."""

    channels: Mapping[str, Canonical]
    languages: Sequence[str]
    components: Mapping[str, int]
    places: frozenset[tuple[PlaceKind, str]]
    events: Mapping[int, str]
    customers: Mapping[str, str]
    signing: Collection[str] = ()


def known_here(
    session: Session, channels: Mapping[str, Canonical], languages: Sequence[str], signing: Collection[str] = ()
) -> Known:
    """Read what lines may name. `signing`: the channels whose secret is a key of ours. Four statements."""
    return Known(
        channels,
        languages,
        components=dict(session.execute(sa.select(Component.slug, Component.id)).all()),
        places=frozenset(session.execute(sa.select(Place.kind, Place.slug)).all()),
        events={n: uid for n, uid in session.execute(sa.select(Event.n, Event.uid)) if n is not None},
        customers=dict(
            session.execute(sa.select(Customer.external_ref, Customer.uid).where(Customer.retired_at.is_(None))).all()
        ),
        signing=signing,
    )


def read_subscribers(content: bytes, known: Known) -> Reading:
    """Read a file whole; its faults are in the order of its lines."""
    try:
        text = decoded(content, FILE_BYTES)
        rows: list[tuple[str, Mapping[str, str] | Fault]]
        rows = [*_objects(text)] if text.lstrip()[:1] == "[" else [*_lines(text)]
    except Wrong as error:
        return Reading(faults=(Fault(THE_FILE, str(error)),))
    if not rows or len(rows) > MOST:
        return Reading(faults=(Fault(THE_FILE, f"found {len(rows)} subscribers, expected 1 to {MOST}"),))
    wanted: list[Wanted] = []
    faults: list[Fault] = []
    seen: dict[tuple[str, str, str | None], str] = {}
    for place, cells in rows:
        if isinstance(cells, Fault):
            faults.append(cells)
            continue
        found, wrong = _one(place, cells, known)
        if found is not None:
            channel, text = found.address.channel, found.address.text
            first = seen.setdefault((channel, folded(channel, text), found.customer_uid), place)
            wrong += [f"this address stands at {first} already"] if first != place else []
            wanted.append(found)
        faults += [Fault(place, message) for message in wrong]
    return Reading(tuple(wanted), tuple(faults))


def write_csv(records: Iterable[Mapping[str, str]], columns: Sequence[str]) -> Iterator[str]:
    """Write records as CSV, line by line, the header first."""
    yield _csv_line(columns)
    for record in records:
        cells = [record[name] for name in columns]
        yield _csv_line([f"'{cell}" if cell.startswith(FORMULA) else cell for cell in cells])


def write_json(records: Iterable[Mapping[str, str]], columns: Sequence[str]) -> Iterator[str]:
    """Write records as a JSON array, an object a line."""
    begins = "[\n"
    for record in records:
        yield begins + json.dumps({name: record[name] for name in columns}, ensure_ascii=False)
        begins = ",\n"
    yield "[]\n" if begins == "[\n" else "\n]\n"


def _csv_line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()


def _lines(text: str) -> Iterator[tuple[str, Mapping[str, str] | Fault]]:
    rows = lines_of(text)
    header = next(rows, (1, []))[1]
    if isinstance(header, Fault):
        raise Wrong(header.message)
    names = columns_of(header, COLUMNS, REQUIRED)
    for line, cells in rows:
        place = f"line {line}"
        if isinstance(cells, Fault):
            yield place, cells
        elif len(cells) == len(names):
            yield place, dict(zip(names, map(_bare, cells), strict=True))
        else:
            yield place, Fault(place, f"found {len(cells)} columns, expected {len(names)} as in the header")


def _objects(text: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Wrong(f"it can't be read as JSON: {error}") from None
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict) or not all(isinstance(value, str) for value in row.values()):
            raise Wrong(f"subscriber {number}: expected an object whose values are texts")
        columns_of(list(row), COLUMNS, REQUIRED)
        yield f"subscriber {number}", row


def _bare(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(FORMULA) else cell


def _one(place: str, cells: Mapping[str, str], known: Known) -> tuple[Wanted | None, list[str]]:
    """Give the subscriber of a line, or none and all that is wrong with it."""
    wrong: list[str] = []

    def tried(read: Callable[[], _Read], otherwise: _Read) -> _Read:
        try:
            return read()
        except Wrong as error:
            wrong.append(str(error))
        except Refused as refused:
            wrong.append(refused.message)
        return otherwise

    def cell(name: str) -> str:
        return cells.get(name, "").strip()

    found = Wanted(
        place=place,
        address=tried(lambda: _address(cell, known), Address("", "", "")),
        language=tried(lambda: _among("language", cell("language"), known.languages, known.languages[0]), ""),
        wish=tried(lambda: _wish(cell, known, tried), Wish()),
        state=tried(lambda: _state(cell("state")), SubscriptionState.ACTIVE),
        customer_uid=tried(lambda: _customer(cell("customer"), known), None),
        confirmed_at=tried(lambda: _time(cell("confirmed_at")), None),
        consent=tried(lambda: _consent(cell("consent")), ""),
        secret=tried(lambda: _secret(cell("secret"), signs=cell("channel").lower() in known.signing), ""),
    )
    return (None if wrong else found), wrong


Cell = Callable[[str], str]
Tried = Callable[[Callable[[], Any], Any], Any]


def _address(cell: Cell, known: Known) -> Address:
    channel = _among("channel", cell("channel"), tuple(known.channels), None)
    text, domain = known.channels[channel](cell("address"))
    return Address(channel, text, domain)


def _wish(cell: Cell, known: Known, tried: Tried) -> Wish:
    begins, ends = cell("quiet_from"), cell("quiet_to")
    if bool(begins) != bool(ends):
        tried(lambda: _raise("quiet_from and quiet_to belong together: found one of them alone"), None)
    words = tried(lambda: [_among("types", word, _values(EventType), None) for word in cell("types").split()], [])
    per_hour = tried(lambda: _number("per_hour", cell("per_hour")), None)
    return checked(
        Wish(
            follows=frozenset(tried(lambda: _follows(cell, known), ())),
            types=frozenset(EventType(word) for word in words) or frozenset(EventType),
            least_impact=IMPACTS[tried(lambda: _among("impact", cell("impact"), tuple(IMPACTS), "none"), "none")],
            pace=Pace(tried(lambda: _among("pace", cell("pace"), _values(Pace), Pace.AT_ONCE.value), "at-once")),
            digest_minute=tried(lambda: _minute("digest_at", cell("digest_at") or "08:00"), 0),
            digest_weekday=WEEKDAYS.index(
                tried(lambda: _among("weekday", cell("weekday"), WEEKDAYS, WEEKDAYS[0]), WEEKDAYS[0])
            ),
            quiet=tried(lambda: (_minute("quiet_from", begins), _minute("quiet_to", ends)), None)
            if begins and ends else None,
            per_hour=per_hour,
            options=tried(lambda: _options(cell("options")), {}),
        )
    )  # fmt: skip


def _follows(cell: Cell, known: Known) -> set[tuple[FollowKind, str]]:
    found: set[tuple[FollowKind, str]] = set()
    wrong: list[str] = []
    for slug in cell("components").split():
        if slug in known.components:
            found.add((FollowKind.COMPONENT, str(known.components[slug])))
        else:
            near = difflib.get_close_matches(slug, known.components, 1)
            wrong.append(f"component {slug[:80]!r}{f' (did you mean {near[0]!r}?)' if near else ''}")
    for word in cell("departments").split():
        code = find_department(word)
        found |= {(FollowKind.DEPARTMENT, code.lower())} if code else set()
        wrong += [] if code else [f"department {word[:20]!r}"]
    for name, kind, follow in (
        ("exchanges", PlaceKind.EXCHANGE, FollowKind.EXCHANGE), ("resources", PlaceKind.RESOURCE, FollowKind.RESOURCE)
    ):  # fmt: skip
        for word in cell(name).split():
            slug = slug_of(kind, word)
            found |= {(follow, slug)} if (kind, slug) in known.places else set()
            wrong += [] if (kind, slug) in known.places else [f"{kind.value} {word[:80]!r}"]
    for word in cell("events").split():
        uid = known.events.get(_number("events", word.removeprefix("FS#")) or 0)
        found |= {(FollowKind.EVENT, uid)} if uid else set()
        wrong += [] if uid else [f"event {word[:20]!r}"]
    if wrong:
        raise Wrong(f"not known here: {', '.join(wrong)}")
    return found


def _values(kind: type[EventType | Pace]) -> tuple[str, ...]:
    return tuple(each.value for each in kind)


def _raise(message: str) -> None:
    raise Wrong(message)


def _among(name: str, text: str, allowed: Sequence[str], otherwise: str | None) -> str:
    word = text.lower()
    if not word and otherwise is not None:
        return otherwise
    if word not in allowed:
        raise Wrong(f"{name}: found {text[:40]!r}, expected one of {', '.join(allowed)}")
    return word


def _state(text: str) -> SubscriptionState:
    return SubscriptionState(_among("state", text, tuple(state.value for state in STATES), STATES[0].value))


def _customer(text: str, known: Known) -> str | None:
    if text and text not in known.customers:
        raise Wrong(f"customer: {text[:80]!r} is not known here, or retired")
    return known.customers[text] if text else None


def _time(text: str) -> datetime | None:
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None:
            return at.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise Wrong(f"confirmed_at: found {text[:40]!r}, expected a time with its zone: 2026-03-10T01:42:00+00:00")


def _consent(text: str) -> str:
    if len(text) > MAX_CONSENT or clean(text, MAX_CONSENT) != text:
        raise Wrong(f"consent: expected at most {MAX_CONSENT} characters that can be seen")
    return text


def _secret(text: str, *, signs: bool) -> str:
    if text and not (text.isascii() and text.isprintable() and len(text) <= MAX_CONSENT):
        raise Wrong(f"secret: expected at most {MAX_CONSENT} ASCII characters")
    if text and signs and not _can_sign(text):
        raise Wrong(f"secret: expected {WHSEC} and the base64 of {LEAST_SECRET} bytes or more")
    return text


def _can_sign(secret: str) -> bool:
    try:
        key = b64decode(secret.removeprefix(WHSEC), validate=True)
    except ValueError:
        return False
    return secret.startswith(WHSEC) and len(key) >= LEAST_SECRET


def _options(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
        written = json.dumps(found, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        found, written = None, b""
    if not isinstance(found, dict) or b"\\u0000" in written:
        raise Wrong(f"options: found {text[:40]!r}, expected a JSON object, without NaN, NUL and halves of characters")
    if INTO in found:
        raise Wrong(f"options: {INTO!r} is a word of ours, and can't be given")
    return found


def _number(name: str, text: str) -> int | None:
    if text and not (text.isascii() and text.isdigit() and len(text) <= 9):  # noqa: PLR2004 - far above any of them
        raise Wrong(f"{name}: found {text[:20]!r}, expected a number")
    return int(text) if text else None


def _minute(name: str, text: str) -> int:
    hour, _, minute = text.partition(":")
    if not (text.isascii() and len(text) == 5 and hour.isdigit() and minute.isdigit() and int(minute) < 60):  # noqa: PLR2004
        raise Wrong(f"{name}: found {text[:20]!r}, expected a time like 08:00")
    return int(hour) * 60 + int(minute)
