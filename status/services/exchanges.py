"""Takes a provider's list of telephone exchanges in: new ones enter, known ones get their name and commune."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.states import PlaceKind
from status.models import Actor, Installation, Place
from status.services.auditing import record
from status.services.changing import line_up
from status.services.exchange_file import Exchange
from status.services.places import CODES_A_STATEMENT, know, read_slugs


@dataclass(frozen=True, slots=True)
class Taken:
    """What an import did, or would do: how many entered, changed, came back, and were so already."""

    added: int
    changed: int
    revived: int
    unchanged: int

    @property
    def is_empty(self) -> bool:
        """Whether nothing was different."""
        return not (self.added or self.changed or self.revived)


def take_in(session: Session, exchanges: Sequence[Exchange], author: Actor, now: datetime) -> Taken:
    """Write exchanges; one that left the list stays as it is. The second time the same list changes nothing."""
    line_up(session)
    codes = [each.code for each in exchanges]
    known = read_slugs(session, PlaceKind.EXCHANGE, codes)
    know(session, PlaceKind.EXCHANGE, codes)
    rows = _rows(session, codes)
    changed = revived = unchanged = 0
    for each in exchanges:
        row = rows[each.code]
        was_retired = row.retired_at is not None
        differs = (row.name, row.insee, row.department) != (each.name, each.insee, each.department)
        row.name, row.insee, row.department, row.retired_at = each.name, each.insee, each.department, None
        if each.code in known:
            revived += was_retired
            changed += differs and not was_retired
            unchanged += not differs and not was_retired
    session.flush()
    taken = Taken(len(exchanges) - len(known), changed, revived, unchanged)
    if not taken.is_empty:
        told = {"added": taken.added, "changed": changed, "revived": revived}
        record(session, author, "exchange.import", "exchanges", now, after=told)
        session.execute(sa.update(Installation).values(revision=Installation.revision + 1))
    return taken


def _rows(session: Session, codes: Sequence[str]) -> dict[str, Place]:
    rows: dict[str, Place] = {}
    for start in range(0, len(codes), CODES_A_STATEMENT):
        some = Place.code.in_(codes[start : start + CODES_A_STATEMENT])
        rows.update(
            {row.code: row for row in session.scalars(sa.select(Place).where(Place.kind == PlaceKind.EXCHANGE, some))}
        )
    return rows
