"""What a message says: subject, plain text, HTML, one line for small screens, and the payload of web-hooks.

Made once for all who are told the same; nothing personal stands in it. Frozen with the message, sent as it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from markupsafe import Markup

from status.delivery.maintnote import Parties, write_maintnote
from status.delivery.maintnote import Told as Work
from status.domain.states import Publication
from status.notifiers.types import Words
from status.queries.news import News
from status.queries.posted import Row
from status.wording import labels, mails
from status.wording.languages import msg, pick, say, say_many
from status.wording.posts import Said, headline, said
from status.wording.times import date_and_time

SHORT: Final = 300
"""Characters of the one line."""

VERSION: Final = 1
"""Of the payload: raised when a field changes its meaning or goes; new fields may come at any time."""

RULE: Final = "-" * 64


@dataclass(frozen=True, slots=True)
class Letter:
    """The words of a message, the ids of the updates it quotes, and the digest it is known by."""

    digest: str
    words: Words
    update_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class House:
    """Whose letters these are: name, the public address, the time zone times are said in."""

    name: str
    public_url: str
    zone: str


def write(news: Sequence[News], language: str, house: House) -> Letter:
    """Write the letter that tells these news, the newest first. `news` is not empty."""
    return _letter(_words(_told(news, language, house), language, house), news)


def write_to_contact(
    news: Sequence[News], language: str, house: House, customer: str, parties: Parties | None
) -> Letter:
    """Write it to a contact of a customer; with `parties` its works go as MAINTNOTE as well."""
    told = _told(news, language, house)
    words = replace(
        _words(told, language, house),
        calendar=write_maintnote([one.work() for one in told], parties) if parties is not None else "",
        why=mails.as_contact(language, house.name, customer),
    )
    return _letter(words, news)


def _told(news: Sequence[News], language: str, house: House) -> list[_Told]:
    ordered = sorted(news, key=lambda each: (_when(each.newest, language), each.n), reverse=True)
    return [_Told(each, language, house) for each in ordered]


def _words(told: Sequence[_Told], language: str, house: House) -> Words:
    payload = {"version": VERSION, "language": language, "events": [one.payload() for one in told]}
    return Words(
        language=language,
        subject=_subject(told, language),
        text=f"\n\n{RULE}\n\n".join(one.text() for one in told) + "\n",
        html=str(Markup("\n<hr>\n").join(one.html() for one in told)),
        short=_short(told),
        link=told[0].link if len(told) == 1 else f"{house.public_url}/{language}",
        payload=payload,
        thread=told[0].news.uid if len(told) == 1 else "",
    )


def _letter(words: Words, news: Sequence[News]) -> Letter:
    return Letter(_digest(words), words, tuple(id_ for one in news for id_, _ in one.updates))


def _digest(words: Words) -> str:
    said_ = [words.language, words.subject, words.text, words.html, words.short, words.link, words.payload]
    said_ += [each for each in (words.calendar, words.why) if each]
    return sha256(json.dumps(said_, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _when(row: Row, language: str) -> datetime:
    at = row.texts[language].published_at
    assert at is not None
    return at


def _subject(told: Sequence[_Told], language: str) -> str:
    if len(told) == 1:
        return told[0].head
    numbers = ", ".join(f"FS#{one.news.n}" for one in told[:5])
    counted = say_many(language, "{count} event", "{count} events", len(told))
    numbers += "…" if len(told) > 5 else ""  # noqa: PLR2004 - as many as a subject shows
    return say(language, msg("{counted}: {numbers}"), counted=counted, numbers=numbers)


def _short(told: Sequence[_Told]) -> str:
    line = " ".join(f"{one.head}. {one.newest.sentence}" for one in told) if told else ""
    line = " ".join(line.split())
    return line if len(line) <= SHORT else line[: SHORT - 1] + "…"


@dataclass(frozen=True, slots=True)
class _Told:
    """One event's news in the reader's language."""

    news: News
    language: str
    house: House

    @property
    def link(self) -> str:
        """Give the event's page; the front page for one that has none in public."""
        front = f"{self.house.public_url}/{self.language}"
        return f"{front}/travaux/{self.news.n}" if self.news.is_public else front

    @property
    def head(self) -> str:
        head = headline(self.news.newest, self.language)
        if not self.news.reminder:
            return head
        return say(self.language, msg("Reminder: {title}"), title=head)

    @property
    def newest(self) -> Said:
        return self._said(self.news.newest)

    def _said(self, row: Row) -> Said:
        redacted = (text.redacted_at for text in row.texts.values() if text.redacted_at is not None)
        return said(
            row.generated,
            {text.language: text.text for text in row.texts.values() if text.text},
            self.language,
            self.house.zone,
            by_robot=row.by_robot,
            happened_at=row.happened_at,
            redacted_at=max(redacted, default=None),
        )

    def _time(self, row: Row) -> str:
        return date_and_time(_when(row, self.language), self.language, self.house.zone)

    def text(self) -> str:
        parts = [self.head, self.link] if self.news.is_public else [self.head]
        if self.news.owned:
            parts.append("\n".join([mails.own_services(self.language), *(f"- {one}" for one in self._owned())]))
        parts.extend(f"{self._time(row)}\n{self._said(row).in_plain()}" for _, row in self.news.updates)
        if advice := self._advice():
            parts.append(f"{say(self.language, msg('What you can do:'))}\n{advice}")
        return "\n\n".join(parts)

    def html(self) -> Markup:
        head = Markup('<h1><a href="{}">{}</a></h1>').format(self.link, self.head)
        if not self.news.is_public:
            head = Markup("<h1>{}</h1>").format(self.head)
        if self.news.owned:
            items = Markup("").join(Markup("<li>{}</li>").format(one) for one in self._owned())
            head += Markup("\n<p>{}</p>\n<ul>{}</ul>").format(mails.own_services(self.language), items)
        posts = [
            Markup("<h2>{}</h2>\n{}").format(self._time(row), Markup(self._said(row).as_html()))  # noqa: S704
            for _, row in self.news.updates
        ]
        return Markup("\n").join([head, *posts, *self._advice_html()])

    def _owned(self) -> list[str]:
        """Name what of the customer's own is touched, with its circuits."""
        names = [(pick(one.place.name, self.language)[0], ", ".join(one.circuits)) for one in self.news.owned]
        return [f"{name} ({circuits})" if circuits else name for name, circuits in names]

    def work(self) -> Work:
        """Give what a MAINTNOTE says of it."""
        return Work(self.news, self.head, self.newest.sentence, _when(self.news.newest, self.language))

    def _advice(self) -> str:
        over = self.news.publication is not Publication.PUBLIC or self.news.ended_at is not None
        return "" if over else pick(self.news.advice, self.language)[0]

    def _advice_html(self) -> list[Markup]:
        advice = self._advice()
        if not advice:
            return []
        title = say(self.language, msg("What you can do:"))
        return [Markup("<h2>{}</h2>\n<p>{}</p>").format(title, advice)]

    def payload(self) -> dict[str, Any]:
        news = self.news
        times = {
            "started_at": news.started_at, "planned_start_at": news.planned_start_at,
            "planned_end_at": news.planned_end_at, "expected_end_at": news.expected_end_at, "ended_at": news.ended_at,
        }  # fmt: skip
        return {
            "uid": news.uid,
            "number": news.n,
            "type": news.type.value,
            "title": pick(news.title, self.language)[0],
            "state": news.newest.state.value,
            "state_label": labels.event_state(news.newest.state, self.language),
            "impact": news.impact.value,
            "publication": news.publication.value,
            "reminder": news.reminder,
            "url": self.link,
            "areas": list(news.newest.areas),
            "components": [
                {"slug": place.slug, "name": pick(place.name, self.language)[0], "area": place.area}
                for place in news.components
            ],
            **{name: at.isoformat() if at else None for name, at in times.items()},
            "updates": [self._update(row) for _, row in news.updates],
        }

    def _update(self, row: Row) -> Mapping[str, Any]:
        words = self._said(row)
        return {
            "id": row.texts[self.language].uid,
            "number": row.k,
            "published_at": _when(row, self.language).isoformat(),
            "state": row.state.value,
            "sentence": words.sentence,
            "text": words.text,
            "text_language": words.written_in,
            "url": f"{self.link}#update-{row.k}",
        }
