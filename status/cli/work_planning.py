"""What planning a work on the command line takes: its options, and the works in its way told before it is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import click

from status.cli.posting import IMPACTS, Deed, by_language, components_option, worded
from status.cli.work_words import with_file, words_option
from status.domain.refused import Refused
from status.domain.states import EventType, Impact
from status.domain.written import FARTHEST
from status.models import WorkSeries
from status.queries.overlaps import Overlap, Way, cut_both, overlaps, own_pairs
from status.queries.series import next_start, starts_of
from status.runtime import Runtime
from status.services import series, works

TIME: Final = "A time: '14:05', '2026-11-22 14:05' (the site's zone), '+45m'."
ANYWAY: Final = "Plan it although both paths of a redundant pair would be cut."
AHEAD: Final = timedelta(days=92)
"""A series is compared with other works so far ahead."""

TOLD: Final = 10
"""So many works in the way are told one by one."""

_WAYS: Final = {
    Way.SAME: "both on {component}",
    Way.ABOVE: "{other} is above {component}",
    Way.BELOW: "{other} is below {component}",
    Way.OTHER_PATH: "{theirs} is the other path of {ours}",
}

anyway_option = click.option("--anyway", is_flag=True, help=ANYWAY)


def planning(command: Any) -> Any:
    """Add the options of a work to be planned."""
    for option in (
        anyway_option,
        words_option,
        worded("text", "What customers should know"),
        worded("title", "The title"),
        click.option("--end", required=True, help=TIME),
        click.option("--start", required=True, help=TIME),
        click.option("--impact", type=IMPACTS, default="interruption", show_default=True,
                     help="What customers will feel."),
        click.option("--type", "type_", type=click.Choice(["maintenance", "upgrade"]), default="maintenance",
                     show_default=True),
        components_option,
    ):  # fmt: skip
        command = option(command)
    return command


def plan_of(doing: Deed, options: Mapping[str, Any]) -> works.Plan:
    """Read what is to be planned."""
    start, end = doing.time(options["start"]), doing.time(options["end"])
    assert start is not None
    assert end is not None
    words = {kind: doing.words(by_language(kind, options)) for kind in ("title", "text")}
    return works.Plan(
        type=EventType(options["type_"]),
        impacts=doing.impacts(options["components"], options["impact"]),
        title=with_file("title", options["words"], words["title"]),
        texts=with_file("text", options["words"], words["text"]),
        start_at=start,
        end_at=end,
        draft=bool(options.get("draft")),
    )


def begin_series(doing: Deed, options: Mapping[str, Any]) -> None:
    """Begin works that come again, and tell the next starts."""
    plan, zone = plan_of(doing, options), doing.runtime.settings.site.timezone
    starts = plan.start_at.astimezone(ZoneInfo(zone)).replace(second=0, microsecond=0, tzinfo=None)
    what = series.Series(
        rule=options["every"], zone=zone, starts=starts, lasts=plan.end_at - plan.start_at, type=plan.type,
        title=plan.title, texts=plan.texts, impacts=plan.impacts,
    )  # fmt: skip
    row = series.begin(doing.session, what, doing.author, doing.now)
    coming = starts_of(row, doing.now, doing.now + AHEAD)
    found = [
        each
        for start in coming
        for each in overlaps(doing.session, plan.impacts, start, start + what.lasts, but=row.uid)
    ]
    warn(doing, plan.impacts, found, anyway=options["anyway"])
    doing.said.append(series_told(doing.runtime, row, doing.now))


def series_told(runtime: Runtime, row: WorkSeries, now: datetime) -> tuple[str, dict[str, object]]:
    """Tell of a series: a line for people, the same for scripts."""
    title = next(iter(row.data["title"].values()), "")
    start = next_start(row, now, now + FARTHEST)
    soon = "ended" if row.ended_at else f"next {_local(runtime, start)}" if start else "no more to come"
    data: dict[str, object] = {
        "uid": row.uid, "rule": row.rule, "zone": row.zone, "starts": row.starts, "lasts_s": row.lasts_s, **row.data,
        "next_start_at": start.isoformat() if start else None,
        "ended_at": row.ended_at.isoformat() if row.ended_at else None,
    }  # fmt: skip
    return f"{row.uid}  {row.rule}  {soon}  {title}", data


def warn_of_times(
    doing: Deed, impacts: Mapping[int, Impact], times: tuple[datetime, datetime], *, anyway: bool, but: str | None
) -> None:
    """Tell on standard error which works are in the way; raise Refused where both paths of a pair would be cut."""
    warn(doing, impacts, overlaps(doing.session, impacts, *times, but=but), anyway=anyway)


def warn(doing: Deed, impacts: Mapping[int, Impact], found: Sequence[Overlap], *, anyway: bool) -> None:
    """Tell what is in the way; raise Refused, unless `anyway`, where both paths of a pair would be cut."""
    for row in found[:TOLD]:
        click.echo(f"warning: {_said(doing, row)}", err=True)
    if len(found) > TOLD:
        click.echo(f"warning: {len(found) - TOLD} more works are in the way", err=True)
    pairs = own_pairs(doing.session, impacts)
    for ours, theirs in pairs:
        click.echo(f"warning: {ours} and {theirs} are the two paths of a pair, and this work cuts both", err=True)
    if (pairs or cut_both(found, impacts)) and not anyway:
        raise Refused("both_paths", "both paths of a redundant pair would be cut: choose another time, or add --anyway")


def _said(doing: Deed, row: Overlap) -> str:
    name = f"FS#{row.n}" if row.n else f"work {row.uid}" if row.uid else f"series {row.series_uid}"
    ours, theirs = row.pair or ("", "")
    why = _WAYS[row.way].format(component=row.component, other=row.other, ours=ours, theirs=theirs)
    title = next(iter(row.title.values()), "")
    return f"{name} ({title}) from {_local(doing.runtime, row.start_at)} to {_local(doing.runtime, row.end_at)}: {why}"


def _local(runtime: Runtime, at: datetime) -> str:
    return f"{at.astimezone(ZoneInfo(runtime.settings.site.timezone)):%Y-%m-%d %H:%M}"
