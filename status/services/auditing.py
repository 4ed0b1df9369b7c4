"""The audit: every deed of a person with what it changed, appended to the chain in the deed's own transaction.

    note_change (while a service works) ─▶ record (once per deed) ─▶ audit_entry

Words meant for the public are kept as their SHA-256 alone, so that a redaction leaves no copy here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from hashlib import sha256
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.chain import BEGINNING, hash_of
from status.models import Actor, AuditEntry, Installation

WORDS: Final = frozenset({"title", "advice", "cause", "measures", "withdrawn_reason", "sla_excluded_reason", "text"})
UNSAID: Final = frozenset({"set_by", "version"})
NOTED: Final = "travaux_changes"

Changes = dict[str, tuple[object, object]]


def note_change(session: Session, subject: str, field: str, before: object, after: object) -> None:
    """Remember what a deed under way changes; the first value of a field and its last one count."""
    if field in UNSAID or before == after:
        return
    changes: Changes = session.info.setdefault(NOTED, {}).setdefault(subject, {})
    changes[field] = (changes[field][0] if field in changes else before, after)


def record(
    session: Session, author: Actor | None, action: str, subject: str, now: datetime,
    *, before: Mapping[str, object] | None = None, after: Mapping[str, object] | None = None,
) -> AuditEntry:  # fmt: skip
    """Append a deed, with what was noted of its subject and what is given here. Secrets must not be given."""
    session.flush()
    session.execute(sa.select(Installation.id).where(Installation.id == 1).with_for_update())
    noted: Changes = session.info.get(NOTED, {}).pop(subject, {})
    was = {name: plain(name, value) for name, (value, _) in noted.items()} | dict(before or {})
    is_ = {name: plain(name, value) for name, (_, value) in noted.items()} | dict(after or {})
    last = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.n.desc()).limit(1)).first()
    entry = AuditEntry(
        n=last.n + 1 if last else 1, at=now, actor_id=author.id if author else None,
        actor=author.name if author else "", action=action, subject=subject, before=was, after=is_, hash="",
    )  # fmt: skip
    entry.hash = hash_of(last.hash if last else BEGINNING, entry.n, said_of(entry))
    session.add(entry)
    session.flush()
    return entry


def said_of(entry: AuditEntry) -> dict[str, Any]:
    """Give what an entry says, as it is bound into the chain."""
    return {
        "at": entry.at.isoformat(), "actor": entry.actor, "action": entry.action, "subject": entry.subject,
        "before": entry.before, "after": entry.after,
    }  # fmt: skip


def plain(name: str, value: object) -> Any:
    """Give a value as plain JSON; words for the public as their hash."""
    if name in WORDS:
        texts = value if isinstance(value, Mapping) else {"": value}
        return {key: f"sha256:{sha256(str(text).encode()).hexdigest()}" for key, text in texts.items() if text}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain("", item) for key, item in value.items()}
    return value
