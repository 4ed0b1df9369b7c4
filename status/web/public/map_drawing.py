"""The map of departments: one inline SVG, each department a link with its name and state, a pattern for each state.

Shapes: `status/geo/departments.json`, where their source and licence stand.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from markupsafe import Markup

from status.domain.departments import DEPARTMENTS
from status.domain.states import PublicState
from status.web.language import gettext as _
from status.web.language import language
from status.wording import labels

TILE = 16
"""Width and height of a pattern's tile, in units of the map (1000 wide)."""

_PATTERNS: Mapping[PublicState, str] = {
    PublicState.DOWN: '<rect class="ink" width="16" height="16"/><path class="gap" d="M3 8h10"/>',
    PublicState.DEGRADED: '<rect class="wash" width="16" height="16"/>'
    '<path class="line" d="M-4 4 4-4M-4 20 20-4M12 20l8-8"/>',
    PublicState.MAINTENANCE: '<rect class="wash" width="16" height="16"/><circle class="ink" cx="4" cy="4" r="3"/>'
    '<circle class="ink" cx="12" cy="12" r="3"/>',
    PublicState.UNKNOWN: '<rect class="wash" width="16" height="16"/><path class="line thin" d="M5 8h6M8 5v6"/>',
}
"""Outage: solid with bars; degraded: slanting stripes; works: dots; unknown: thin crosses."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A box with a scale of its own: a department far away, or Paris and its neighbours (`code` is '' then)."""

    code: str
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Shapes:
    """The paths of the map by department's code; those of `inset` stand enlarged in a frame as well."""

    view_box: str
    source: str
    departments: Mapping[str, str]
    inset: Mapping[str, str]
    frames: tuple[Frame, ...]


@cache
def shapes() -> Shapes:
    """Read the shapes that are part of the package, once."""
    read = json.loads((files("status") / "geo" / "departments.json").read_text(encoding="utf-8"))
    return Shapes(
        view_box=read["view_box"],
        source=read["source"],
        departments=read["departments"],
        inset=read["inset"],
        frames=tuple(Frame(**frame) for frame in read["frames"]),
    )


def draw_map(states: Mapping[str, PublicState], *, stale: bool) -> Markup:
    """Draw the departments with their states; a stale map shows every known one as unknown, saying what it was."""
    drawn = Markup("").join((*_patterns(), *_frames(), *_departments(states, stale=stale), *_names_of_frames()))
    box = shapes().view_box
    return Markup('<svg class="map" viewBox="{}" role="group" aria-label="{}">{}</svg>').format(
        box, _("Map of departments"), drawn
    )


def key_of(state: PublicState) -> Markup:
    """Draw a sample of one state, for the legend; stands on a page that has the map."""
    return Markup('<svg class="map key" viewBox="0 0 40 24" aria-hidden="true">{}</svg>').format(
        Markup('<path class="{}"{} d="M1 1h38v22H1z"/>').format(state.value, _fill(state))
    )


def _patterns() -> Iterator[Markup]:
    yield Markup("<defs>")
    for state, drawn in _PATTERNS.items():
        yield Markup(
            '<pattern id="map-{0}" class="s-{0}" width="{1}" height="{1}" patternUnits="userSpaceOnUse">{2}</pattern>'
        ).format(state.value, TILE, Markup(drawn))  # noqa: S704 - our own drawings
    yield Markup("</defs>")


def _frames() -> Iterator[Markup]:
    for frame in shapes().frames:
        yield Markup('<rect class="frame" x="{}" y="{}" width="{}" height="{}"/>').format(
            frame.x, frame.y, frame.width, frame.height
        )


def _names_of_frames() -> Iterator[Markup]:
    """Write what each frame shows below its right corner, over what is drawn there: a long name ends inside the map."""
    for frame in shapes().frames:
        yield Markup('<text aria-hidden="true" x="{}" y="{}">{}</text>').format(
            frame.x + frame.width, frame.y + frame.height + 23, frame.code or _("Paris area")
        )


def _departments(states: Mapping[str, PublicState], *, stale: bool) -> Iterator[Markup]:
    """Draw each as a link; what stands enlarged too is a link for the keyboard there alone."""
    for code in DEPARTMENTS:
        path = shapes().departments.get(code)
        if path is None:
            continue
        inset = shapes().inset.get(code)
        yield _link(code, path, states[code], stale=stale, reached=inset is None)
        if inset is not None:
            yield _link(code, inset, states[code], stale=stale, reached=True)


def _link(code: str, path: str, state: PublicState, *, stale: bool, reached: bool) -> Markup:
    was = stale and state is not PublicState.UNWATCHED
    shown = PublicState.UNKNOWN if was else state
    said = labels.public_state(state, language())
    word = _("was: %(state)s", state=said) if was else said
    title = _("%(department)s (%(code)s): %(state)s", department=DEPARTMENTS[code], code=code, state=word)
    named = Markup(' aria-label="{}"').format(title) if reached else Markup(' tabindex="-1" aria-hidden="true"')
    return Markup('<a href="/{}/departments/{}"{} class="{}"{}><title>{}</title><path d="{}"/></a>').format(
        language(), code.lower(), named, shown.value, _fill(shown), title, path
    )


def _fill(state: PublicState) -> Markup:
    return Markup(' fill="url(#map-{})"').format(state.value) if state in _PATTERNS else Markup("")
