"""Freezing what is due: the news of each subscription become a letter, the same one for all who are told the same."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from status.delivery.letters import House, Letter, write, write_to_contact
from status.delivery.maintnote import Parties
from status.domain.audience import PUBLIC, Audience, AudienceType
from status.domain.subscriptions import after_quiet
from status.log import fields
from status.models import Customer, Installation
from status.models.engine import reading
from status.notifiers.types import Words
from status.queries.news import Wanted, read_news
from status.runtime import Runtime
from status.services import letters, outbox
from status.services.changing import line_up
from status.services.letters import Written
from status.services.outbox import Ready
from status.services.tenure import Tenure

log = logging.getLogger(__name__)

REMEMBERED: Final = 200
"""So many letters of one state of the data are not written anew for the next slice."""

AFTER_FAULT: Final = timedelta(hours=1)
"""So long news wait that could not be put into words."""

Seen = tuple[int, int]
"""The counters of changes and of redactions."""


@dataclass(frozen=True, slots=True)
class Key:
    """What makes two letters the same: language, reader, news, and whether works go as MAINTNOTE as well."""

    language: str
    audience: Audience
    wanted: tuple[Wanted, ...]
    maintnote: bool


@dataclass(frozen=True, slots=True)
class Fault:
    """Stands for a letter that a fault of ours keeps from being written."""


class Freezer:
    """Freezes slices of one channel after another."""

    def __init__(self, runtime: Runtime, tenure: Tenure) -> None:
        site = runtime.settings.site
        self._runtime = runtime
        self._tenure = tenure
        self._languages = site.languages
        self._zone = ZoneInfo(site.timezone)
        self._house = House(site.name, site.public_url.rstrip("/"), site.timezone)
        self._maintnote = runtime.settings.maintnote
        self._seen: Seen = (-1, -1)
        self._written: dict[Key, Letter | None] = {}

    def freeze(self, channel: str, now: datetime, limited: Collection[str], limit: int) -> int:
        """Freeze what is due for a channel, so many subscriptions at most; give how many were looked at.

        Nobody of the `limited` domains is. When the public data change meanwhile, nothing is frozen: words may have
        been taken back.
        """
        with reading(self._runtime.sessions) as session:
            seen = _state_of(session)
            due = outbox.ready(session, channel, now, limited, limit)
            if not due:
                return 0
            told = [(one, self._letter_or_fault(session, one, seen)) for one in due]
        with self._tenure.writing() as session:
            line_up(session)
            if _state_of(session) == seen:
                self._freeze(session, told, channel, now)
        return len(due)

    def _freeze(
        self, session: Session, told: Sequence[tuple[Ready, Letter | Fault | None]], channel: str, now: datetime
    ) -> None:
        batch: list[tuple[Ready, int]] = []
        kept: dict[str, int] = {}
        for one, letter in told:
            free_at = now + AFTER_FAULT if isinstance(letter, Fault) else self._free_at(session, one, now)
            if letter is None:
                outbox.drop(session, one)
            elif free_at is not None or isinstance(letter, Fault):
                outbox.put_off(session, one, free_at or now)
            else:
                keeping = written(letter, _made_from(self._key(one)))
                if keeping.digest not in kept:
                    kept[keeping.digest] = letters.keep_letter(session, keeping, now)
                batch.append((one, kept[keeping.digest]))
        outbox.freeze(session, batch, channel, now)

    def _free_at(self, session: Session, one: Ready, now: datetime) -> datetime | None:
        """Give when a subscription may be told: past its cap and its quiet hours, into which waiting may lead."""
        free_at = outbox.free_at(session, one, now) or now
        quiet_until = after_quiet(one.quiet, self._zone, free_at)
        return quiet_until if quiet_until > now else None

    def write_anew(self, session: Session, made_from: Mapping[str, Any]) -> Letter | None:
        """Write a letter again after words it quoted were taken back; None when nothing is left to say."""
        customer = made_from["customer"]
        audience = PUBLIC if customer is None else Audience(AudienceType.CUSTOMER, customer)
        wanted = tuple(Wanted(*each) for each in made_from["wanted"])
        return self._compose(session, Key(made_from["language"], audience, wanted, made_from.get("maintnote", False)))

    def _letter_or_fault(self, session: Session, one: Ready, seen: Seen) -> Letter | Fault | None:
        if not one.is_active:
            return None
        try:
            return self._letter(session, one, seen)
        except SQLAlchemyError:
            raise
        except Exception:  # one event that can't be put into words must not keep the others from being told
            log.exception("news_not_written", extra=fields(subscription=one.subscription_id))
            return Fault()

    def _letter(self, session: Session, one: Ready, seen: Seen) -> Letter | None:
        if seen != self._seen or len(self._written) > REMEMBERED:
            self._written.clear()
            self._seen = seen
        key = self._key(one)
        if key not in self._written:
            self._written[key] = self._compose(session, key)
        return self._written[key]

    def _compose(self, session: Session, key: Key) -> Letter | None:
        news = read_news(session, key.audience, key.wanted)
        told = [news[each] for each in key.wanted if each in news]
        if not told:
            return None
        if key.audience.customer_uid is None:
            return write(told, key.language, self._house)
        customer = session.get_one(Customer, key.audience.customer_uid)
        parties = self._parties(customer.external_ref) if key.maintnote else None
        return write_to_contact(told, key.language, self._house, customer.name, parties)

    def _parties(self, account: str) -> Parties:
        mail, site = self._runtime.settings.mail, self._runtime.settings.site
        host = urlsplit(site.public_url).hostname or site.name
        organizer = self._maintnote.organizer or mail.reply_to or mail.address
        return Parties(self._maintnote.provider or host, account, organizer)

    def _key(self, one: Ready) -> Key:
        language = one.language if one.language in self._languages else self._languages[0]
        audience = PUBLIC if one.customer_uid is None else Audience(AudienceType.CUSTOMER, one.customer_uid)
        wanted = sorted(
            (Wanted(each.event_uid, each.after_k, each.upto_k, each.reminder) for each in one.waiting),
            key=lambda each: each.event_uid,
        )
        return Key(language, audience, tuple(wanted), one.maintnote)


def _state_of(session: Session) -> Seen:
    found = session.execute(sa.select(Installation.revision, Installation.redactions)).one()
    return found.revision, found.redactions


def written(letter: Letter, made_from: Mapping[str, Any]) -> Written:
    """Give a letter as it is kept: once for all to whom it says the same and who were told the same before."""
    digest = hashlib.sha256(json.dumps([letter.digest, made_from], sort_keys=True).encode()).hexdigest()
    return Written(digest, letter.words.language, asdict(letter.words), made_from, letter.update_ids)


def words_of(kept: Mapping[str, Any]) -> Words:
    """Give the words of a kept letter."""
    return Words(**kept)


def _made_from(key: Key) -> dict[str, Any]:
    each = [[want.event_uid, want.after_k, want.upto_k, want.reminder] for want in key.wanted]
    return {
        "language": key.language, "customer": key.audience.customer_uid, "wanted": each, "maintnote": key.maintnote,
    }  # fmt: skip
