"""Which components do not work just now, of those that ways out ride on."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.states import Verdict
from status.models import Component, VerdictInterval


def not_operational(session: Session, slugs: Collection[str]) -> frozenset[str]:
    """Give those of these components whose verdict is another than operational; one never watched is taken for well."""
    verdict = VerdictInterval
    rows = session.scalars(
        sa.select(Component.slug)
        .join(verdict, verdict.component_id == Component.id)
        .where(Component.slug.in_(slugs), verdict.ended_at.is_(None), verdict.superseded_by.is_(None))
        .where(verdict.verdict != Verdict.OPERATIONAL)
    )
    return frozenset(rows)
