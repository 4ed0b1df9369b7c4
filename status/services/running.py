"""A check run at once because a person asks, from a place of his choice, with its whole trace kept."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.refused import Refused
from status.models import Actor, Check, Location
from status.services.auditing import record
from status.services.identifiers import new_uid
from status.services.instructions import instruct

RUN_CHECK: Final = "run_check"


def run_now(session: Session, check: Check, location: str, author: Actor, now: datetime, *, here: str = "") -> str:
    """Ask for a run and give the uid it is found by; `here` is where the monitor itself looks from, known or not yet.

    Raise Refused for a retired check and for no such location.
    """
    if check.retired_at is not None:
        raise Refused("retired", f"the check {check.name!r} is retired: it runs no more")
    place = session.scalar(sa.select(Location).where(Location.slug == location, Location.retired_at.is_(None)))
    if place is None and location != here:
        raise Refused("no_such_location", f"there is no location {location!r} that looks")
    uid = new_uid(now)
    data = {"check_id": check.id, "location": location, "uid": uid}
    instruct(session, author, RUN_CHECK, data, now)
    record(session, author, "check.run", f"check:{check.id}", now, after={"location": location})
    return uid
