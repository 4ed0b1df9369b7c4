"""Works that come again, and what is in the way of a work."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.permissions import Deed
from status.domain.states import EventType
from status.models import Component, WorkSeries
from status.queries.overlaps import Overlap, overlaps
from status.queries.series import going, next_start
from status.services import series
from status.web.api import finding
from status.web.api.paging import page_of
from status.web.api.problems import of_field
from status.web.api.route import PREFIX, Call, Route, Told
from status.web.api.shapes.base import PageQuery
from status.web.api.shapes.events import Saying
from status.web.api.shapes.works import (
    Beginning,
    OverlapAnswer,
    OverlapsAnswer,
    OverlapsQuery,
    SeriesAnswer,
    SeriesPage,
)

LONGEST: Final = timedelta(days=62)
AHEAD: Final = timedelta(days=366)


def _overlaps(call: Call) -> Told:
    query = call.asked(OverlapsQuery)
    if not query.start_at < query.end_at <= query.start_at + LONGEST:
        raise of_field("end_at", query.end_at.isoformat(), f"a time after start_at, within {LONGEST.days} days")
    ids = finding.component_ids(call.session, query.components.split(","), "components")
    found = overlaps(call.session, ids, query.start_at, query.end_at, but=query.without)
    return Told(OverlapsAnswer(items=[_overlap(each) for each in found]))


def _overlap(each: Overlap) -> OverlapAnswer:
    return OverlapAnswer(
        uid=each.uid, n=each.n, series_uid=each.series_uid, title=dict(each.title), state=each.state,
        start_at=each.start_at, end_at=each.end_at, component=each.component, other=each.other, impact=each.impact,
        way=each.way, pair=list(each.pair) if each.pair else None,
    )  # fmt: skip


def _list(call: Call) -> Told:
    page, more = page_of(going(call.session, ended=True), lambda row: row.uid, call.asked(PageQuery))
    return Told(SeriesPage(items=[_answer(call.session, row, call.now) for row in page], next=more))


def _one(call: Call) -> Told:
    return Told(_answer(call.session, _named(call), call.now))


def _begin(call: Call) -> Told:
    body = call.given(Beginning)
    impacts = finding.impacts(call.session, body.impacts)
    call.may_state(list(impacts))
    what = series.Series(
        rule=body.rule, zone=call.runtime.settings.site.timezone, starts=datetime.fromisoformat(body.starts),
        lasts=timedelta(seconds=body.lasts_s), type=EventType(body.type), title=body.title, texts=body.texts,
        impacts=impacts,
    )  # fmt: skip
    row = series.begin(call.session, what, call.by, call.now)
    return Told(_answer(call.session, row, call.now), location=f"{PREFIX}/series/{row.uid}")


def _end(call: Call) -> Told:
    row = _named(call)
    call.may_state(list(series.what_of(row).impacts))
    series.end(call.session, row, call.by, call.now, texts=call.given(Saying).texts)
    return Told(_answer(call.session, row, call.now))


def _named(call: Call) -> WorkSeries:
    return series.find(call.session, call.path["series"])


def _answer(session: Session, row: WorkSeries, now: datetime) -> SeriesAnswer:
    what = series.what_of(row)
    slugs = sa.select(Component.id, Component.slug).where(Component.id.in_(what.impacts))
    named: dict[int, str] = dict(session.execute(slugs).all())
    return SeriesAnswer(
        uid=row.uid, rule=row.rule, zone=row.zone, starts=row.starts, lasts_s=row.lasts_s, type=what.type,
        title=dict(what.title), texts=dict(what.texts),
        impacts={named[id_]: impact for id_, impact in what.impacts.items()},
        next_at=next_start(row, now, now + AHEAD), created_at=row.created_at, ended_at=row.ended_at,
        version=row.version,
    )  # fmt: skip


ROUTES: Final = (
    Route("GET", "/works/overlaps", "list-overlaps", Deed.READ, _overlaps,
          "Works at that time on these components, above or below them, or on the other path of a pair",
          OverlapsAnswer, query=OverlapsQuery),
    Route("GET", "/series", "list-series", Deed.READ, _list, "Works that come again, the youngest first", SeriesPage,
          query=PageQuery),
    Route("POST", "/series", "begin-series", Deed.PLAN, _begin, "Let works come again", SeriesAnswer, Beginning,
          status=201),
    Route("GET", "/series/{series}", "get-series", Deed.READ, _one, "One series", SeriesAnswer),
    Route("POST", "/series/{series}/end", "end-series", Deed.PLAN, _end,
          "Let works come no more; announced ones are cancelled", SeriesAnswer, Saying),
)  # fmt: skip
