"""`travaux --server … incident …`."""

from __future__ import annotations

import json
from typing import Any, Final

import click

from status.cli.posting import cleared
from status.cli.remote.far import Far, Options, Way, event_segment, name_of, without_nothing
from status.domain.states import OPEN_INCIDENT_STATES

OPEN: Final = frozenset(state.value for state in OPEN_INCIDENT_STATES)
NEWEST: Final = 100


def _open(far: Far, options: Options) -> None:
    body = {
        "impacts": far.impacts(options["components"], options["impact"]),
        "title": far.words(options, "title"), "texts": far.words(options, "text"), "state": options["state"],
        "severity": options["severity"], "happened_at": far.time(options["happened_at"]),
        "expected_end_at": far.time(options["expected_end"]), "next_update_at": far.time(options["next_update"]),
        "draft": options["draft"] or None,
    }  # fmt: skip
    far.told.append(far.server.post("/events", {"impacts": {}, **without_nothing(body)}).data)


def _update(far: Far, options: Options) -> None:
    path, version = f"/events/{event_segment(options['event'])}", options["version"]
    match = f'"{version}"' if version is not None else "*"
    default = options["impact"] or (far.event(options["event"])["impact"] if options["components"] else None)
    body = without_nothing({
        "texts": far.words(options, "text"), "title": far.words(options, "title"), "state": options["state"],
        "impact": options["impact"], "impacts": far.impacts(options["components"], default),
        "next_update_at": far.time(options["next_update"]), "expected_end_at": far.time(options["expected_end"]),
        "happened_at": far.time(options["happened_at"]), "progress": options["progress"],
    })  # fmt: skip
    body |= dict.fromkeys(cleared(options))
    if body or not (options["publish"] or options["handback"]):
        match = far.server.post(f"{path}/updates", body, match=match).etag or match
    for wanted, step in ((options["publish"], "publish"), (options["handback"], "hand-back")):
        if wanted:
            match = far.server.post(f"{path}/{step}", match=match).etag or match
    far.told.append(far.event(options["event"]))


def _close(far: Far, options: Options) -> None:
    body = without_nothing({"texts": far.words(options, "text"), "ended_at": far.time(options["ended_at"])})
    far.step(f"/events/{event_segment(options['event'])}/close", body, options["version"])


def _withdraw(far: Far, options: Options) -> None:
    far.step(f"/events/{event_segment(options['event'])}/withdraw", {"reason": far.words(options, "text")})


def _reopen(far: Far, options: Options) -> None:
    far.step(f"/events/{event_segment(options['event'])}/reopen", {"texts": far.words(options, "text")})


def _bare(step: str) -> Way:
    """Give the way of a step that says nothing."""

    def way(far: Far, options: Options) -> None:
        far.step(f"/events/{event_segment(options['event'])}/{step}")

    return way


def _merge(far: Far, options: Options) -> None:
    events = [event_segment(event) for event in options["events"]]
    body = without_nothing({"events": events, "texts": far.words(options, "text")})
    far.step(f"/events/{event_segment(options['into'])}/merge", body, options["version"])


def _split(far: Far, options: Options) -> None:
    words = {"title": far.words(options, "title"), "texts": far.words(options, "text")}
    body = {"components": list(options["components"]), **without_nothing(words)}
    far.step(f"/events/{event_segment(options['event'])}/split", body, options["version"])


def _list(far: Far, options: Options) -> None:
    print_list(far, far.server.all_of("/events", type="incident"), OPEN, every=options["every"])


def print_list(far: Far, events: list[Any], open_: frozenset[str], *, every: bool) -> None:
    """Print the newest events, one a line; the open ones alone unless `every`."""
    shown = [event for event in events if every or event["state"] in open_][:NEWEST]
    if far.as_json:
        known = [{**event, "url": far.page_of(event)} for event in shown]
        click.echo(json.dumps(known, ensure_ascii=False, indent=2))
        return
    for event in shown:
        click.echo(f"{name_of(event):14}  {event['state']:13}  {event['impact']:12}  {far.title_of(event)}")
    if not shown:
        click.echo("none")


def show(far: Far, options: Options) -> None:
    """Print an event with its components and all its updates."""
    event = far.event(options["event"])
    updates = far.server.all_of(f"/events/{event['uid']}/updates")
    if far.as_json:
        click.echo(json.dumps({**event, "url": far.page_of(event), "updates": updates}, ensure_ascii=False, indent=2))
        return
    click.echo(
        f"{name_of(event)}  {event['type']}, {event['state']}, {event['publication']}  {far.page_of(event) or ''}"
    )
    click.echo(far.title_of(event))
    for row in event["components"]:
        click.echo(f"  {row['path']}: {row['impact']}{' (left)' if row['left_at'] else ''}")
    for row in updates:
        click.echo(f"{row['k'] or '-':>3}  {row['written_at']}  {row['action']}, {row['state']}, by {row['author']}")
        for language, words in row["texts"].items():
            if words["text"]:
                click.echo(f"  [{language}] {words['text']}")


WAYS: Final[dict[str, Way]] = {
    "open": _open, "update": _update, "close": _close, "withdraw": _withdraw, "reopen": _reopen,
    "take": _bare("take"), "handback": _bare("hand-back"), "merge": _merge, "split": _split, "list": _list,
    "show": show,
}  # fmt: skip
