"""A component as the desk knows it: its verdict and why, its last looks, what it was in the last day."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from flask import Blueprint, abort

from status.domain.permissions import Deed
from status.domain.states import Verdict
from status.models import Component, VerdictInterval
from status.models.engine import reading
from status.queries.explain import explain
from status.web.desk import watching
from status.web.desk.gate import allowed, present, runtime_of_app
from status.web.desk.showing import event_page

SHOWN: Final = timedelta(hours=24)


def install(desk: Blueprint) -> None:
    """Add the view."""
    desk.add_url_rule("/components/<slug>", "component", show)


@allowed(Deed.READ)
def show(slug: str) -> str:
    """Show why a component is what it is."""
    runtime, now = runtime_of_app(), present()
    with reading(runtime.sessions) as session:
        row = session.scalar(sa.select(Component).where(Component.slug == slug))
        if row is None:
            abort(404)
        lately = sa.or_(VerdictInterval.ended_at.is_(None), VerdictInterval.ended_at > now - SHOWN)
        spans = session.scalars(
            sa.select(VerdictInterval)
            .where(VerdictInterval.component_id == row.id, VerdictInterval.superseded_by.is_(None), lately)
            .order_by(VerdictInterval.began_at.desc())
        ).all()
        found = explain(session, row.id, now)
        verdict = Verdict(found.verdict) if found.verdict else None
        return event_page(
            "desk/component.html", component=row, found=found, verdict=verdict, spans=spans, **watching.context()
        )
