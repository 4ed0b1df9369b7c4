"""Who may do what: roles, scopes of tokens, areas. One table for desk, API, command line and mail. Sans-IO.

A role is limited to areas by its account: such a person posts on an event when one touched component is in an area of
his, and changes the impact of those alone (`Person.covers`, `Person.require_area`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum
from typing import Final

from status.domain.refused import Refused


class Role(Enum):
    """What an account may do, each more than the one before."""

    READER = "reader"
    RESPONDER = "responder"
    LEAD = "lead"
    ADMIN = "admin"


RANK: Final = {role: number for number, role in enumerate(Role)}


class Scope(Enum):
    """What a token may do of what its account may."""

    READ = "read"
    INCIDENT_WRITE = "incident:write"
    WORK_WRITE = "work:write"
    PROBE_WRITE = "probe:write"
    SUBSCRIBER_WRITE = "subscriber:write"
    ADMIN = "admin"


class Deed(Enum):
    """What a person does, as far as it is allowed or not."""

    READ = "read"
    NOTE = "note"
    POST = "post"
    OPEN = "open"
    ACKNOWLEDGE = "acknowledge"
    PLAN = "plan"
    RUN_CHECK = "run-check"
    MUTE = "mute"
    PUBLISH = "publish"
    MERGE = "merge"
    WITHDRAW = "withdraw"
    DISABLE = "disable"
    REDACT = "redact"
    POST_MORTEM = "post-mortem"
    EDIT_TEMPLATE = "edit-template"
    DELIVER = "deliver"
    SUBSCRIBERS = "subscribers"
    KEEP_CUSTOMERS = "keep-customers"
    ADMINISTER = "administer"


ALLOWED: Final = {
    Deed.READ: (Role.READER, Scope.READ),
    Deed.NOTE: (Role.RESPONDER, Scope.INCIDENT_WRITE),
    Deed.POST: (Role.RESPONDER, Scope.INCIDENT_WRITE),
    Deed.OPEN: (Role.RESPONDER, Scope.INCIDENT_WRITE),
    Deed.ACKNOWLEDGE: (Role.RESPONDER, Scope.INCIDENT_WRITE),
    Deed.PUBLISH: (Role.RESPONDER, Scope.INCIDENT_WRITE),
    Deed.PLAN: (Role.RESPONDER, Scope.WORK_WRITE),
    Deed.RUN_CHECK: (Role.RESPONDER, Scope.PROBE_WRITE),
    Deed.MUTE: (Role.RESPONDER, Scope.PROBE_WRITE),
    Deed.MERGE: (Role.LEAD, Scope.INCIDENT_WRITE),
    Deed.WITHDRAW: (Role.LEAD, Scope.INCIDENT_WRITE),
    Deed.POST_MORTEM: (Role.LEAD, Scope.INCIDENT_WRITE),
    Deed.REDACT: (Role.LEAD, Scope.INCIDENT_WRITE),
    Deed.DISABLE: (Role.LEAD, Scope.PROBE_WRITE),
    Deed.EDIT_TEMPLATE: (Role.LEAD, Scope.INCIDENT_WRITE),
    Deed.DELIVER: (Role.RESPONDER, Scope.SUBSCRIBER_WRITE),
    Deed.SUBSCRIBERS: (Role.LEAD, Scope.SUBSCRIBER_WRITE),
    Deed.KEEP_CUSTOMERS: (Role.LEAD, Scope.ADMIN),
    Deed.ADMINISTER: (Role.ADMIN, Scope.ADMIN),
}
"""The least role and the scope a token needs; a person at the desk has every scope."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks, by session or by token. `scopes` None: every one (the desk). `areas` empty: every one."""

    account_uid: str
    name: str
    role: Role
    language: str
    areas: frozenset[str] = frozenset()
    scopes: frozenset[Scope] | None = None

    def may(self, deed: Deed) -> bool:
        """Whether role and scopes allow a deed, somewhere."""
        role, scope = ALLOWED[deed]
        return RANK[self.role] >= RANK[role] and (self.scopes is None or scope in self.scopes)

    def require(self, deed: Deed) -> None:
        """Raise Refused (`forbidden`) when role or scopes do not allow a deed."""
        if self.may(deed):
            return
        role, scope = ALLOWED[deed]
        if RANK[self.role] < RANK[role]:
            raise Refused("forbidden", f"{deed.value} needs the role {role.value}; {self.name} is {self.role.value}")
        raise Refused("forbidden", f"{deed.value} needs a token with the scope {scope.value}")

    def covers(self, areas: Collection[str]) -> bool:
        """Whether one of these areas is his."""
        return not self.areas or not self.areas.isdisjoint(areas)

    def require_area(self, areas: Collection[str]) -> None:
        """Raise Refused (`area`) when none of these areas is his."""
        if not self.covers(areas):
            theirs, his = ", ".join(sorted(areas)) or "none", ", ".join(sorted(self.areas))
            raise Refused("area", f"this concerns {theirs}; {self.name} is limited to {his}")
