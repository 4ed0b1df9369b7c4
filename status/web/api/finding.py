"""What the path names: events, checks, components. Unknown is 404; what can be no name never reaches the database."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.refused import Refused
from status.domain.states import Impact
from status.models import Account, Check, Component, Event
from status.services import accounts
from status.services.events import find
from status.web.api.problems import of_field
from status.web.api.shapes.base import SLUG

UID: Final = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
PARAMETERS: Final[Mapping[str, tuple[str, str]]] = {
    "event": (rf"^([0-9]{{1,9}}|{UID})$", "an event by its number or its uid"),
    "other": (rf"^([0-9]{{1,9}}|{UID})$", "another event by its number or its uid"),
    "check": (r"^[0-9]{1,9}$", "a check by its id"),
    "component": (SLUG, "a component by its slug"),
    "update": (r"^[0-9]{1,9}$", "an update by its id"),
    "draft": (rf"^{UID}$", "a draft by its uid"),
    "series": (rf"^{UID}$", "a series by its uid"),
    "template": (SLUG, "a template by its slug"),
    "customer": (r"^[^/\x00-\x1f\x7f]{1,120}$", "a customer by its external_ref (one without a slash) or its uid"),
    "account": (r"^[a-z0-9][a-z0-9._-]{0,79}$", "an account by its name"),
    "token": (rf"^{UID}$", "a token by its uid"),
    "subscriber": (rf"^{UID}$", "a subscriber by its uid"),
    "run": (rf"^{UID}$", "a run by its uid"),
    "month": (r"^20[0-9]{2}-(0[1-9]|1[0-2])$", "a month, like 2026-11"),
}
"""Every parameter of a path: what it may look like, and what it is."""


def require_readable(path: Mapping[str, str]) -> None:
    """Raise Refused (`no_such_…`) for a parameter that can't be the name of anything."""
    for name, text in path.items():
        pattern, meaning = PARAMETERS[name]
        if not re.fullmatch(pattern[1:-1], text, re.ASCII):
            raise Refused(f"no_such_{name}", f"there is no {name} by that name; expected {meaning}")


def event(session: Session, reference: str) -> Event:
    """Find an event by number or uid. Raise Refused (`no_such_event`)."""
    return find(session, reference)


def named_event(session: Session, reference: str, field: str) -> Event:
    """Find an event that a body names. Raise Problem (422) with the field."""
    try:
        return find(session, reference)
    except Refused as error:
        raise of_field(field, reference, "an event that is there, by its number or uid") from error


def named_account(session: Session, name: str, field: str) -> Account:
    """Find an account that a body or query names. Raise Problem (422) with the field."""
    found = accounts.by_name(session, name)
    if found is None:
        raise of_field(field, name, "the name of an account; GET /accounts lists them")
    return found


def check(session: Session, reference: str) -> Check:
    """Find a check by its id. Raise Refused (`no_such_check`)."""
    found = session.get(Check, int(reference))
    if found is None:
        raise Refused("no_such_check", f"there is no check {reference}; GET /checks lists them")
    return found


def component(session: Session, slug: str) -> Component:
    """Find a component by its slug, a retired one too. Raise Refused (`no_such_component`)."""
    found = session.scalar(sa.select(Component).where(Component.slug == slug))
    if found is None:
        raise Refused("no_such_component", f"there is no component {slug!r}; GET /components lists them")
    return found


def component_id(session: Session, slug: str) -> int:
    """Give the id of a component that a query names, a retired one too. Raise Problem (422)."""
    found = session.scalar(sa.select(Component.id).where(Component.slug == slug))
    if found is None:
        raise of_field("component", slug, "the slug of a component; GET /components lists them")
    return found


def component_ids(session: Session, slugs: Iterable[str], field: str) -> list[int]:
    """Give the ids of components in service. Raise Problem (422) with the field of the first unknown one."""
    wanted = list(slugs)
    known = sa.select(Component.slug, Component.id).where(Component.slug.in_(wanted), Component.retired_at.is_(None))
    ids: dict[str, int] = dict(session.execute(known).all())
    for slug in wanted:
        if slug not in ids:
            raise of_field(field, slug, "the slug of a component in service; GET /components lists them")
    return [ids[slug] for slug in wanted]


def impacts(session: Session, given: Mapping[str, Impact]) -> dict[int, Impact]:
    """Give impacts by component id. Raise Problem (422) naming an unknown component."""
    ids = component_ids(session, given, "impacts")
    return dict(zip(ids, given.values(), strict=True))
