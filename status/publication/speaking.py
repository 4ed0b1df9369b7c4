"""Says something on a mirror without the house: no database, no monitor, no publication; only the right to write there.

hear each mirror: mirror.json, status.json, emergency.json ─▶ utter, once for all of them
    ─▶ tell each: write emergency.json ─▶ what carries it: read, put in, write
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from status.domain.refused import Refused
from status.domain.states import AREAS
from status.domain.written import clean_text, read_time
from status.publication.mirror import DESCRIPTION
from status.publication.mirror_emergency import FEEDS, LIVE, STATUS, as_document, carry, lift
from status.publication.mirror_statuspage import STATUSPAGE, SUMMARY, level_left
from status.publication.push_targets import Target
from status.publication.standalone import emergency_page, stands_alone
from status.services.emergency import FILE, TEXT_LIMIT, Emergency, EmergencyPost, new_message_uid, parse
from status.wording.languages import LANGUAGES

ZONE: Final = "Europe/Paris"
"""The zone of a mirror that says none."""

TRIES: Final = 2
"""How often what carries a message is written: a push that was under way may have come between."""


_HOUR: Final = re.compile(r"\d{1,2}:\d{2}")


@dataclass(frozen=True, slots=True)
class Speech:
    """What is said: texts by language ("" for the mirror's first one), areas (none: all), until when (`18:00`)."""

    texts: Mapping[str, str]
    areas: tuple[str, ...] = ()
    until: str = ""


@dataclass(frozen=True, slots=True)
class Copied:
    """What a mirror says of itself. `is_told`: its authority and year are told there, not guessed."""

    languages: tuple[str, ...]
    timezone: str
    authority: str
    year: int
    base: str
    carriers: tuple[str, ...]
    is_told: bool


@dataclass(frozen=True, slots=True)
class Heard:
    """What stands on a mirror: what it says of itself, the message that holds there, or one whose end has `passed`."""

    copied: Copied
    emergency: Emergency | None
    passed: Emergency | None


def hear(target: Target, host: str, now: datetime) -> Heard:
    """Read what stands on a mirror. `host` stands for an authority that can't be read. Raise PushFailed."""
    known = target.read_many([DESCRIPTION, "status.json", FILE])
    before = _found(known.get(FILE))
    is_over = before is not None and before.is_over(now)
    return Heard(_copied(known, host, now), None if is_over else before, before if is_over else None)


def utter(heard: Sequence[Heard], speech: Speech, host: str, now: datetime) -> Emergency:
    """Put it into words once for all mirrors: one identifier, one time, or it would be read as several incidents.

    Zone, authority and first language are those of the first mirror that tells them. Raise Refused for a text or a
    time that can't be taken.
    """
    copied = _spokesman(heard) or _copied({}, host, now)
    texts = {language or copied.languages[0]: clean_text(text, TEXT_LIMIT) for language, text in speech.texts.items()}
    post = EmergencyPost(new_message_uid(now), now, texts)
    until = _until(speech.until, copied.timezone, now) if speech.until else None
    return Emergency(copied.authority, copied.year, copied.timezone, (post,), speech.areas, until)


def tell(target: Target, heard: Heard, uttered: Emergency) -> tuple[Emergency, int]:
    """Write it on a mirror; give the emergency as it stands now, and how many files carry it.

    While another message holds there, this one is added to it; one whose end has passed leaves. Raise PushFailed.
    """
    if heard.passed is not None:
        _lift(target, heard.passed, heard.copied)
    emergency = _joined(heard.emergency, uttered)
    return emergency, _write(target, emergency, heard.copied)


def fall_silent(target: Target, host: str, now: datetime) -> bool:
    """End what is said on a mirror; tell whether anything was."""
    known = target.read_many([DESCRIPTION, "status.json", FILE])
    emergency = _found(known.get(FILE))
    target.write({FILE: as_document(None, secrets.token_hex(8))})
    if emergency is None:
        return False
    target.remove(_lift(target, emergency, _copied(known, host, now)))
    return True


def _lift(target: Target, emergency: Emergency, copied: Copied) -> list[str]:
    """Take a message from what carries it; give the files that hold nothing else."""
    bodies = target.read_many(copied.carriers)
    alone = [file for file, body in bodies.items() if stands_alone(body)]
    level = level_left(bodies.get(SUMMARY), emergency)
    target.write({file: lift(file, body, emergency, level) for file, body in bodies.items() if file not in alone})
    return alone


def _write(target: Target, emergency: Emergency, copied: Copied) -> int:
    document = as_document(emergency)
    target.write({FILE: document})
    for _ in range(TRIES):
        bodies = target.read_many(copied.carriers)
        pages = {file: body for file, body in bodies.items() if not stands_alone(body)}
        carried = {file: carry(file, body, emergency, copied.base) for file, body in pages.items()}
        carried |= _fronts(pages, emergency, copied.languages)
        changed = {file: body for file, body in carried.items() if bodies.get(file) != body}
        if not changed:
            break
        target.write(changed)
    return len(carried)


def _fronts(bodies: Mapping[str, bytes], emergency: Emergency, languages: tuple[str, ...]) -> dict[str, bytes]:
    """Give fronts that hold nothing but the message, where a mirror has none."""
    pages = {"index.html": languages[0], **{f"{language}/index.html": language for language in languages}}
    missing = {file: language for file, language in pages.items() if file not in bodies}
    return {file: emergency_page(emergency, language, languages) for file, language in missing.items()}


def _spokesman(heard: Sequence[Heard]) -> Copied | None:
    """Give the mirror that speaks for all: one that tells who it belongs to, else one where a message holds."""
    for one in heard:
        if one.copied.is_told:
            return one.copied
    for one in heard:
        if (said := one.emergency) is not None:
            return replace(one.copied, authority=said.authority, year=said.year, timezone=said.timezone)
    return heard[0].copied if heard else None


def _joined(before: Emergency | None, new: Emergency) -> Emergency:
    """Add a message to what holds: the areas of both stay touched; the end is the one named last."""
    if before is None:
        return new
    joined = replace(before.joined_by(new.posts[0]), authority=new.authority, year=new.year, timezone=new.timezone)
    areas = (*before.areas, *new.areas) if before.areas and new.areas else ()
    return replace(joined, areas=tuple(dict.fromkeys(areas)), until=new.until or before.until)


def _until(text: str, zone: str, now: datetime) -> datetime:
    """Read an end; an hour that has passed today is tomorrow's. Raise Refused for any other time that has passed."""
    at = read_time(text, zone, now)
    if at > now:
        return at
    local = now.astimezone(ZoneInfo(zone))
    if _HOUR.fullmatch(text.strip()) is None:
        raise Refused(
            "past",
            f"--until {text!r} is in the past: it is {local:%Y-%m-%d %H:%M} in {zone}; "
            "say when the message stops, as '18:00', '+2h' or '2026-11-22 18:00', or leave --until out",
        )
    return read_time(f"{local.date() + timedelta(days=1)}T{text.strip().zfill(5)}", zone, now)


def _found(text: bytes | None) -> Emergency | None:
    """Read what is said there; what can't be read is written over."""
    try:
        return parse(text)
    except ValueError:
        return None


def _copied(known: Mapping[str, bytes], host: str, now: datetime) -> Copied:
    """Put together what a mirror says of itself; what it doesn't say is guessed, as nobody is there to be asked."""
    said, status = _plain(known.get(DESCRIPTION)), _plain(known.get("status.json"))
    languages = tuple(each for each in said.get("languages") or status.get("languages") or () if each in LANGUAGES)
    base = str(said.get("base") or f"https://{host}")
    return Copied(
        languages=languages or LANGUAGES,
        timezone=str(said.get("timezone") or status.get("timezone") or ZONE),
        authority=str(status.get("authority") or urlsplit(base).hostname or host),
        year=int(status.get("year") or now.year),
        base=base,
        carriers=tuple(said.get("carriers") or _usual(languages or LANGUAGES)),
        is_told=bool(status.get("authority")),
    )


def _plain(text: bytes | None) -> dict[str, Any]:
    try:
        found = json.loads(text or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _usual(languages: tuple[str, ...]) -> list[str]:
    """Give what carries a message on a mirror that doesn't say so itself."""
    files = ["index.html", "stale.html", *STATUS, *STATUSPAGE]
    for language in languages:
        pages = ["", f"{LIVE}/", *(f"components/{area}/" for area in AREAS)]
        files += [f"{language}/{page}{name}" for page in pages for name in ("index.html", "stale.html")]
        files += [f"{language}/{feed}.{ending}" for feed in FEEDS for ending in ("rss", "atom", "json")]
    return files
