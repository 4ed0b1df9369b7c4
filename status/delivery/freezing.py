"""Freezing what is due: the news of each subscription become a letter, the same one for all who are told the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from status.delivery.letters import House, Letter, write
from status.domain.audience import PUBLIC, Audience, AudienceType
from status.models import Installation
from status.models.engine import reading, writing
from status.notifiers.types import Words
from status.queries.news import News, Wanted, read_news
from status.runtime import Runtime
from status.services import letters, outbox
from status.services.letters import Written
from status.services.outbox import Ready

REMEMBERED: Final = 200
"""So many letters of one state of the data are not written anew for the next slice."""

Key = tuple[str, Audience, tuple[Wanted, ...]]


class Freezer:
    """Freezes slices of one channel after another."""

    def __init__(self, runtime: Runtime) -> None:
        site = runtime.settings.site
        self._runtime = runtime
        self._languages = site.languages
        self._house = House(site.name, site.public_url.rstrip("/"), site.timezone)
        self._revision = -1
        self._written: dict[Key, Letter | None] = {}

    def freeze(self, channel: str, now: datetime, limit: int) -> int:
        """Freeze what is due for a channel, so many subscriptions at most; give how many were looked at."""
        with reading(self._runtime.sessions) as session:
            due = outbox.ready(session, channel, now, limit)
            if not due:
                return 0
            told = [(one, self._letter(session, one)) for one in due]
        with writing(self._runtime.sessions) as session:
            batch: list[tuple[Ready, int]] = []
            kept: dict[str, int] = {}
            for one, letter in told:
                free_at = outbox.free_at(session, one, now)
                if letter is None:
                    outbox.drop(session, one)
                elif free_at is not None:
                    outbox.put_off(session, one, free_at)
                else:
                    if letter.digest not in kept:
                        made_from = _made_from(self._key(one))
                        kept[letter.digest] = letters.keep_letter(session, written(letter, made_from), now)
                    batch.append((one, kept[letter.digest]))
            outbox.freeze(session, batch, channel, now)
        return len(due)

    def write_anew(self, session: Session, made_from: Mapping[str, Any]) -> Letter | None:
        """Write a letter again after words it quoted were taken back; None when nothing is left to say."""
        customer = made_from["customer"]
        audience = PUBLIC if customer is None else Audience(AudienceType.CUSTOMER, customer)
        wanted = tuple(Wanted(*each) for each in made_from["wanted"])
        return self._compose(read_news(session, audience, wanted), wanted, made_from["language"])

    def _letter(self, session: Session, one: Ready) -> Letter | None:
        revision = session.get_one(Installation, 1).revision
        if revision != self._revision or len(self._written) > REMEMBERED:
            self._written.clear()
            self._revision = revision
        key = self._key(one)
        if key not in self._written:
            language, audience, wanted = key
            self._written[key] = self._compose(read_news(session, audience, wanted), wanted, language)
        return self._written[key]

    def _compose(self, news: Mapping[Wanted, News], wanted: Sequence[Wanted], language: str) -> Letter | None:
        told = [news[each] for each in wanted if each in news]
        return write(told, language, self._house) if told else None

    def _key(self, one: Ready) -> Key:
        language = one.language if one.language in self._languages else self._languages[0]
        audience = PUBLIC if one.customer_uid is None else Audience(AudienceType.CUSTOMER, one.customer_uid)
        wanted = sorted(
            (Wanted(each.event_uid, each.after_k, each.upto_k, each.reminder) for each in one.waiting),
            key=lambda each: each.event_uid,
        )
        return language, audience, tuple(wanted)


def written(letter: Letter, made_from: Mapping[str, Any]) -> Written:
    """Give a letter as it is kept."""
    return Written(letter.digest, letter.words.language, asdict(letter.words), made_from, letter.update_ids)


def words_of(kept: Mapping[str, Any]) -> Words:
    """Give the words of a kept letter."""
    return Words(**kept)


def _made_from(key: Key) -> dict[str, Any]:
    language, audience, wanted = key
    each = [[want.event_uid, want.after_k, want.upto_k, want.reminder] for want in wanted]
    return {"language": language, "customer": audience.customer_uid, "wanted": each}
