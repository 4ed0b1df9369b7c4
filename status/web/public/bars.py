"""The bar of 90 days: one inline SVG, one path per state, each with a pattern of its own (VISUAL: never colour alone).

A day is 3 units wide (2 and a gap) and 24 high, drawn at whole pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, reduce
from itertools import groupby
from typing import TypeVar

from markupsafe import Markup

from status.domain.availability import Availability
from status.domain.states import PublicState
from status.queries.snapshot import kept
from status.web.language import gettext as _
from status.web.language import language, ngettext
from status.web.public.figures import percent
from status.web.scope import request_scope
from status.wording.times import duration

_Made = TypeVar("_Made")

DAY = 3
HEIGHT = 24


def _broken(x: int) -> str:
    """Outage: solid with a notch, like an exclamation mark."""
    return f"M{x} 0h2v16h-2zm0 19h2v5h-2z"


def _striped(x: int) -> str:
    """Degraded: four slanting stripes."""
    return f"M{x} 2l2-2v4l-2 2z" + "m0 6l2-2v4l-2 2z" * 3


def _dotted(x: int) -> str:
    """Works: six dots, one below the other."""
    return f"M{x} 1h2v2h-2z" + "m0 4h2v2h-2z" * 5


def _hollow(x: int) -> str:
    """Unknown: only its two ends."""
    return f"M{x} 0h2v4h-2zm0 20h2v4h-2z"


_DRAWN: Mapping[PublicState, Callable[[int], str]] = {
    PublicState.DOWN: _broken,
    PublicState.DEGRADED: _striped,
    PublicState.MAINTENANCE: _dotted,
    PublicState.UNKNOWN: _hollow,
}


def bar(found: Availability | None, name: str = "") -> Markup:
    """Draw the days of a component, with their summary (behind its name) as the text alternative; nothing for None."""
    if found is None:
        return Markup("")
    told = _("%(name)s, %(summary)s", name=name, summary=summary(found)) if name else summary(found)
    return Markup(
        '<svg class="bar" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>'
    ).format(len(found.days) * DAY, HEIGHT, told, _made_once(found, "drawn", _drawn))


@lru_cache(maxsize=8)
def sample(state: PublicState | None) -> Markup:
    """Draw four days of one state, for the legend."""
    if state is None or state is PublicState.OPERATIONAL:
        path = _run("n" if state is None else "operational", [(0, 4)])
    else:
        path = _path(state.value, "".join(_DRAWN[state](x) for x in range(0, 4 * DAY, DAY)))
    return Markup('<svg class="sample" viewBox="0 0 12 24" aria-hidden="true">{}</svg>').format(path)


def summary(found: Availability) -> str:
    """Say in words what the bar shows: `90 jours : 2 pannes, 1 h 12 ; dégradé 20 min ; 1 travaux, 2 h ; 99,93 %.`."""
    return _made_once(found, language(), _in_words)


def _made_once(found: Availability, what: str, make: Callable[[Availability], _Made]) -> _Made:
    """Make something of a component's days once for all pages of a snapshot: its own, those above it, their twins."""
    store: dict[int, tuple[Availability, _Made]] = kept(request_scope().session, ("made of days", what), dict)
    made = store.get(id(found))  # which stays its own, as it is kept with it
    if made is None:
        made = store[id(found)] = (found, make(found))
    return made[1]


def _in_words(found: Availability) -> str:
    told = []
    down = found.seconds_of(PublicState.DOWN)
    if down:
        count = ngettext("%(count)s outage", "%(count)s outages", max(1, found.outages))
        told.append(_("%(count)s, %(time)s", count=count, time=duration(down, language())))
    for state, sentence in (
        (PublicState.DEGRADED, _("degraded %(time)s")),
        (PublicState.MAINTENANCE, _works(found)),
        (PublicState.UNKNOWN, _("unknown %(time)s")),
        (PublicState.UNWATCHED, _("not counted after a false alarm %(time)s")),
    ):
        seconds = found.seconds_of(state)
        if seconds:
            told.append(sentence % {"time": duration(seconds, language())})
    known = sum(1 for day in found.days if day.worst is not None)
    days = ngettext("%(count)s day", "%(count)s days", known)
    if not known:
        return _("No data yet.")
    told = told or [_("no known outage")]
    if found.ratio is not None:
        told.append(percent(found))
    return _("%(days)s: %(told)s.", days=days, told=_joined(told))


def _works(found: Availability) -> str:
    count = ngettext("%(count)s works", "%(count)s works", max(1, found.works))
    return f"{count}, %(time)s"


def _joined(told: list[str]) -> str:
    """Put parts of a sentence behind one another; French wants a space before the semicolon."""
    return reduce(lambda first, then: _("%(first)s; %(then)s", first=first, then=then), told) if told else ""


def _drawn(found: Availability) -> Markup:
    return Markup("").join(_paths(found))


def _paths(found: Availability) -> Iterator[Markup]:
    runs: dict[str, list[tuple[int, int]]] = {}
    x = 0
    for worst, days in groupby(found.days, key=lambda day: day.worst):
        length = len(list(days))
        if worst is None or worst in (PublicState.OPERATIONAL, PublicState.UNWATCHED):
            runs.setdefault("operational" if worst else "n", []).append((x, length))
        x += length
    for name, stretches in runs.items():
        yield _run(name, stretches)
    for state, draw in _DRAWN.items():
        drawn = "".join(draw(index * DAY) for index, day in enumerate(found.days) if day.worst is state)
        if drawn:
            yield _path(state.value, drawn)


def _run(name: str, stretches: list[tuple[int, int]]) -> Markup:
    """Draw stretches of like days as dashes of one line; each subpath begins its dashes anew (SVG 2 §13.5.6)."""
    y = HEIGHT - 1 if name == "n" else HEIGHT // 2
    return _path(f"{name} run", "".join(f"M{x * DAY} {y}h{length * DAY - 1}" for x, length in stretches))


def _path(name: str, drawn: str) -> Markup:
    return Markup('<path class="{}" d="{}"/>').format(name, drawn)
