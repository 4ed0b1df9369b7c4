"""The desk's first page: what is bad now, then what waits for somebody, then what comes. Quiet, it is nearly empty."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from flask import Blueprint
from sqlalchemy.orm import Session

from status.config.outgoing import snare
from status.domain.permissions import Deed
from status.models import Installation
from status.models.engine import reading
from status.queries import deliveries, desk_looks, desk_overview, series, works
from status.queries.desk_disagreements import disagreements
from status.queries.desk_supervision import is_late
from status.queries.holds import held_at
from status.queries.locations import grid, places
from status.queries.nags import nags, without_promise
from status.services import drafts
from status.services.reloading import last_config
from status.web.desk import watching
from status.web.desk.gate import allowed, present, runtime_of_app
from status.web.desk.showing import event_page

MOST: Final = 40
"""Rows of one list; the rest are counted."""


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
        verified_at = row.verified_at if row else None
        here = places(session, settings.monitor.location, now, settings.self_test.silent_after_s)
        return event_page(
            "desk/overview.html", now=now, verified_at=verified_at, stands_still=is_late(verified_at, now), most=MOST,
            publish_after=timedelta(seconds=settings.publication.draft_publish_after_s),
            untested=not settings.self_test.reference and settings.demo is None, config=last_config(session),
            snare=snare(settings),
            places=here, aside={place.slug for place in here if place.set_aside_at},
            **watching.context(), **_waiting(session, now, settings.site.timezone),
            **_watched(session, settings.monitor.location, now),
        )  # fmt: skip


def _waiting(session: Session, now: datetime, zone: str) -> Mapping[str, object]:
    """Give what waits for somebody, and what comes today and tomorrow."""
    until = _end_of_tomorrow(now, zone)
    return {
        "nags": nags(session, now), "silent": without_promise(session), "unconfirmed": works.unconfirmed(session, now),
        "found": desk_overview.drafts_of_the_robot(session), "updates": drafts.waiting(session),
        "open_events": desk_overview.open_events(session), "works": works.coming(session, now, until),
        "again": series.coming(session, now, until), "disagreements": disagreements(session, now),
        "undelivered": deliveries.trouble(session, now),
    }  # fmt: skip


def _end_of_tomorrow(now: datetime, zone: str) -> datetime:
    """Give the last second of tomorrow, by the site's clock."""
    there = ZoneInfo(zone)
    midnight = datetime.combine(now.astimezone(there).date() + timedelta(days=2), time(), there)
    return midnight.astimezone(UTC) - timedelta(seconds=1)


def _watched(session: Session, here: str, now: datetime) -> Mapping[str, object]:
    """Give what supervision sees."""
    looks, amiss = desk_looks.last_of_all(session), desk_overview.amiss(session)
    return {
        "amiss": amiss, "folds": desk_overview.fold(amiss),
        "seen": desk_looks.by_place(looks, grid(session, here), now), "quiet": desk_looks.quiet(looks, now),
        "holds": held_at(session, now),
    }  # fmt: skip
