"""Components: the tree with what was detected and what the public reads; a month of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.audience import INTERNAL, PUBLIC
from status.domain.permissions import Deed
from status.domain.states import PublicState
from status.models import Check, Component, VerdictInterval
from status.queries.history import read_availability
from status.queries.tree import Tree, read_tree
from status.web.api.paging import page_of
from status.web.api.problems import of_field
from status.web.api.route import Call, Route, Told
from status.web.api.shapes.base import PageQuery
from status.web.api.shapes.catalogue import (
    AvailabilityAnswer,
    AvailabilityQuery,
    ComponentAnswer,
    ComponentPage,
    DayAnswer,
)


@dataclass(frozen=True, slots=True)
class _Known:
    """What every component's answer is made from."""

    rows: Mapping[int, Component]
    desk: Tree
    public: Tree
    verdicts: Mapping[int, VerdictInterval]
    checks: Mapping[int, list[int]]


def _known(session: Session) -> _Known:
    checks: dict[int, list[int]] = {}
    for check_id, component_id in session.execute(
        sa.select(Check.id, Check.component_id).where(Check.retired_at.is_(None)).order_by(Check.id)
    ):
        checks.setdefault(component_id, []).append(check_id)
    present = sa.select(VerdictInterval).where(
        VerdictInterval.ended_at.is_(None), VerdictInterval.superseded_by.is_(None)
    )
    return _Known(
        {row.id: row for row in session.scalars(sa.select(Component))}, read_tree(session, INTERNAL),
        read_tree(session, PUBLIC), {row.component_id: row for row in session.scalars(present)}, checks,
    )  # fmt: skip


def _answer(known: _Known, component_id: int) -> ComponentAnswer:
    row, place = known.rows[component_id], known.desk.places.by_id[component_id]
    desk, public, verdict = (
        known.desk.by_id.get(row.id),
        known.public.by_id.get(row.id),
        known.verdicts.get(row.id),
    )
    parent = known.desk.places.by_id[place.parent_id].slug if place.parent_id is not None else None
    return ComponentAnswer(
        slug=row.slug, parent=parent, area=place.area, name=row.name, description=row.description,
        children=[child.slug for child in known.desk.places.children.get(row.id, ())], visibility=row.visibility,
        verdict=verdict.verdict if verdict else None, verdict_reason=verdict.reason if verdict else "",
        verdict_since=verdict.began_at if verdict else None, own_state=desk.facts.own if desk else None,
        state=desk.state if desk else None, public_state=public.state if public else None,
        public_since=public.since if public else None, resources=row.resources, departments=row.departments,
        exchanges=row.exchanges, operators=row.operators, depends_on=row.depends_on,
        redundant_with=row.redundant_with, checks=known.checks.get(row.id, []), retired_at=row.retired_at,
    )  # fmt: skip


def _list(call: Call) -> Told:
    known = _known(call.session)
    places = known.desk.places
    order = [place for area in places.areas for place in (area, *places.below(area))]
    page, more = page_of(order, lambda place: place.slug, call.asked(PageQuery))
    return Told(ComponentPage(items=[_answer(known, place.id) for place in page], next=more))


def _one(call: Call) -> Told:
    return Told(_answer(_known(call.session), call.component().id))


def _month(call: Call) -> Told:
    component, month = call.component(), call.asked(AvailabilityQuery).month
    zone_name = call.runtime.settings.site.timezone
    begins, ends = _span(month, ZoneInfo(zone_name))
    if begins > call.now:
        raise of_field("month", month, "a month that has begun")
    places = read_tree(call.session, INTERNAL).places
    place = places.by_id[component.id]
    # The bar's ninety days end with the month's last, so that they hold all of it.
    until = min(call.now, ends - timedelta(microseconds=1))
    bar = read_availability(call.session, places, [place], until, ZoneInfo(zone_name))[component.id]
    days = [day for day in bar.days if f"{day.on:%Y-%m}" == month]
    seconds = {state: sum(day.seconds_of(state) for day in days) for state in PublicState}
    up = seconds[PublicState.OPERATIONAL] + seconds[PublicState.DEGRADED]
    counted = up + seconds[PublicState.DOWN]
    return Told(
        AvailabilityAnswer(
            component=component.slug, month=month, zone=zone_name, ratio=up / counted if counted else None,
            outages=sum(day.outages for day in days), seconds=seconds,
            days=[DayAnswer(on=day.on, seconds=dict(day.seconds), outages=day.outages) for day in days],
        )
    )  # fmt: skip


def _span(month: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    first = datetime.strptime(month, "%Y-%m").replace(tzinfo=zone)
    following = (first + timedelta(days=32)).replace(day=1)
    return first.astimezone(UTC), following.astimezone(UTC)


ROUTES: Final = (
    Route("GET", "/components", "list-components", Deed.READ, _list, "The tree of components, each after its parent",
          ComponentPage, query=PageQuery),
    Route("GET", "/components/{component}", "get-component", Deed.READ, _one, "One component", ComponentAnswer),
    Route("GET", "/components/{component}/availability", "get-availability", Deed.READ, _month,
          "A component's month, day by day", AvailabilityAnswer, query=AvailabilityQuery),
)  # fmt: skip
