"""Draws worlds for the properties of the rule: scenarios as values, in whole seconds, each with a phase."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from status.replay.driver import replay
from status.replay.outcome import Run
from status.replay.scenario import DEFAULT_LOCATIONS, Deed, Effect, PlannedWork, Scenario, ScenarioComponent
from status.replay.setting import Setting

NINE = Setting(phases=9)
PHASES = st.integers(0, 8)
LOCATIONS = st.integers(1, 3).map(lambda count: DEFAULT_LOCATIONS[:count])
BROKEN = st.sampled_from(["refuse", "timeout", "stall", "http500", "badbody", "nxdomain", "tls", "auth_fail"])
CUT = st.sampled_from(["uplink_down", "dns_down", "latency_add"])
CUT_SLOWER_S = 12.0


@dataclass(frozen=True)
class Drawn:
    """A world and the phase it is replayed in."""

    scenario: Scenario
    phase: int

    def run(self, *more: Effect) -> Run:
        """Replay it, with more effects than it has."""
        return replay(replace(self.scenario, effects=(*self.scenario.effects, *more)), NINE, self.phase)


def scenario(components: Iterable[ScenarioComponent], effects: Iterable[Effect], **more) -> Scenario:
    return Scenario("drawn", "", **{"duration": 1800.0, **more}, components=tuple(components), effects=tuple(effects))


def component(index: int, label: str = "", parents: tuple[int, ...] = (), latency: float = 0.08) -> ScenarioComponent:
    return ScenarioComponent(f"c{index}", "http", label or f"c{index}", parents, latency)


def span(first: int, last: int, shortest: int, longest: int) -> st.SearchStrategy[tuple[float, float]]:
    """Draw a begin from `first` to `last`, and an end so many seconds later."""
    return st.tuples(st.integers(first, last), st.integers(shortest, longest)).map(
        lambda drawn: (float(drawn[0]), float(sum(drawn)))
    )


def on_target(mode: str, at: tuple[float, float], *targets: int, location: str = "*") -> Effect:
    return Effect(mode, at[0], at[1], frozenset(targets), location)


def on_line(mode: str, at: tuple[float, float], location: str) -> Effect:
    return Effect(mode, at[0], at[1], None, location, amount=CUT_SLOWER_S if mode == "latency_add" else 0.0)


@st.composite
def well(draw) -> Drawn:
    """All probes are well: there are deaths of probers, one dead reference, works, people, and slow services."""
    locations = draw(LOCATIONS)
    count = draw(st.integers(1, 4))
    parents = [tuple(sorted(draw(st.sets(st.integers(0, n - 1), max_size=2)))) if n else () for n in range(count)]
    components = [component(n, "", parents[n], draw(st.floats(0.01, 5.0))) for n in range(count)]
    where = st.sampled_from([*locations, "*"])
    effects = [
        on_line("process_dead", draw(span(0, 1200, 1, 400)), draw(where)) for _ in range(draw(st.integers(0, 2)))
    ]
    if draw(st.booleans()):
        effects.append(replace(on_line("canary_ref_down", draw(span(0, 1200, 1, 900)), draw(where)), amount=1))
    every = tuple(range(count))
    works = [PlannedWork(every, *draw(span(0, 900, 60, 600))) for _ in range(draw(st.integers(0, 1)))]
    deeds = draw(st.lists(st.sampled_from(["mute", "take", "close", "merge"]), max_size=2))
    human = tuple(Deed(float(draw(st.integers(0, 1500))), action, every) for action in deeds)
    epoch = draw(st.none() | st.floats(1.7e9, 1.9e9))
    made = scenario(components, effects, locations=locations, planned=tuple(works), human=human, epoch=epoch)
    return Drawn(made, draw(PHASES))


@st.composite
def broken(draw) -> tuple[Drawn, float]:
    """One to three components are down for all locations for a minute or more; perhaps a blip comes before."""
    locations = draw(LOCATIONS)
    count = draw(st.integers(1, 3))
    label = draw(st.sampled_from(["", "shelf"]))
    parents = [(0,) if n and draw(st.booleans()) else () for n in range(count)]
    start, end = draw(span(300, 500, 60, 400))
    every = range(count)
    effects = [on_target(draw(BROKEN), (start, end), *every)]
    if draw(st.booleans()):
        before = start - draw(st.integers(12, 120))
        effects.append(on_target(draw(BROKEN), (before, before + draw(st.integers(1, 10))), *every))
    components = [component(n, label, parents[n]) for n in every]
    return Drawn(scenario(components, effects, locations=locations, duration=1000.0), draw(PHASES)), start


@st.composite
def cut(draw) -> Drawn:
    """Lines of locations are cut, each for a while; targets fail too, but only as a cut location sees them then."""
    locations = draw(LOCATIONS)
    count = draw(st.integers(1, 3))
    effects = []
    for location in draw(st.lists(st.sampled_from(locations), min_size=1, unique=True)):
        for begin in draw(st.lists(st.sampled_from([300, 700, 1100]), min_size=1, unique=True)):
            start, end = begin + draw(st.integers(0, 60)), begin + draw(st.integers(65, 300))
            effects.append(on_line(draw(CUT), (start, end), location))
            effects += [on_target(draw(BROKEN), (start, end), n, location=location) for n in range(count)]
    return Drawn(scenario(map(component, range(count)), effects, locations=locations), draw(PHASES))


@st.composite
def holes_and_outages(draw) -> Drawn:
    """One component; holes too short to be told, alone or in pairs, and outages too long to be missed."""
    locations = draw(LOCATIONS)
    effects, at = [], 200
    for kind in draw(st.lists(st.sampled_from(["hole", "pair", "outage"]), min_size=1, max_size=3)):
        start, mode = at + draw(st.integers(0, 60)), draw(BROKEN)
        where = draw(st.sampled_from([*locations, "*"]))
        spans = {
            "hole": [(0, draw(st.integers(1, 14)))],
            "pair": [(0, draw(st.integers(2, 5))), (second := draw(st.integers(15, 20)), second + 5)],
            "outage": [(0, draw(st.integers(90, 300)))],
        }[kind]
        effects += [on_target(mode, (start + begin, start + end), 0, location=where) for begin, end in spans]
        at = round(effects[-1].end or 0) + 120
    return Drawn(scenario([component(0)], effects, locations=locations, duration=at + 900.0), draw(PHASES))


@st.composite
def seen_by_few(draw) -> Drawn:
    """Nothing that a majority sees for 15 s: holes for all, one location's path troubles, cut lines."""
    locations = draw(st.integers(1, 3).map(lambda count: DEFAULT_LOCATIONS[:count]))
    effects, at = [], 200
    for kind in draw(st.lists(st.sampled_from(["hole", "path", "line"]), min_size=1, max_size=4)):
        start = at + draw(st.integers(0, 60))
        where = draw(st.sampled_from(locations))
        at = start + 300
        if kind == "hole" or (kind == "path" and len(locations) == 1):
            effects.append(on_target(draw(BROKEN), (start, start + draw(st.sampled_from([1, 5, 11, 14]))), 0))
        elif kind == "path":
            effects.append(on_target(draw(BROKEN), (start, start + draw(st.integers(1, 240))), 0, location=where))
        else:
            effects.append(on_line(draw(CUT), (start, start + draw(st.integers(1, 240))), where))
    return Drawn(scenario([component(0)], effects, locations=locations, duration=at + 300.0), draw(PHASES))


@st.composite
def roots(draw) -> tuple[Drawn, int]:
    """One to three root truths of their own labels, each with what depends on it; and how many there are."""
    components: list[ScenarioComponent] = []
    effects: list[Effect] = []
    count = draw(st.integers(1, 3))
    for number in range(count):
        root, behind = len(components), draw(st.integers(0, 4))
        label = draw(st.sampled_from([f"tree{number}", ""]))
        start, end = draw(span(300, 900, 60, 900))
        mode = draw(BROKEN)
        components.append(component(root, label))
        effects.append(on_target(mode, (start, end), root))
        for child in range(root + 1, root + 1 + behind):
            early = -20 if label else 0
            begins, ends = start + draw(st.integers(early, 20)), end + draw(st.integers(-20, 20))
            components.append(component(child, label, (draw(st.integers(root, child - 1)),)))
            effects.append(on_target(mode, (begins, ends), child))
    made = scenario(components, effects, locations=draw(LOCATIONS), duration=2800.0)
    return Drawn(made, draw(PHASES)), count


@st.composite
def troubles(draw) -> Drawn:
    """What a kill must not change: outages of a tree and of a lone one, flapping, works, a person's deed.

    Works begin and end well before or after what fails begins and ends, and nothing is silent for just so long as one
    location alone waits before it opens an incident (300 s): a restart may cost half a minute.
    """
    lengths = span(300, 360, 200, 240) | span(300, 360, 400, 900)
    tree = [component(0, "tree"), component(1, "tree", (0,)), component(2, "tree", (0,))]
    components = [*tree, component(3), component(4), component(5)]
    effects, works, human = [], (), ()
    kinds = st.sampled_from(["tree", "flapping", "work", "deed"])
    for kind in draw(st.lists(kinds, min_size=1, max_size=2, unique=True)):
        if kind == "tree":
            effects.append(on_target(draw(BROKEN), draw(lengths), 0, 1, 2))
        elif kind == "flapping":
            period = draw(st.sampled_from([400.0, 600.0]))
            effects.append(replace(on_target("refuse", (300.0, 1500.0), 4), every=period, on_for=period / 2))
        elif kind == "work":
            effects.append(on_target(draw(BROKEN), draw(span(300, 500, 800, 1000)), 3))
            begins, ends = draw(st.sampled_from([(100.0, 2000.0), (600.0, 2000.0), (100.0, 700.0)]))
            works = (PlannedWork((3,), begins, ends),)
        else:
            effects.append(on_target(draw(BROKEN), draw(span(300, 500, 500, 1000)), 5))
            human = (Deed(700.0, draw(st.sampled_from(["take", "close", "mute", "withdraw", "open"])), (5,)),)
    made = scenario(components, effects, locations=draw(LOCATIONS), planned=works, human=human, duration=4200.0)
    return Drawn(made, draw(PHASES))
