"""What becomes of alerts and of the tries to tell somebody: rows, so that a process that is killed loses none."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.alerting import TryKind, TryState
from status.models import Alert, AlertTry
from status.services.identifiers import new_uid


@dataclass(frozen=True, slots=True)
class Telling:
    """Somebody to be told by a channel; `sealed` holds the words and where they go."""

    account_uid: str
    channel: str
    kind: TryKind
    sealed: str
    round: int = 0
    group: int = 0


def open_alert(session: Session, event_uid: str, rule: str, now: datetime) -> Alert:
    """Begin a rule's alert of an event; the open one when there is one already."""
    alert = session.scalar(
        sa.select(Alert).where(Alert.event_uid == event_uid, Alert.rule == rule, Alert.ended_at.is_(None))
    )
    if alert is None:
        alert = Alert(
            uid=new_uid(now), rule=rule, event_uid=event_uid, began_at=now, answered_at=None, given_up_at=None,
            ended_at=None,
        )  # fmt: skip
        session.add(alert)
        session.flush()
    return alert


def tell(session: Session, alert: Alert | None, what: Telling, now: datetime) -> bool:
    """Note that somebody is to be told, unless that is noted already; tell whether it was not.

    The key of an alert's try follows from what it is: made twice, it is the same.
    """
    of = f"{what.kind.value}/{what.round}/{what.account_uid}/{what.channel}"
    uid = str(uuid.uuid5(uuid.UUID(alert.uid), of)) if alert else new_uid(now)
    if session.scalar(sa.select(AlertTry.id).where(AlertTry.uid == uid)) is not None:
        return False
    session.add(
        AlertTry(
            uid=uid, alert_id=alert.id if alert else None, account_uid=what.account_uid, channel=what.channel,
            kind=what.kind, round=what.round, group=what.group, state=TryState.WAITING, at=now, settled_at=None,
            sealed=what.sealed,
        )
    )  # fmt: skip
    session.flush()
    return True


def settle(session: Session, try_ids: Iterable[int], state: TryState, now: datetime, why: str = "") -> None:
    """Note how tries ended; their words are forgotten. One that is settled already stays as it is."""
    settled = sa.update(AlertTry).where(AlertTry.id.in_(list(try_ids)), AlertTry.state == TryState.WAITING)
    session.execute(settled.values(state=state, settled_at=now, sealed="", error=why[:300]))


def note_failure(session: Session, try_id: int, why: str) -> None:
    """Note that an attempt failed and another one follows."""
    values = {"attempts": AlertTry.attempts + 1, "error": why[:300]}
    session.execute(sa.update(AlertTry).where(AlertTry.id == try_id).values(values))


def settle_keys(session: Session, uids: Iterable[str], now: datetime) -> None:
    """Note as accepted what a former process handed over and could not write down."""
    ids = session.scalars(sa.select(AlertTry.id).where(AlertTry.uid.in_(list(uids)))).all()
    settle(session, ids, TryState.ACCEPTED, now)


def drop_waiting(session: Session, alert: Alert, but: Iterable[int], now: datetime) -> None:
    """Drop what an alert has still to tell, but for what is on its way in this moment."""
    waiting = sa.select(AlertTry.id).where(
        AlertTry.alert_id == alert.id, AlertTry.state == TryState.WAITING, AlertTry.id.not_in(list(but))
    )
    settle(session, session.scalars(waiting).all(), TryState.DROPPED, now)


def forget_old(session: Session, before: datetime) -> None:
    """Forget alerts that ended, and tests that were made, before a moment."""
    ended = sa.select(Alert.id).where(Alert.ended_at < before)
    session.execute(sa.delete(AlertTry).where(AlertTry.alert_id.in_(ended)))
    session.execute(sa.delete(Alert).where(Alert.ended_at < before))
    session.execute(sa.delete(AlertTry).where(AlertTry.alert_id.is_(None), AlertTry.at < before))
