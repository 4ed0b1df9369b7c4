"""Reads the entries of a scenario: what goes wrong, works, deeds of people, truths, and what is expected."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import yaml

from status.config.findings import did_you_mean
from status.domain.states import Verdict
from status.replay.scenario import ANYWHERE, Deed, Detection, Effect, Expect, Never, PlannedWork, Truth
from status.replay.tables import Table, choose, described, is_number, plain

EFFECT: Final = (
    "target", "at_location", "at", "mode", "p", "loc", "every", "for", "shift", "seconds", "to", "ref",
)  # fmt: skip
PLANNED: Final = ("components", "at", "local", "tz", "cancelled_at")
HUMAN: Final = ("t", "action", "components", "for")
TRUTH: Final = ("id", "components", "kind", "at", "must", "visibility")
EXPECT: Final = ("incidents", "internal", "detect", "clear", "never", "unknown", "open_at_end")
NEVER: Final = ("components", "states")

TARGET_MODES: Final = (
    "refuse", "timeout", "stall", "http500", "http503", "sip503", "badbody", "nxdomain", "tls", "auth_fail",
    "heartbeat_late", "slow", "ramp", "loss",
)  # fmt: skip
PROBER_MODES: Final = ("uplink_down", "dns_down", "loss", "latency_add", "process_dead", "canary_ref_down")
AMOUNT: Final = {"slow": "seconds", "ramp": "to", "latency_add": "seconds", "canary_ref_down": "ref"}
"""The number a mode needs, by the key it stands under."""
ACTIONS: Final = (
    "open", "take", "close", "reopen", "merge", "split", "handback", "withdraw", "publish", "mute",
)  # fmt: skip
STATES: Final = {verdict.value: verdict for verdict in Verdict} | {"partial": Verdict.LOCAL}


@dataclass(slots=True)
class Names:
    """What a scenario's entries refer to: locations, components (name to index), its length and Unix time of start."""

    locations: tuple[str, ...]
    duration: float
    epoch: float | None
    index: dict[str, int] = field(default_factory=dict)

    def chosen(self, table: Table, key: str) -> tuple[int, ...]:
        """Give the components selectors mean, each once; a selector that means none is a fault."""
        table.needs(key, "expected a component")
        chosen: dict[int, None] = {}
        for selector, node in table.texts(key):
            found = choose(self.index, selector)
            if not found:
                near = did_you_mean(selector, self.index) or f"; there are {', '.join(list(self.index)[:8])}"
                table.faults.add(node, f"{table.where}.{key}: no component {selector!r}{near}")
            chosen.update(dict.fromkeys(found))
        return tuple(chosen)

    def location(self, table: Table, key: str) -> str:
        """Give a location's name, or the word for all."""
        name = table.text(key, ANYWHERE)
        if name != ANYWHERE and name not in self.locations:
            near = did_you_mean(name, self.locations) or f"; there are {', '.join(self.locations)}"
            table.fault(key, f"no location {name!r}{near}")
        return name


def effect_of(table: Table, names: Names) -> Effect:
    """Read one effect."""
    on_prober = "at_location" in table
    if on_prober is ("target" in table):
        table.faults.add(table.node, f"{table.where}: expected either target or at_location")
    mode = table.word("mode", PROBER_MODES if on_prober else TARGET_MODES)
    start, end = table.pair("at", open_end=True)
    if mode in AMOUNT:
        table.needs(AMOUNT[mode], f"mode {mode} needs it")
    if mode == "loss":
        table.needs("p", "mode loss needs it")
    if mode == "canary_ref_down" and table.whole("ref", 0) not in range(3):
        table.fault("ref", "expected 0, 1 or 2")
    if mode == "ramp" and end is None:
        table.fault("at", "a ramp needs its end")
    if "every" in table:
        table.needs("for", "a periodic effect is on for so many seconds of each period")
    return Effect(
        mode=mode,
        start=start,
        end=end,
        targets=None if on_prober else frozenset(names.chosen(table, "target")),
        location=names.location(table, "at_location" if on_prober else "loc"),
        p=share_of(table, "p"),
        every=table.number("every", least=0.001) if "every" in table else None,
        on_for=table.number("for", 0.0, least=0),
        shift=table.number("shift", 0.0),
        amount=table.number(AMOUNT[mode], 0.0) if mode in AMOUNT else 0.0,
    )


def planned_of(table: Table, names: Names) -> PlannedWork:
    """Read one work."""
    if ("at" in table) is ("local" in table):
        table.faults.add(table.node, f"{table.where}: expected either at, or local with tz")
    start, end = _local(table, names) if "local" in table else table.pair("at")
    cancelled = table.number("cancelled_at") if "cancelled_at" in table else None
    return PlannedWork(names.chosen(table, "components"), start, end or 0.0, cancelled)


def _local(table: Table, names: Names) -> tuple[float, float]:
    """Read wall-clock times of a zone; an ambiguous one is its first pass (fold 0)."""
    if names.epoch is None:
        table.fault("local", "needs the scenario's epoch")
    try:
        zone = ZoneInfo(table.text("tz"))
        start, end = (datetime.fromisoformat(str(node.value)).replace(tzinfo=zone) for node in table.items("local"))
    except (ValueError, KeyError, OSError):
        table.fault("local", "expected two times such as '2026-10-25T02:30:00', and tz such as Europe/Paris")
        return 0.0, 0.0
    if end.timestamp() < start.timestamp():
        table.fault("local", "ends before it begins")
    epoch = names.epoch or 0.0
    return start.timestamp() - epoch, end.timestamp() - epoch


def deed_of(table: Table, names: Names) -> Deed:
    """Read what a person does."""
    return Deed(
        t=table.number("t", least=0),
        action=table.word("action", ACTIONS),
        components=names.chosen(table, "components"),
        lasts=table.number("for", least=0) if "for" in table else None,
    )


def truth_of(table: Table, names: Names) -> Truth:
    """Read one truth; a null end is the end of the scenario."""
    start, end = table.pair("at", open_end=True)
    return Truth(
        name=table.text("id"),
        components=frozenset(names.chosen(table, "components")),
        kind=table.word("kind", ("outage", "degraded", "partial")),
        start=start,
        end=names.duration if end is None else end,
        must=table.flag("must", default=True),
        internal=table.word("visibility", ("public", "internal"), "public") == "internal",
    )


def expect_of(scenario: Table, truths: list[str], names: Names) -> Expect:
    """Read what is expected; nothing, where nothing is."""
    table = scenario.table("expect", EXPECT)
    if table is None:
        return Expect()
    detect, clear = table.table("detect", truths), table.table("clear", truths)
    every = tuple(range(len(names.index)))
    never = [
        Never(names.chosen(each, "components") if "components" in each else every, _states(each, each.items("states")))
        for each in table.tables("never", NEVER)
    ]  # fmt: skip
    return Expect(
        incidents=_range(table, "incidents"),
        internal=_range(table, "internal"),
        detect=tuple(_detection(detect, truth) for truth in detect.fields) if detect else (),
        clear=tuple((truth, clear.number(truth, least=0)) for truth in clear.fields) if clear else (),
        never=tuple(never),
        unknown=table.flag("unknown"),
        open_at_end=table.whole("open_at_end") if "open_at_end" in table else None,
    )


def share_of(table: Table, key: str) -> float | None:
    """Read a share from 0 to 1; None when it is not there."""
    if key not in table:
        return None
    share = table.number(key, least=0)
    if share > 1:
        table.fault(key, f"{share:g}; expected a share from 0 to 1")
    return share


def _range(table: Table, key: str) -> tuple[float, float] | None:
    if key not in table:
        return None
    least, most = table.pair(key)
    return least, most or 0.0


def _states(table: Table, nodes: Iterable[yaml.Node]) -> frozenset[Verdict]:
    found = set()
    for node in nodes:
        word = str(plain(node))
        if word in STATES:
            found.add(STATES[word])
        else:
            near = did_you_mean(word, STATES) or f"; expected {', '.join(STATES)}"
            table.faults.add(node, f"{table.where}: unknown state {word!r}{near}")
    return frozenset(found)


def _detection(table: Table, truth: str) -> Detection:
    nodes = table.items(truth)
    if len(nodes) != 2 or not is_number(plain(nodes[0])) or not isinstance(nodes[1], yaml.SequenceNode):  # noqa: PLR2004
        table.fault(truth, f"{described(table.fields[truth])}; expected [seconds, [states]]")
        return Detection(truth, 0.0, frozenset())
    return Detection(truth, plain(nodes[0]), _states(table, nodes[1].value))
