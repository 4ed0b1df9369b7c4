"""The words of works that come again, taken away for good: those not announced yet would say them anew."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

from sqlalchemy.orm import Session

from status.domain.refused import Refused
from status.domain.written import clean_text, clean_title
from status.models import Actor, WorkSeries
from status.services.auditing import record
from status.services.changing import line_up
from status.services.series import what_of
from status.services.updating import check_words


def has_words(series: WorkSeries) -> bool:
    """Whether there is anything left to redact beside its title."""
    return bool(what_of(series).texts)


def redact_series(  # noqa: PLR0917 - a deed, as those of `correcting`
    session: Session, series: WorkSeries, title: Mapping[str, str], reason: str, author: Actor, now: datetime
) -> None:
    """Take a series' texts away, and put `title` in place of its own unless empty. A series that has ended too.

    Works announced already have words of their own. The audit keeps who, why and the SHA-256 of each text. Raise
    Refused without a reason, and when nothing would go.
    """
    line_up(session)
    session.refresh(series)
    why = clean_text(reason)
    if not why:
        raise Refused("no_reason", "a redaction needs its reason: the audit keeps it, the public does not read it")
    check_words(title, {})
    instead = {language: said for language, text in title.items() if (said := clean_title(text))}
    texts, titles = dict(series.data["texts"]), dict(series.data["title"])
    gone = [*texts.values(), *(titles.values() if instead and instead != titles else ())]
    if not gone:
        raise Refused("nothing", "there are no texts left to redact: give a title that takes the place of theirs")
    series.data = {**series.data, "texts": {}, "title": instead or titles}
    series.version += 1
    session.flush()
    hashes = [f"sha256:{sha256(text.encode()).hexdigest()}" for text in gone]
    told = {"redacted": hashes, "redacted_because": why, "version": series.version}
    record(session, author, "series.redact", f"series:{series.uid}", now, after=told)
