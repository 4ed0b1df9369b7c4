"""A request that comes twice under one key is done once: its answer is kept in the transaction of the deed."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.refused import Refused
from status.models import IdempotencyKey


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it was given: `body` is its text, `headers` those that belong to it."""

    status: int
    body: str
    headers: Mapping[str, str]


def request_hash(*parts: bytes) -> str:
    """Give what tells one request from another: method, address and body, each with its length."""
    digest = sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def answered(session: Session, account_uid: str, key: str, hash_: str, oldest: datetime) -> Answer | None:
    """Give the answer kept under an account's key since `oldest`; None when there is none.

    Raise Refused (`key_reused`) when the key came with another request. The caller has lined up
    (`changing.line_up`), so that of two equal requests at once the second waits for the first.
    """
    row = session.get(IdempotencyKey, (account_uid, key))
    if row is None or row.at < oldest:
        return None
    if row.request_hash != hash_:
        raise Refused("key_reused", "this Idempotency-Key came with another request before: use a new one for each")
    return Answer(row.status, row.body, row.headers)


def keep(session: Session, account_uid: str, key: str, hash_: str, answer: Answer, *, now: datetime) -> None:
    """Keep an answer under a key, in place of one that has run out."""
    row = IdempotencyKey(
        account_uid=account_uid, key=key, request_hash=hash_, at=now, status=answer.status, body=answer.body,
        headers=dict(answer.headers),
    )  # fmt: skip
    session.merge(row)
    session.flush()


def blank(session: Session, event_uid: str, words: Collection[str]) -> None:
    """Take words that were redacted out of the kept answers about an event; all else of the answers stays."""
    told = sa.select(IdempotencyKey).where(IdempotencyKey.body.contains(event_uid, autoescape=True))
    for row in session.scalars(told):
        row.body = json.dumps(_without(json.loads(row.body), [text for text in words if text]))
    session.flush()


def _without(value: Any, words: Sequence[str]) -> Any:
    if isinstance(value, dict):
        return {name: _without(each, words) for name, each in value.items()}
    if isinstance(value, list):
        return [_without(each, words) for each in value]
    return "" if isinstance(value, str) and any(text in value for text in words) else value


def forget(session: Session, now: datetime, kept_for: timedelta) -> None:
    """Drop the answers that have run out."""
    session.execute(sa.delete(IdempotencyKey).where(IdempotencyKey.at < now - kept_for))
