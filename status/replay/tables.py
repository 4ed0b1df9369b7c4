"""Reads YAML tables key by key, gathers every fault with its line, and suggests the nearest word for a wrong one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml

from status.config.errors import ConfigError, Fault
from status.config.findings import did_you_mean

_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class Faults:
    """The faults of one file found so far. `owner` is whose they are: a scenario."""

    file: Path
    owner: str = ""
    found: list[Fault] = field(default_factory=list)

    def add(self, node: yaml.Node | None, message: str) -> None:
        """Note a fault at the line of `node`."""
        line = None if node is None else node.start_mark.line + 1
        self.found.append(Fault(self.file, line, self.owner, message))

    def error(self) -> ConfigError:
        """Make the error that tells every fault, in the order of the file."""
        return ConfigError(tuple(sorted(self.found, key=lambda fault: fault.line or 0)))


def parse(text: str, faults: Faults) -> yaml.Node | None:
    """Give the root node of a YAML text; None, with a fault, for an empty or malformed one."""
    try:
        root: yaml.Node | None = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = None if mark is None else mark.line + 1
        faults.found.append(Fault(faults.file, line, "", f"not YAML: {error.problem or error.context}"))
        return None
    except yaml.YAMLError as error:
        faults.add(None, f"not YAML: {' '.join(str(error).split())}")
        return None
    if root is None:
        faults.add(None, "the file is empty; expected format, locations and scenarios")
    return root


def plain(node: yaml.Node) -> Any:
    """Give the value of a scalar node (None for a list or a table, as for null)."""
    if not isinstance(node, yaml.ScalarNode):
        return None
    try:
        return yaml.constructor.SafeConstructor().construct_object(node)
    except (ValueError, yaml.YAMLError):
        return node.value


def described(node: yaml.Node) -> str:
    """Say what was found, for a message."""
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    if isinstance(node, yaml.MappingNode):
        return "a table"
    value = plain(node)
    return "nothing" if value is None else repr(node.value) if isinstance(value, date) else repr(value)


def is_number(value: Any) -> bool:
    """Whether a value is a finite number (true and false are none)."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


class Table:
    """One table of the file. Each getter notes a fault for a wrong value and gives a harmless one in its place."""

    def __init__(self, faults: Faults, node: yaml.Node, where: str, known: Iterable[str]) -> None:
        self.faults, self.node, self.where = faults, node, where
        self.fields: dict[str, yaml.Node] = {}
        known = tuple(known)
        if not isinstance(node, yaml.MappingNode):
            faults.add(node, f"{where or 'the file'} is {described(node)}; expected a table with {', '.join(known)}")
            return
        for key_node, value in node.value:
            key = str(plain(key_node))
            if key not in known:
                near = did_you_mean(key, known) or f"; expected {', '.join(known)}"
                faults.add(key_node, f"{self._label(key)}: unknown key{near}")
            elif key in self.fields:
                faults.add(key_node, f"{self._label(key)}: stands twice")
            elif not (isinstance(value, yaml.ScalarNode) and plain(value) is None):
                self.fields[key] = value

    def __contains__(self, key: str) -> bool:
        return key in self.fields

    def text(self, key: str, default: str | None = None) -> str:
        """Give a text (a number is taken as one); without `default` it must be there."""
        return str(self._scalar(key, default, lambda value: isinstance(value, str | int), "a text", ""))

    def word(self, key: str, words: Iterable[str], default: str | None = None) -> str:
        """Give one of `words`."""
        words = tuple(words)
        value = self.text(key, default)
        if key in self.fields and value not in words:
            near = did_you_mean(value, words) or f"; expected {', '.join(words)}"
            self.fault(key, f"unknown word {value!r}{near}")
        return value

    def number(self, key: str, default: float | None = None, *, least: float = -math.inf) -> float:
        """Give a number of at least `least`."""
        wanted = "a number" if least == -math.inf else f"a number from {least:g} on"
        value = self._scalar(key, default, lambda found: is_number(found) and found >= least, wanted, 0.0)
        assert isinstance(value, int | float)
        return value

    def whole(self, key: str, default: int | None = None, *, least: int = 0) -> int:
        """Give a whole number of at least `least`."""

        def right(value: Any) -> bool:
            return is_number(value) and isinstance(value, int) and value >= least

        return int(self._scalar(key, default, right, f"a whole number from {least} on", least))

    def flag(self, key: str, *, default: bool = False) -> bool:
        """Give true or false."""
        return bool(self._scalar(key, default, lambda value: isinstance(value, bool), "true or false", default))

    def moment(self, key: str) -> float | None:
        """Give an ISO date and time (UTC where it names no zone) as Unix seconds; None when it is not there."""
        if key not in self.fields:
            return None
        node = self.fields[key]
        try:
            moment = datetime.fromisoformat(node.value) if isinstance(node, yaml.ScalarNode) else None
        except ValueError:
            moment = None
        if moment is None:
            self.fault(key, f"{described(node)}; expected a time such as '2026-10-25T00:00:00+00:00'")
            return None
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()

    def items(self, key: str) -> list[yaml.Node]:
        """Give a list's nodes; a single value counts as a list of one."""
        node = self.fields.get(key)
        if node is None:
            return []
        return list(node.value) if isinstance(node, yaml.SequenceNode) else [node]

    def texts(self, key: str) -> list[tuple[str, yaml.Node]]:
        """Give a list of texts (or a single one) with their places."""
        found = []
        for node in self.items(key):
            value = plain(node)
            if isinstance(value, str | int) and not isinstance(value, bool):
                found.append((str(value), node))
            else:
                self.faults.add(node, f"{self._label(key)}: {described(node)}; expected a name")
        return found

    def pair(self, key: str, *, open_end: bool = False) -> tuple[float, float | None]:
        """Give `[from, to]`, numbers in order; with `open_end` the second may be null."""
        nodes = self.items(key)
        values = [plain(node) for node in nodes]
        right = len(values) == 2 and is_number(values[0]) and (is_number(values[1]) or (open_end and nodes[1].tag.endswith("null")))  # fmt: skip  # noqa: E501, PLR2004 - one condition
        if not right:
            self._missing_or(key, "expected two numbers, [from, to]" + (", or [from, null]" if open_end else ""))
            return 0.0, None if open_end else 0.0
        if values[1] is not None and values[1] < values[0]:
            self.fault(key, f"ends at {values[1]:g}, before it begins at {values[0]:g}")
        return values[0], values[1]

    def table(self, key: str, known: Iterable[str]) -> Table | None:
        """Give a table within this one; None when it is not there."""
        node = self.fields.get(key)
        return None if node is None else Table(self.faults, node, self._label(key), known)

    def tables(self, key: str, known: Iterable[str]) -> list[Table]:
        """Give a list of tables."""
        node = self.fields.get(key)
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            self.fault(key, f"is {described(node)}; expected a list")
            return []
        known = tuple(known)
        return [Table(self.faults, item, f"{self._label(key)}[{n}]", known) for n, item in enumerate(node.value, 1)]

    def fault(self, key: str, message: str) -> None:
        """Note that the value at `key` is wrong."""
        self.faults.add(self.fields.get(key, self.node), f"{self._label(key)}: {message}")

    def needs(self, key: str, why: str) -> None:
        """Note a fault unless `key` is there."""
        if key not in self.fields:
            self.faults.add(self.node, f"{self._label(key)}: missing; {why}")

    def _missing_or(self, key: str, message: str) -> None:
        self.fault(key, message if key in self.fields else f"missing; {message}")

    def _scalar(self, key: str, default: Any, right: Callable[[Any], bool], wanted: str, instead: Any) -> Any:
        node = self.fields.get(key)
        if node is None:
            if default is None:
                self._missing_or(key, f"expected {wanted}")
            return instead if default is None else default
        value = plain(node)
        if right(value) and not (isinstance(value, bool) and wanted != "true or false"):
            return value
        self.fault(key, f"{described(node)}; expected {wanted}")
        return instead

    def _label(self, key: str) -> str:
        return f"{self.where}.{key}" if self.where else key


def choose(names: Mapping[str, int], selector: str) -> tuple[int, ...]:
    """Give the indices a selector means: a name, `prefix*`, or `*`; nothing when there is none."""
    if selector.endswith("*"):
        return tuple(index for name, index in names.items() if name.startswith(selector[:-1]))
    return (names[selector],) if selector in names else ()
