"""What an alert says: what is broken, since when, why, and the person's own link to say "I am on it"."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from markupsafe import Markup
from sqlalchemy.orm import Session

from status.domain.alerting import TryKind
from status.domain.event import worst_impact
from status.domain.states import Impact, Publication
from status.models import Event
from status.notifiers.types import Words
from status.services.contacting import Reached
from status.services.events import components_of
from status.wording import alerts
from status.wording.languages import join_names, pick
from status.wording.reasons import public_sentence

VERSION = 1
"""Of the web-hook's payload, as docs/subscriptions.md says."""

_LINK: Final = Markup('<p><a href="{}">{}</a></p>')
_ACT: Final = Markup('<p><a class="act" href="{}">{}</a></p>')
"""The one thing a mail is for (status.notifiers.email)."""


@dataclass(frozen=True, slots=True)
class House:
    """Whose alerts these are, and where the desk is."""

    name: str
    public_url: str
    zone: str


@dataclass(frozen=True, slots=True)
class Packed:
    """All a try needs: where it goes, signed with what, saying what; `link` acknowledges, or leads to the desk."""

    address: str
    secret: str
    options: Mapping[str, Any]
    link: str
    words: Words

    def as_text(self) -> str:
        """Give it to be sealed."""
        return json.dumps(asdict(self), ensure_ascii=False)


def unpack(text: str) -> Packed:
    """Read what `as_text` gave."""
    data = json.loads(text)
    return Packed(**{**data, "words": Words(**data["words"])})


def pack(way: Reached, words: Words) -> Packed:
    """Put words beside the way they go."""
    return Packed(way.address, way.secret, way.options, words.link, words)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is known of an event when an alert of it is written. `impact`: the worst of all it touches."""

    event: Event
    impact: Impact
    names: tuple[Mapping[str, str], ...]
    areas: tuple[str, ...]
    rule: str
    house: House
    now: datetime


def sheet(session: Session, event: Event, rule: str, house: House, now: datetime) -> Sheet:
    """Gather what an alert says of an event; internal components too, as it goes to the desk's own people."""
    rows = components_of(session, event)
    areas = tuple(dict.fromkeys(row.path.partition("/")[0] for row in rows))
    impact = worst_impact((event.impact, *(row.impact for row in rows)))
    return Sheet(event, impact, tuple(row.name for row in rows), areas, rule, house, now)


def alert_words(of: Sheet, language: str, link: str) -> Words:
    """Write the alert. `link` is the person's acknowledge link, "" when he may not acknowledge."""
    links = [(alerts.at_the_desk(language), _desk(of))]
    if link:
        links = [(alerts.on_it(language), link), *links]
    subject = alerts.alert_subject(language, _title(of, language))
    return _words(of, language, TryKind.ALERT, (subject, _lines(of, language), links), link)


def recovery_words(of: Sheet, language: str) -> Words:
    """Write, to whom was alerted, that it is over."""
    event = of.event
    began, ended = event.started_at or event.created_at, event.ended_at or of.now
    subject = alerts.over_subject(language, _title(of, language), event.publication)
    lines = [alerts.lasted(language, (ended - began).total_seconds())]
    return _words(of, language, TryKind.RECOVERY, (subject, lines, [(alerts.at_the_desk(language), _desk(of))]), "")


def test_words(language: str, house: House) -> Words:
    """Write what a person sends himself to see whether he is reached."""
    subject, line = alerts.test_subject(language, house.name), alerts.test_text(language)
    payload = {"version": VERSION, "kind": TryKind.TEST.value, "language": language, "events": []}
    html = str(Markup("<h1>{}</h1>\n<p>{}</p>").format(subject, line))
    return Words(
        language, subject, f"{subject}\n\n{line}\n", html, subject, f"{house.public_url}/desk/on-call", payload
    )


Parts = tuple[str, Sequence[str], Sequence[tuple[str, str]]]


def _words(of: Sheet, language: str, kind: TryKind, parts: Parts, link: str) -> Words:
    subject, lines, links = parts
    in_plain = (f"{alerts.leads_to(language, label)}\n{url}" for label, url in links)
    text = "\n\n".join([subject, "\n".join(lines), *in_plain])
    html = Markup("\n").join(
        [
            Markup("<h1>{}</h1>").format(subject),
            *(Markup("<p>{}</p>").format(line) for line in lines),
            *(_ACT.format(url, label) if url == link else _LINK.format(url, label) for label, url in links),
        ]
    )
    short = " – ".join([subject, *lines[:1]])
    return Words(
        language, subject, text, str(html), short, link or _desk(of), _payload(of, language, kind, link),
        thread=of.event.uid,
    )  # fmt: skip


def _payload(of: Sheet, language: str, kind: TryKind, link: str) -> dict[str, Any]:
    event = of.event
    times = {"started_at": event.started_at, "planned_start_at": event.planned_start_at, "ended_at": event.ended_at}
    said: dict[str, Any] = {
        "uid": event.uid, "number": event.n, "type": event.type.value, "title": _title(of, language),
        "state": event.state.value, "impact": of.impact.value, "severity": event.severity,
        "publication": event.publication.value, "url": _desk(of), "areas": list(of.areas),
        "components": [pick(name, language)[0] for name in of.names],
        **{name: at.isoformat() if at else None for name, at in times.items()},
    }  # fmt: skip
    document = {"version": VERSION, "kind": kind.value, "language": language, "rule": of.rule, "events": [said]}
    return {**document, "acknowledge_url": link} if link else document


def _lines(of: Sheet, language: str) -> list[str]:
    event, zone = of.event, of.house.zone
    if event.type.is_work and event.planned_start_at is not None:
        lines = [alerts.unconfirmed(language, event.planned_start_at, of.now, zone)]
    else:
        since = event.started_at or event.created_at
        lines = [alerts.what(language, of.impact, event.severity, since, zone)]
    if of.names:
        names = join_names([pick(name, language)[0] for name in of.names], language)
        lines.append(alerts.touched(language, names))
    if event.reason:
        lines.append(public_sentence(event.reason, language, of.areas[0] if of.areas else ""))
    if event.publication is Publication.DRAFT:
        lines.append(alerts.draft(language))
    return lines


def _title(of: Sheet, language: str) -> str:
    title = pick(of.event.title, language)[0]
    return f"FS#{of.event.n} {title}" if of.event.n else title


def _desk(of: Sheet) -> str:
    return f"{of.house.public_url}/desk/events/{of.event.n or of.event.uid}"
