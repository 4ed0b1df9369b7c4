"""Works that come again: begun, changed, ended by people; each occurrence becomes an event some days before it.

    begin ─▶ work_series row ─▶ (decider, once a minute) make_due ─▶ event: confirmed, numbered, one post

An occurrence is made once: the row remembers up to where, and the database has one event for each series and start.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.recurrence import occurrences
from status.domain.refused import Refused
from status.domain.rrule import read_rule
from status.domain.states import COMING_WORK_STATES, EventState, EventType, Impact, Origin
from status.domain.written import FARTHEST, clean_text, clean_title, in_utc
from status.models import Actor, Component, Event, WorkSeries
from status.services import works
from status.services.actors import robot
from status.services.auditing import record
from status.services.changing import change as change_event
from status.services.changing import line_up
from status.services.events import Draft, Impacts, Post, create, default_title, post, touch
from status.services.identifiers import new_uid
from status.services.instructions import instruct
from status.services.publishing import may_be_shown, publish_event, raise_revision
from status.services.updating import check_words
from status.wording.works import series_ended

log = logging.getLogger(__name__)

SERIES_CHANGED: Final = "series_changed"
SHORTEST: Final = timedelta(minutes=1)
LONGEST: Final = timedelta(days=31)
COMPARED: Final = 60
"""So many occurrences are looked at for one that would begin before the one before it has ended."""


@dataclass(frozen=True, slots=True)
class Series:
    """Works that come again: an RRULE of local time in `zone`, from `starts` on (naive, local), each `lasts` long.

    `type` is maintenance or upgrade; the impacts are the expected ones, by component id.
    """

    rule: str
    zone: str
    starts: datetime
    lasts: timedelta
    type: EventType
    title: Mapping[str, str]
    texts: Mapping[str, str] = field(default_factory=dict)
    impacts: Impacts = field(default_factory=dict)


def find(session: Session, uid: str) -> WorkSeries:
    """Find a series by its uid; raise Refused when there is none."""
    found = session.get(WorkSeries, uid.strip().lower()) if uid.isascii() else None
    if found is None:
        raise Refused("no_such_series", f"there is no series {uid!r}; `travaux work series list` lists them")
    return found


def what_of(series: WorkSeries) -> Series:
    """Give what a row says, as a value."""
    data = series.data
    return Series(
        rule=series.rule, zone=series.zone, starts=datetime.fromisoformat(series.starts),
        lasts=timedelta(seconds=series.lasts_s), type=EventType(data["type"]), title=data["title"], texts=data["texts"],
        impacts={int(component_id): Impact(impact) for component_id, impact in data["impacts"].items()},
    )  # fmt: skip


def begin(session: Session, series: Series, author: Actor, now: datetime) -> WorkSeries:
    """Begin works that come again; the decider announces each. Raise Refused for what cannot be, or never comes."""
    line_up(session)
    row = WorkSeries(
        uid=new_uid(now), author_id=author.id, created_at=now, made_until=None, ended_at=None, version=1,
        **_values(session, series, now),
    )  # fmt: skip
    session.add(row)
    session.flush()
    _tell(session, row, author, "begin", now)
    return row


def change(
    session: Session, series: WorkSeries, what: Series, author: Actor, now: datetime, *, version: int | None = None
) -> WorkSeries:
    """Change the occurrences that are not announced yet: those after the last announced one.

    `version` is the one he looked at (None: he did not say). Raise Refused as `begin` does, and for one that has ended.
    """
    line_up(session)
    _require_going(session, series)
    if version is not None and series.version != version:
        raise Refused("conflict", "the series was changed by somebody else meanwhile: look at it again, then repeat")
    for name, value in _values(session, what, now).items():
        setattr(series, name, value)
    series.version += 1
    session.flush()
    _tell(session, series, author, "change", now)
    return series


def end(
    session: Session, series: WorkSeries, author: Actor, now: datetime, *, texts: Mapping[str, str] | None = None
) -> Sequence[Event]:
    """Let works come no more; give the announced ones this cancels, each with a post. One that runs goes on."""
    line_up(session)
    _require_going(session, series)
    words = {**series_ended(), **{language: text for language, text in (texts or {}).items() if text}}
    coming = sa.select(Event).where(Event.series_uid == series.uid, Event.state.in_(COMING_WORK_STATES))
    cancelled = session.scalars(coming.order_by(Event.planned_start_at)).all()
    for event in cancelled:
        works.cancel(session, event, words, author, now)
    series.ended_at = now
    series.version += 1
    session.flush()
    _tell(session, series, author, "end", now)
    return cancelled


def make_due(session: Session, now: datetime, ahead: timedelta) -> int:
    """Announce the occurrences that start within `ahead`; give how many. The decider calls it, again and again.

    One that is over already (nobody was there to announce it) is passed over.
    """
    going = sa.select(WorkSeries).where(WorkSeries.ended_at.is_(None)).order_by(WorkSeries.created_at, WorkSeries.uid)
    made = 0
    for series in session.scalars(going).all():
        try:
            if due(series, now + ahead):
                line_up(session)
                session.refresh(series)
                with session.begin_nested():
                    made += _make_all(session, series, now, ahead)
        except Refused as error:  # supervision goes on, whatever a series asks for
            log.error("occurrence_refused", extra={"series": series.uid, "reason": error.message})  # noqa: TRY400
    return made


def _make_all(session: Session, series: WorkSeries, now: datetime, ahead: timedelta) -> int:
    starts = due(series, now + ahead) if series.ended_at is None else ()
    what = _in_service(session, what_of(series))
    coming = [start for start in starts if start + what.lasts > now and not _is_made(session, series, start)]
    for start in coming if what.impacts else ():
        _make(session, series, what, start, now)
    if coming and not what.impacts:
        log.warning("series_without_component", extra={"series": series.uid})
    if starts:
        series.made_until = starts[-1]
        session.flush()
    return len(coming) if what.impacts else 0


def due(series: WorkSeries, until: datetime) -> tuple[datetime, ...]:
    """Give the starts up to then that have no event yet, in UTC."""
    after = series.made_until or series.created_at
    return occurrences(read_rule(series.rule), datetime.fromisoformat(series.starts), series.zone, after, until)


def _make(session: Session, series: WorkSeries, what: Series, start: datetime, now: datetime) -> Event:
    author = robot(session)
    draft = Draft(
        type=what.type, state=EventState.CONFIRMED, origin=Origin.PERSON,
        title=what.title or default_title(session, what.impacts), planned_start_at=start,
        planned_end_at=start + what.lasts,
    )  # fmt: skip
    event = create(session, draft, author, now)
    change_event(session, event, {"series": series.rule, "series_uid": series.uid, "occurrence_at": start}, author)
    touch(session, event, what.impacts, author, now)
    post(session, event, Post("plan", what.texts), author, now)
    if may_be_shown(session, event):
        publish_event(session, event, now)
    else:
        raise_revision(session)
    return event


def _in_service(session: Session, what: Series) -> Series:
    """Leave out components that were retired since, or never were."""
    standing = set(
        session.scalars(sa.select(Component.id).where(Component.id.in_(what.impacts), Component.retired_at.is_(None)))
    )
    return replace(what, impacts={key: impact for key, impact in what.impacts.items() if key in standing})


def _is_made(session: Session, series: WorkSeries, start: datetime) -> bool:
    same = sa.select(Event.uid).where(Event.series_uid == series.uid, Event.occurrence_at == start)
    return session.scalar(same) is not None


def _require_going(session: Session, series: WorkSeries) -> None:
    session.refresh(series)
    if series.ended_at is not None:
        raise Refused("ended", f"these works came to an end at {in_utc(series.ended_at)}")


def _values(session: Session, series: Series, now: datetime) -> dict[str, Any]:
    """Give the row's values; raise Refused for what cannot be."""
    if not series.type.is_work:
        raise Refused("not_a_work", f"a work is a maintenance or an upgrade, not an {series.type.value}")
    if not SHORTEST <= series.lasts <= LONGEST:
        raise Refused("lasts", f"each work would last {series.lasts}, expected 1 minute to 31 days")
    check_words(series.title, series.texts)
    title = {language: said for language, text in series.title.items() if (said := clean_title(text))}
    if not title:
        raise Refused("no_title", "the title is empty: say what is touched and what happens")
    if not _in_service(session, series).impacts:
        raise Refused("no_component", "a work touches something: name at least one component that is in service")
    rule = read_rule(series.rule)
    _require_coming(series, now)
    data = {
        "type": series.type.value, "title": title,
        "texts": {language: said for language, text in series.texts.items() if (said := clean_text(text))},
        "impacts": {str(component_id): impact.value for component_id, impact in series.impacts.items()},
    }  # fmt: skip
    return {
        "rule": rule.text, "zone": series.zone, "starts": series.starts.isoformat(timespec="minutes"),
        "lasts_s": round(series.lasts.total_seconds()), "data": data,
    }  # fmt: skip


def _require_coming(series: Series, now: datetime) -> None:
    """Raise Refused when none comes within ten years, or one begins before the one before it has ended."""
    if series.starts.tzinfo is not None or abs(series.starts - now.replace(tzinfo=None)) > FARTHEST:
        raise Refused("not_a_time", "the first start is a local time without zone, at most ten years away")
    try:
        ZoneInfo(series.zone)
    except (LookupError, ValueError, OSError) as error:
        raise Refused("zone", f"there is no time zone {series.zone!r}; expected one like Europe/Paris") from error
    starts = occurrences(read_rule(series.rule), series.starts, series.zone, now, now + FARTHEST)
    if not starts:
        raise Refused("never", f"{series.rule!r} from {series.starts} on gives no start within ten years")
    for before, after in pairwise(starts[:COMPARED]):
        if after - before < series.lasts:
            message = f"the work at {in_utc(before)} would not be over when the one at {in_utc(after)} begins"
            raise Refused("overlaps_itself", f"{message}: let it last less, or come less often")


def _tell(session: Session, series: WorkSeries, author: Actor, deed: str, now: datetime) -> None:
    told = {"rule": series.rule, "starts": series.starts, "lasts_s": series.lasts_s, "version": series.version}
    record(session, author, f"series.{deed}", f"series:{series.uid}", now, after=told)
    instruct(session, author, SERIES_CHANGED, {"series_uid": series.uid, "deed": deed}, now)
