"""Who is on duty: the rotas of config.toml with the duties of the database, their people as accounts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.config.model import RotaEntry, Settings
from status.domain import rota as turns
from status.domain.permissions import RANK, Role
from status.domain.rota import Rota, Shift
from status.models import Account, Actor, ContactWay, Duty

LEAST_OF_LEADS: Final = RANK[Role.LEAD]


@dataclass(frozen=True, slots=True)
class Roster:
    """A rota and what was taken over. `missing`: people it names who have no account that works."""

    rota: Rota
    duties: tuple[turns.Duty, ...]
    missing: tuple[str, ...]

    def in_order(self, at: datetime) -> tuple[str, ...]:
        """Give the names of who is alerted at a moment, in order; those without an account are left out."""
        return tuple(name for name in turns.in_order(self.rota, self.duties, at) if name not in self.missing)

    def shifts(self, from_at: datetime, until_at: datetime) -> tuple[Shift, ...]:
        """Give who is on duty between two moments."""
        return turns.shifts(self.rota, self.duties, from_at, until_at)


@dataclass(frozen=True, slots=True)
class TakenOver:
    """A duty somebody took over, for people to see."""

    number: int
    rota: str
    account: str
    from_at: datetime
    until_at: datetime
    note: str
    by: str


def rosters(session: Session, settings: Settings, now: datetime) -> Sequence[Roster]:
    """Give every rota with the duties that are not over."""
    names = {row.uid: row.name for row in working(session)}
    known = set(names.values())
    wanted = sa.select(Duty).where(Duty.ended_at.is_(None), Duty.until_at > now).order_by(Duty.id)
    duties: dict[str, list[turns.Duty]] = {}
    for row in session.scalars(wanted):
        if row.account_uid in names:
            duty = turns.Duty(row.id, names[row.account_uid], row.from_at, row.until_at, row.origin)
            duties.setdefault(row.rota, []).append(duty)
    return [
        Roster(
            rota_of(entry, settings.site.timezone), tuple(duties.get(entry.name, ())),
            tuple(name for name in entry.people if name not in known),
        )
        for entry in settings.rota
    ]  # fmt: skip


def rota_of(entry: RotaEntry, zone: str) -> Rota:
    """Give a rota of the configuration as the core knows it; its zone is the site's unless it has one."""
    return Rota(
        entry.name, entry.people, entry.zone or zone, date.fromisoformat(entry.starts_on) if entry.starts_on else None,
        time.fromisoformat(entry.handover), entry.turn_days,
    )  # fmt: skip


def working(session: Session) -> Sequence[Account]:
    """Give the accounts that work, by name."""
    return session.scalars(sa.select(Account).where(Account.disabled_at.is_(None)).order_by(Account.name)).all()


def leads(accounts: Iterable[Account], areas: Collection[str]) -> Sequence[Account]:
    """Give the leads and admins among them who look after one of these areas (none: after anything)."""
    return [
        row
        for row in accounts
        if RANK[row.role] >= LEAST_OF_LEADS
        and not row.demonstration
        and (not row.areas or not areas or not set(row.areas).isdisjoint(areas))
    ]


def taken_over(session: Session, now: datetime) -> Sequence[TakenOver]:
    """Give the duties that were taken over and are not over, the soonest first."""
    rows = session.execute(
        sa.select(Duty, Account.name, Actor.name)
        .join(Account, Account.uid == Duty.account_uid)
        .join(Actor, Actor.id == Duty.author_id)
        .where(Duty.ended_at.is_(None), Duty.until_at > now, Duty.origin == turns.DutyOrigin.PERSON)
        .order_by(Duty.from_at, Duty.id)
    )
    return [
        TakenOver(duty.id, duty.rota, account, duty.from_at, duty.until_at, duty.note, by.partition(":")[2] or by)
        for duty, account, by in rows
    ]


def ways_of_all(session: Session) -> Mapping[str, tuple[str, ...]]:
    """Give the channels each account is reached by, by its name, in its order; without any, its mail address."""
    rows = session.execute(
        sa.select(Account.name, Account.email, ContactWay.channel)
        .outerjoin(ContactWay, ContactWay.account_uid == Account.uid)
        .where(Account.disabled_at.is_(None))
        .order_by(Account.name, ContactWay.position, ContactWay.id)
    )
    found: dict[str, tuple[str, ...]] = {}
    for name, email, channel in rows:
        found[name] = (*found.get(name, ()), channel) if channel else ("email",) if email else ()
    return found
