"""How long answers took, as one inline SVG: a line, a band above it, works shaded, gaps where nothing good was seen.

The drawing is 1,000 wide and 200 high whatever it stands for and is stretched by the stylesheet; its words (scale,
times) stand beside it as text, so that they stay readable at any width.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise

from markupsafe import Markup

from status.domain.latency import Point

WIDTH = 1000
HEIGHT = 200

Span = tuple[datetime, datetime]


def draw_graph(points: Sequence[Point], works: Iterable[Span], within: Span, top_s: float, words: str) -> Markup:
    """Draw points in a window, up to `top_s` seconds; `words` say what is seen."""
    scale = _Scale(within, top_s)
    drawn = Markup("").join((*_grid(), *_works(works, scale), *_lines(points, scale)))
    return Markup(
        '<svg class="graph" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>'
    ).format(WIDTH, HEIGHT, words, drawn)


class _Scale:
    """Turns times and seconds into places on the drawing."""

    def __init__(self, within: Span, top_s: float) -> None:
        self._began = within[0].timestamp()
        self._width_s = within[1].timestamp() - self._began
        self._top_s = top_s

    def x(self, at: datetime) -> float:
        share = (at.timestamp() - self._began) / self._width_s
        return round(WIDTH * min(1.0, max(0.0, share)), 1)

    def y(self, seconds: float) -> float:
        return round(HEIGHT * (1 - min(1.0, seconds / self._top_s)), 1)


def _grid() -> Iterator[Markup]:
    yield Markup('<path class="grid" d="M0 .5h1000M0 100h1000M0 199.5h1000"/>')


def _works(works: Iterable[Span], scale: _Scale) -> Iterator[Markup]:
    for began, ended in works:
        left, right = scale.x(began), scale.x(ended)
        yield Markup('<path class="work" d="M{0} 0h{1}v200h-{1}z"/>').format(left, round(max(1.0, right - left), 1))


def _lines(points: Sequence[Point], scale: _Scale) -> Iterator[Markup]:
    """Draw each stretch without a gap; its first and last point reach to the ends of their steps."""
    band, line = [], []
    for stretch in _stretches(points):
        usual = _corners(stretch, [point.usual_s for point in stretch], scale)
        slow = _corners(stretch, [point.slow_s for point in stretch], scale)
        line.append("M" + "L".join(usual))
        if any(point.slow_s > point.usual_s for point in stretch):
            band.append("M" + "L".join((*slow, *reversed(usual))) + "z")
    if band:
        yield Markup('<path class="band" d="{}"/>').format("".join(band))
    if line:
        yield Markup('<path class="line" d="{}"/>').format("".join(line))


def _corners(stretch: Sequence[Point], seconds: Sequence[float], scale: _Scale) -> list[str]:
    middles = [scale.x(point.began + (point.ended - point.began) / 2) for point in stretch]
    xs = [scale.x(stretch[0].began), *middles, scale.x(stretch[-1].ended)]
    heights = [seconds[0], *seconds, seconds[-1]]
    return [f"{x:g} {scale.y(s):g}" for x, s in zip(xs, heights, strict=True)]


def _stretches(points: Sequence[Point]) -> Iterator[list[Point]]:
    """Part points where one does not follow at once on the other."""
    if not points:
        return
    stretch = [points[0]]
    for before, point in pairwise(points):
        if point.began != before.ended:
            yield stretch
            stretch = []
        stretch.append(point)
    yield stretch
