"""What a form of the subscription says: read, checked against what there is, and shown again as it was."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from status.domain.departments import find_department
from status.domain.refused import Refused
from status.domain.states import EventType, PlaceKind
from status.domain.subscriptions import FollowKind, Pace, types_of
from status.models import Subscription
from status.queries.components import Places
from status.queries.place import find_place
from status.services.places import slug_of
from status.services.subscribing import MOST_FOLLOWS, Wish, checked, follows_of
from status.web.subscriptions.followed import MOST_DIGITS, numbers_of, uids_of

_TIME: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_BETWEEN: Final = re.compile(r"[,;\s]+")


@dataclass(frozen=True, slots=True)
class Form:
    """A form's values as they were given."""

    address: str = ""
    token: str = ""
    channel: str = "email"
    everything: bool = True
    components: frozenset[str] = frozenset()
    departments: str = ""
    exchanges: str = ""
    resources: str = ""
    events: frozenset[str] = frozenset()
    types: frozenset[str] = field(default_factory=lambda: frozenset(kind.value for kind in EventType))
    impact: str = "0"
    pace: str = Pace.AT_ONCE.value
    digest_at: str = "08:00"
    weekday: str = "0"
    quiet_from: str = ""
    quiet_to: str = ""
    per_hour: str = ""

    @classmethod
    def given(cls, values: MultiDict[str, str]) -> Form:
        """Take what a browser sent."""
        single = (
            "address", "token", "channel", "departments", "exchanges", "resources", "impact", "pace", "digest_at",
            "weekday", "quiet_from", "quiet_to", "per_hour",
        )  # fmt: skip
        texts = {name: values[name].replace("\0", "").strip() for name in single if name in values}
        return cls(
            **texts,
            everything=values.get("what", "all") == "all",
            components=frozenset(values.getlist("component")),
            events=frozenset(values.getlist("event")),
            types=frozenset(values.getlist("type")),
        )

    @classmethod
    def of(cls, session: Session, row: Subscription, places: Places) -> Form:
        """Write a subscription's wish into a form."""
        follows = follows_of(session, row)
        keys = {kind: {key for each, key in follows if each is kind} for kind in FollowKind}
        known = (places.by_id.get(int(key)) for key in keys[FollowKind.COMPONENT])
        return cls(
            address=row.address,
            channel=row.channel,
            everything=not follows,
            components=frozenset(place.slug for place in known if place is not None),
            departments=", ".join(sorted(key.upper() for key in keys[FollowKind.DEPARTMENT])),
            exchanges=", ".join(sorted(key.upper() for key in keys[FollowKind.EXCHANGE])),
            resources=", ".join(sorted(keys[FollowKind.RESOURCE])),
            events=numbers_of(session, keys[FollowKind.EVENT]),
            types=frozenset(kind.value for kind in types_of(row.types)),
            impact=str(row.least_impact),
            pace=row.pace.value,
            digest_at=_clock(row.digest_minute),
            weekday=str(row.digest_weekday),
            quiet_from="" if row.quiet_from is None else _clock(row.quiet_from),
            quiet_to="" if row.quiet_to is None else _clock(row.quiet_to),
            per_hour="" if row.per_hour is None else str(row.per_hour),
        )

    def wish(self, session: Session, places: Places, held: Form | None = None) -> Wish:
        """Give what is wanted. Raise Refused, with the field as its reason, for what isn't there or can't be.

        `held`: what the subscription says now; what of it is retired, or over, may be kept.
        """
        follows = frozenset() if self.everything else frozenset(self._follows(session, places, held or Form()))
        if not self.everything and not follows:
            raise Refused("what", "choose at least one thing to be told of")
        quiet = None
        if bool(self.quiet_from) != bool(self.quiet_to):
            raise Refused("quiet", "quiet_from and quiet_to belong together: found one of them alone")
        if self.quiet_from and self.quiet_to:
            quiet = (_minute("quiet_from", self.quiet_from), _minute("quiet_to", self.quiet_to))
        return checked(
            Wish(
                follows=follows,
                types=frozenset(kind for kind in EventType if kind.value in self.types),
                least_impact=_number("impact", self.impact, 0, 4),
                pace=next((pace for pace in Pace if pace.value == self.pace), Pace.AT_ONCE),
                digest_minute=_minute("digest_at", self.digest_at),
                digest_weekday=_number("weekday", self.weekday, 0, 6),
                quiet=quiet,
                per_hour=_number("per_hour", self.per_hour, 1, 1_000) if self.per_hour else None,
            )
        )

    def _follows(self, session: Session, places: Places, held: Form) -> set[tuple[FollowKind, str]]:
        uids = uids_of(session, places, self.events, held.events)
        found: set[tuple[FollowKind, str]] = {(FollowKind.EVENT, uid) for uid in uids}
        for slug in self.components:
            place = places.by_slug(slug)
            if place is None or (place.retired_at is not None and slug not in held.components):
                raise Refused("component", f"there is no component {slug[:80]!r}")
            found.add((FollowKind.COMPONENT, str(place.id)))
        for word in _words(self.departments):
            code = find_department(word)
            if code is None:
                raise Refused("departments", f"there is no department {word[:20]!r}")
            found.add((FollowKind.DEPARTMENT, code.lower()))
        for text, follow, kind, name in (
            (self.exchanges, FollowKind.EXCHANGE, PlaceKind.EXCHANGE, "exchanges"),
            (self.resources, FollowKind.RESOURCE, PlaceKind.RESOURCE, "resources"),
        ):
            for word in _words(text):
                known = find_place(session, kind, slug_of(kind, word))
                if known is None:
                    raise Refused(name, f"{word[:80]!r} is not known here")
                found.add((follow, known.slug))
        return found


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _words(text: str) -> list[str]:
    words = dict.fromkeys(word for word in _BETWEEN.split(text) if word)
    if len(words) > MOST_FOLLOWS:  # each is looked up
        raise Refused("follows", f"found {len(words)} choices, expected at most {MOST_FOLLOWS}")
    return list(words)


def _minute(name: str, text: str) -> int:
    found = _TIME.fullmatch(text)
    if found is None:
        raise Refused(name, f"found {text[:20]!r}, expected a time like 08:00")
    return int(found[1]) * 60 + int(found[2])


def _number(name: str, text: str, least: int, most: int) -> int:
    is_number = text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS
    if not is_number or not least <= int(text) <= most:
        raise Refused(name, f"found {text[:20]!r}, expected a number from {least} to {most}")
    return int(text)
