"""Published words set right: corrected (the earlier words stay visible) or redacted (they are gone everywhere)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.refused import Refused
from status.domain.written import clean_text
from status.models import Actor, Event, EventUpdate, OlderText, PostMortem, UpdateText
from status.services.auditing import note_change
from status.services.changing import change, line_up
from status.services.indexing import index_events
from status.services.instructions import event_changed
from status.services.letters import take_back
from status.services.publishing import installation, raise_revision
from status.services.repeating import blank
from status.services.twin_posts import twins_of
from status.services.updating import check_words

TRANSLATED: Final = "/translated"
"""What the identifier of a language's item ends in when its words came after the update was published."""

OF_EVENT: Final = ("title", "advice", "cause", "measures", "withdrawn_reason")
POST_MORTEM: Final = "post_mortem"


def correct(  # noqa: PLR0917 - a deed on a thing of an event
    session: Session, event: Event, update: EventUpdate, texts: Mapping[str, str], author: Actor, now: datetime
) -> None:
    """Set words of an update right; a language it had no words in gets them as one new item of that language's feed.

    Raise Refused for words that were redacted, for words made empty (redact them), and when nothing changes.
    """
    line_up(session)
    check_words({}, texts)
    rows = _rows(session, update)
    wanted = {language: clean_text(text) for language, text in texts.items()}
    changed = {key: text for key, text in wanted.items() if text != (rows[key].text if key in rows else "")}
    if not changed:
        raise Refused("nothing", "the words are those that stand there already: nothing is corrected")
    for language, text in changed.items():
        row = rows.get(language)
        if row is None:
            row = UpdateText(update_id=update.id, language=language, text="")
            session.add(row)
        note_change(session, f"event:{event.uid}", "text", {language: row.text}, {language: text})
        _follow(session, event, row.text, text)
        _set_right(session, row, text, author, now)
    _seen(session, event, author, "correct", now)


def redact(  # noqa: PLR0917 - as `correct`
    session: Session, event: Event, update: EventUpdate, reason: str, author: Actor, now: datetime,
    *, languages: Collection[str] | None = None,
) -> None:  # fmt: skip
    """Take the words of an update away for good, in all languages or some; earlier words of it go as well.

    So do the same words in the posts that one merge or split made together with it. The audit keeps who, why and the
    SHA-256 of each text, never the text. Raise Refused without a reason.
    """
    line_up(session)
    why = clean_text(reason)
    if not why:
        raise Refused("no_reason", "a redaction needs its reason: the audit keeps it, the public does not read it")
    same = [(event, update), *twins_of(session, event, update)]
    taken = [_take_away(session, *each, why, author, now, languages=languages) for each in same]
    if not any(taken):
        raise Refused("nothing", "there are no words of this update left to redact")
    installation(session).redactions += 1


def _take_away(  # noqa: PLR0917 - as `correct`
    session: Session, event: Event, update: EventUpdate, why: str, author: Actor, now: datetime,
    *, languages: Collection[str] | None,
) -> bool:  # fmt: skip
    """Take the words of one update away; give False where there are none."""
    rows = [row for key, row in _rows(session, update).items() if languages is None or key in languages]
    gone = [row for row in rows if row.redacted_at is None and row.text]
    if not gone:
        return False
    blank(session, event.uid, [row.text for row in gone])
    for row in gone:
        note_change(session, f"event:{event.uid}", f"redacted_{row.language}", _digest(row.text), "")
        _follow(session, event, row.text, "")
        row.text, row.redacted_at, row.modified_at = "", now, None
    kinds = [row.language for row in gone]
    older = sa.delete(OlderText).where(OlderText.update_id == update.id, OlderText.language.in_(kinds))
    session.execute(older)
    take_back(session, event.uid, update.id)
    note_change(session, f"event:{event.uid}", "redacted_because", "", why)
    _seen(session, event, author, "redact", now)
    return True


def redact_event_words(  # noqa: PLR0917 - as `correct`
    session: Session, event: Event, fields: Collection[str], reason: str, author: Actor, now: datetime,
    *, instead: Mapping[str, str] | None = None,
) -> None:  # fmt: skip
    """Take words of an event away that are no update's: those of OF_EVENT, or its `post_mortem`. As `redact`.

    A title is replaced by `instead`.
    """
    line_up(session)
    why = clean_text(reason)
    if not why:
        raise Refused("no_reason", "a redaction needs its reason: the audit keeps it, the public does not read it")
    known = (*OF_EVENT, POST_MORTEM)
    strange = sorted(set(fields) - set(known))
    if strange or not fields:
        raise Refused("field", f"cannot redact {strange or 'nothing'}; expected {', '.join(known)}")
    if "title" in fields and not any((instead or {}).values()):
        raise Refused("no_title", "an event needs a title: give the words that take its place")
    taught = session.get(PostMortem, event.uid) if POST_MORTEM in fields else None
    found = {name: _words(getattr(event, name)) for name in OF_EVENT if name in fields}
    gone = [text for words in (*found.values(), _words(taught.text if taught else "")) for text in words if text]
    if not gone:
        raise Refused("nothing", f"there are no words left to redact in {', '.join(sorted(fields))}")
    blank(session, event.uid, gone)
    if taught is not None:
        _forget_post_mortem(session, taught, now)
    values: dict[str, object] = {name: {} if name == "advice" else "" for name in found if name != "title"}
    if "title" in fields:
        values["title"] = dict(instead or {})
    change(session, event, values, author)
    take_back(session, event.uid)
    note_change(session, f"event:{event.uid}", "redacted_because", "", why)
    installation(session).redactions += 1
    _seen(session, event, author, "redact", now)


def update_of(session: Session, event: Event, update_id: int) -> EventUpdate:
    """Give an update of an event. Raise Refused for another's."""
    row = session.get(EventUpdate, update_id)
    if row is None or row.event_uid != event.uid:
        raise Refused("no_such_update", f"the event has no update {update_id}")
    return row


def _words(value: str | Mapping[str, str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value.values())


def _forget_post_mortem(session: Session, taught: PostMortem, now: datetime) -> None:
    for language, text in taught.text.items():
        note_change(session, f"event:{taught.event_uid}", f"redacted_post_mortem_{language}", _digest(text), "")
    taught.text, taught.changed_at = {}, now
    taught.version += 1
    session.flush()


def _follow(session: Session, event: Event, before: str, after: str) -> None:
    """Let the reason a withdrawn event's page begins with say what the last post of it says."""
    if before and event.withdrawn_reason == before:
        change(session, event, {"withdrawn_reason": after})


def _set_right(session: Session, row: UpdateText, text: str, author: Actor, now: datetime) -> None:
    if row.redacted_at is not None:
        raise Refused("redacted", "these words were redacted: they cannot be written again; post an update")
    if not text:
        raise Refused("no_text", "the corrected words are empty: correct them, or have them redacted")
    if row.text:
        session.add(
            OlderText(
                update_id=row.update_id, language=row.language, text=row.text, replaced_at=now, replaced_by=author.id
            )
        )
        row.modified_at = now
    elif row.uid is not None:
        row.uid, row.published_at = f"{row.uid}{TRANSLATED}", now
    row.text = text


def _rows(session: Session, update: EventUpdate) -> dict[str, UpdateText]:
    return {
        row.language: row for row in session.scalars(sa.select(UpdateText).where(UpdateText.update_id == update.id))
    }


def _digest(text: str) -> str:
    return f"sha256:{sha256(text.encode()).hexdigest()}"


def _seen(session: Session, event: Event, author: Actor, deed: str, now: datetime) -> None:
    raise_revision(session)
    index_events(session, [event.uid])
    event_changed(session, author, event, deed, now)
