"""Which kinds of probe there are: every module of `probes.kinds`, and what other packages offer as `travaux.kinds`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import entry_points
from types import MappingProxyType, ModuleType
from typing import Final

import probes.kinds
from probes.types import Kind

GROUP: Final = "travaux.kinds"


class KindError(Exception):
    """A module that should be a kind and is not: our own or another package's mistake."""


@cache
def kinds() -> Mapping[str, Kind]:
    """Give every kind by the word used in the configuration. Found once a process.

    Raise KindError when a module has no `KIND`, when its name is not the module's, or when two kinds share a name.
    """
    found: dict[str, Kind] = {}
    for kind in _discover():
        if kind.name in found:
            raise KindError(f"two kinds are called {kind.name!r}: a kind of another package needs a name of its own")
        found[kind.name] = kind
    return MappingProxyType(found)


def kind_of(module: ModuleType, name: str) -> Kind:
    """Give the KIND of a module, which must be called `name`. Raise KindError saying what to change."""
    kind = getattr(module, "KIND", None)
    if not isinstance(kind, Kind):
        raise KindError(f"{module.__name__} has no kind: a kind's module ends with KIND = Kind(...)")
    if kind.name != name:
        raise KindError(f"{module.__name__}: KIND.name is {kind.name!r}, expected {name!r}, the name it is found by")
    return kind


def _discover() -> Iterator[Kind]:
    for info in pkgutil.iter_modules(probes.kinds.__path__):
        yield kind_of(importlib.import_module(f"{probes.kinds.__name__}.{info.name}"), info.name)
    for entry in entry_points(group=GROUP):
        yield kind_of(importlib.import_module(entry.module), entry.name)
