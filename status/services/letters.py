"""The letters that messages carry: kept once, written anew when words they quote are taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.models import EventUpdate, Letter, LetterUpdate


@dataclass(frozen=True, slots=True)
class Written:
    """A letter to be kept: its digest, its words and what they were made from as plain values, what it quotes."""

    digest: str
    language: str
    words: Mapping[str, Any]
    made_from: Mapping[str, Any]
    update_ids: tuple[int, ...]


def keep_letter(session: Session, letter: Written, now: datetime) -> int:
    """Keep a letter unless it is; give its id."""
    known = session.scalars(sa.select(Letter).where(Letter.digest == letter.digest)).one_or_none()
    if known is not None and known.words:
        return known.id
    if known is None:
        known = Letter(digest=letter.digest, language=letter.language, words={}, made_from={}, created_at=now)
        session.add(known)
    known.words, known.made_from = dict(letter.words), dict(letter.made_from)
    session.flush()
    quoted = set(session.scalars(sa.select(LetterUpdate.update_id).where(LetterUpdate.letter_id == known.id)))
    session.add_all(LetterUpdate(letter_id=known.id, update_id=id_) for id_ in set(letter.update_ids) - quoted)
    session.flush()
    return known.id


def rewrite(session: Session, letter_id: int, letter: Written) -> None:
    """Give a letter whose words were taken back its new ones; it keeps its digest, as messages of before have it."""
    session.get_one(Letter, letter_id).words = dict(letter.words)


def take_back(session: Session, event_uid: str, update_id: int | None = None) -> None:
    """Blank every letter that quotes an update, or any of an event: its words stand nowhere, and go out to nobody."""
    quoted = sa.select(EventUpdate.id).where(EventUpdate.event_uid == event_uid)
    if update_id is not None:
        quoted = quoted.where(EventUpdate.id == update_id)
    quoting = sa.select(LetterUpdate.letter_id).where(LetterUpdate.update_id.in_(quoted))
    session.execute(sa.update(Letter).where(Letter.id.in_(quoting)).values(words={}))
