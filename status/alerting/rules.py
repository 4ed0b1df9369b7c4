"""The rules of config.toml as the core knows them, and whom each calls: groups of people, one after the other."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from status.config.model import AlertRule, Settings
from status.domain.alerting import Subject, Wanted
from status.domain.escalation import Person, Plan
from status.models import Account
from status.queries.on_call import leads, rosters, ways_of_all, working

MINUTE_S = 60.0


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: of what, how patiently, whom (a rota's name, or accounts)."""

    name: str
    wanted: Wanted
    plan: Plan
    rota: str
    accounts: tuple[str, ...]


def rules_of(settings: Settings) -> dict[str, Rule]:
    """Give the rules by name."""
    return {entry.name: _rule(entry) for entry in settings.alert}


def _rule(entry: AlertRule) -> Rule:
    wanted = Wanted(
        frozenset(entry.of), frozenset(entry.areas), frozenset(entry.components), entry.least_severity,
        entry.least_impact,
    )  # fmt: skip
    plan = Plan(entry.accept_s, entry.after_minutes * MINUTE_S, entry.repeat_minutes * MINUTE_S, entry.repeat_most)
    return Rule(entry.name, wanted, plan, entry.rota, entry.accounts)


class Directory:
    """Who can be called at one moment, by one reading of the database."""

    def __init__(self, session: Session, settings: Settings, channels: Collection[str], now: datetime) -> None:
        self._now = now
        self._channels = channels
        self._accounts = {account.name: account for account in working(session)}
        self._ways = ways_of_all(session)
        self._rosters = {each.rota.name: each for each in rosters(session, settings, now)}

    def groups(self, rule: Rule, subject: Subject) -> tuple[tuple[Person, ...], ...]:
        """Give whom a rule calls of an event: one after the other, the leads of its areas at once at last."""
        roster = self._rosters.get(rule.rota)
        names = roster.in_order(self._now) if roster is not None else rule.accounts
        areas = {path.partition("/")[0] for path in subject.paths}
        alone = [(self._person(self._accounts[name]),) for name in names if name in self._accounts]
        return (*alone, tuple(self._person(account) for account in leads(self._accounts.values(), areas)))

    def people(self, uids: Collection[str]) -> tuple[Person, ...]:
        """Give accounts as people, those that still work."""
        return tuple(self._person(account) for account in self._accounts.values() if account.uid in uids)

    def _person(self, account: Account) -> Person:
        ways = self._ways.get(account.name, ())
        return Person(account.uid, tuple(channel for channel in ways if channel in self._channels))
