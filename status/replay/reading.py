"""Reads scenario files, format 1: every fault at once, each with its file, line and nearest word.

text ─tables.parse▶ nodes ─_Reader, entries▶ Scenario, …  │  ConfigError
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import yaml

from status.config.errors import ConfigError, Fault
from status.replay.entries import (
    EFFECT,
    HUMAN,
    PLANNED,
    TRUTH,
    Names,
    deed_of,
    effect_of,
    expect_of,
    planned_of,
    share_of,
    truth_of,
)
from status.replay.scenario import DEFAULT_LOCATIONS, Scenario, ScenarioComponent
from status.replay.tables import Faults, Table, parse

FORMAT: Final = 1
FILE: Final = ("format", "locations", "scenarios")
SCENARIO: Final = (
    "id", "name", "area", "duration", "seed", "locations", "epoch", "real", "background_fail", "peers",
    "components", "effects", "planned", "human", "truth", "expect",
)  # fmt: skip
COMPONENT: Final = (
    "id", "kind", "area", "parents", "group", "latency", "latency_max", "loss", "count", "by_ip",
)  # fmt: skip


def read_scenarios(path: Path) -> tuple[Scenario, ...]:
    """Read a file. Raise ConfigError with every fault; nothing of a faulty file is used."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise ConfigError((Fault(path, None, "", f"can't be read: {reason}"),)) from error
    faults = Faults(path)
    root = parse(text, faults)
    scenarios = _read_file(root, faults) if root is not None else ()
    if faults.found:
        raise faults.error()
    return scenarios


def _read_file(root: yaml.Node, faults: Faults) -> tuple[Scenario, ...]:
    table = Table(faults, root, "", FILE)
    found = table.whole("format") if "format" in table else None
    if found != FORMAT:
        table.fault("format", f"{'missing' if found is None else f'is {found}'}; expected {FORMAT}")
    default = tuple(name for name, _ in table.texts("locations")) or DEFAULT_LOCATIONS
    table.needs("scenarios", "expected a list of scenarios")
    scenarios: dict[str, Scenario] = {}
    for each in table.tables("scenarios", SCENARIO):
        name = each.text("id") if "id" in each else ""
        faults.owner = f"scenario {name or each.where}"
        each.where = ""
        scenario = _Reader(each, default).read()
        if scenario.name in scenarios:
            each.fault("id", f"there are two scenarios {scenario.name!r}")
        scenarios[scenario.name] = scenario
        faults.owner = ""
    return tuple(scenarios.values())


class _Reader:
    """One scenario being read."""

    def __init__(self, table: Table, locations: tuple[str, ...]) -> None:
        own = tuple(name for name, _ in table.texts("locations"))
        if len(set(own)) != len(own):
            table.fault("locations", "a location stands twice")
        self.table = table
        self.names = Names(own or locations, table.number("duration", least=1), table.moment("epoch"))

    def read(self) -> Scenario:
        table, names = self.table, self.names
        components = self._components()
        truth = tuple(truth_of(each, names) for each in table.tables("truth", TRUTH))
        table.flag("peers")
        return Scenario(
            name=table.text("id"),
            title=table.text("name", ""),
            duration=names.duration,
            components=components,
            effects=tuple(effect_of(each, names) for each in table.tables("effects", EFFECT)),
            seed=table.whole("seed", 1),
            locations=names.locations,
            epoch=names.epoch,
            real=table.flag("real"),
            background_fail=share_of(table, "background_fail") or 0.0,
            planned=tuple(planned_of(each, names) for each in table.tables("planned", PLANNED)),
            human=tuple(deed_of(each, names) for each in table.tables("human", HUMAN)),
            truth=truth,
            expect=expect_of(table, [each.name for each in truth], names),
        )

    def _components(self) -> tuple[ScenarioComponent, ...]:
        self.table.needs("components", "expected at least one component")
        index = self.names.index
        rows: list[tuple[str, Table]] = []
        for each in self.table.tables("components", COMPONENT):
            name = each.text("id")
            count = each.whole("count", least=1) if "count" in each else 0
            for single in [f"{name}{n:02d}" for n in range(1, count + 1)] or [name]:
                if single in index:
                    each.fault("id", f"there are two components {single!r}")
                index[single] = len(rows)
                rows.append((single, each))
        components = tuple(self._component(name, each) for name, each in rows)
        for place, (name, each) in enumerate(rows):
            if _comes_round(place, components):
                each.fault("parents", f"{name!r} depends on itself, in the end")
        return components

    def _component(self, name: str, table: Table) -> ScenarioComponent:
        area = self.table.text("area", "all")
        default = table.text("area") if "area" in table else name if area == "all" else area
        return ScenarioComponent(
            name=name,
            kind=table.text("kind", "http"),
            group=table.text("group", default),
            parents=self.names.chosen(table, "parents") if "parents" in table else (),
            latency=table.number("latency", 0.08, least=0),
            latency_max=table.number("latency_max", least=0) if "latency_max" in table else None,
            loss=table.flag("loss"),
            by_ip=table.flag("by_ip"),
        )


def _comes_round(start: int, components: tuple[ScenarioComponent, ...]) -> bool:
    seen: set[int] = set()
    todo = list(components[start].parents)
    while todo:
        index = todo.pop()
        if index == start:
            return True
        if index not in seen:
            seen.add(index)
            todo.extend(components[index].parents)
    return False
