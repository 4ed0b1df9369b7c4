"""Finds the channels: each module beside this one that ends with `CHANNEL = Channel(...)`, by its name."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

import status.notifiers
from status.notifiers.types import Channel

OTHERS: Final = frozenset({"registry", "types", "addresses", "posting", "cutting"})


@cache
def channels() -> Mapping[str, Channel]:
    """Give every channel by its name. Found once a process."""
    found: dict[str, Channel] = {}
    for info in pkgutil.iter_modules(status.notifiers.__path__):
        if info.name not in OTHERS:
            channel = importlib.import_module(f"{status.notifiers.__name__}.{info.name}").CHANNEL
            assert isinstance(channel, Channel)
            found[channel.name] = channel
    return MappingProxyType(found)
