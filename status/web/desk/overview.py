"""The desk's first page: what is bad now, then what waits for somebody, then what comes. Quiet, it is nearly empty."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Blueprint
from sqlalchemy.orm import Session

from status.domain.permissions import Deed
from status.models import Installation
from status.models.engine import reading
from status.queries import desk_overview, series, works
from status.queries.holds import held_at
from status.queries.locations import places
from status.queries.nags import nags, without_promise
from status.services import drafts
from status.web.desk import watching
from status.web.desk.gate import allowed, present, runtime_of_app
from status.web.desk.showing import event_page

AHEAD = timedelta(days=2)
"""Works of today and tomorrow."""


def install(desk: Blueprint) -> None:
    """Add the view."""
    desk.add_url_rule("", "overview", show)


@allowed(Deed.READ)
def show() -> str:
    """Show what an engineer must know first."""
    runtime, now = runtime_of_app(), present()
    settings = runtime.settings
    with reading(runtime.sessions) as session:
        row = session.get(Installation, 1)
        return event_page(
            "desk/overview.html", now=now, verified_at=row.verified_at if row else None,
            publish_after=timedelta(seconds=settings.publication.draft_publish_after_s),
            untested=not settings.self_test.reference and settings.demo is None,
            places=places(session, settings.monitor.location, now, settings.self_test.silent_after_s),
            **watching.context(), **_waiting(session, now), **_watched(session, now),
        )  # fmt: skip


def _waiting(session: Session, now: datetime) -> dict[str, object]:
    """Give what waits for somebody, and what comes."""
    return {
        "nags": nags(session, now), "silent": without_promise(session), "unconfirmed": works.unconfirmed(session, now),
        "found": desk_overview.drafts_of_the_robot(session), "updates": drafts.waiting(session),
        "open_events": desk_overview.open_events(session), "works": works.coming(session, now, now + AHEAD),
        "again": series.coming(session, now, now + AHEAD),
    }  # fmt: skip


def _watched(session: Session, now: datetime) -> dict[str, object]:
    """Give what supervision says."""
    return {
        "amiss": desk_overview.amiss(session), "disagreements": desk_overview.disagreements(session, now),
        "holds": held_at(session, now), "quiet": desk_overview.quiet_checks(session, now),
        "signs": desk_overview.life_signs(session),
    }  # fmt: skip
