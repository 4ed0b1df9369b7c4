"""`travaux --server … work …`."""

from __future__ import annotations

from typing import Final

from status.cli.remote.far import Far, Options, Way, event_segment, without_nothing
from status.cli.remote.incidents import print_list, show
from status.domain.states import COMING_WORK_STATES, RUNNING_WORK_STATES

OPEN: Final = frozenset(state.value for state in (*COMING_WORK_STATES, *RUNNING_WORK_STATES))


def _plan(far: Far, options: Options) -> None:
    body = {
        "type": options["type_"], "impacts": far.impacts(options["components"], options["impact"]),
        "title": far.words(options, "title"), "texts": far.words(options, "text"),
        "start_at": far.time(options["start"]), "end_at": far.time(options["end"]), "draft": options["draft"],
    }  # fmt: skip
    far.told.append(far.server.post("/works", body).data)


def _saying(step: str) -> Way:
    """Give the way of a step that may say something."""

    def way(far: Far, options: Options) -> None:
        far.step(f"/works/{event_segment(options['event'])}/{step}", {"texts": far.words(options, "text")})

    return way


def _finish(far: Far, options: Options) -> None:
    _saying("roll-back" if options["rolled_back"] else "finish")(far, options)


def _move(far: Far, options: Options) -> None:
    times = {"start_at": far.time(options["start"]), "end_at": far.time(options["end"])}
    body = without_nothing({**times, "texts": far.words(options, "text")})
    far.step(f"/works/{event_segment(options['event'])}/times", body)


def _list(far: Far, options: Options) -> None:
    works = [*far.server.all_of("/events", type="maintenance"), *far.server.all_of("/events", type="upgrade")]
    works.sort(key=lambda event: event["planned_start_at"] or "")
    print_list(far, works, OPEN, every=options["every"])


WAYS: Final[dict[str, Way]] = {
    "plan": _plan, "confirm": _saying("confirm"), "start": _saying("start"), "verify": _saying("verify"),
    "finish": _finish, "cancel": _saying("cancel"), "move": _move, "list": _list, "show": show,
}  # fmt: skip
