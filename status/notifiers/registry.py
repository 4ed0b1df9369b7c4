"""Finds the channels: each module beside this one that ends with `CHANNEL = Channel(...)`, by its name."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

import status.notifiers
from status.config.model import Settings
from status.domain.refused import Refused
from status.notifiers.types import Channel

OTHERS: Final = frozenset({"registry", "types", "addresses", "posting", "relaying", "cutting"})


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


def canonical(name: str, address: str, settings: Settings) -> str:
    """Give an address as a channel keeps it. Raise Refused for an unknown channel, and for what can't be one there."""
    if name not in channels():
        raise Refused("channel", f"found {name[:40]!r}, expected one of {', '.join(sorted(channels()))}")
    return channels()[name].canonical(address, settings)[0]


def usable(settings: Settings) -> list[str]:
    """Give the names of the channels that lack nothing here."""
    return sorted(name for name, channel in channels().items() if not channel.lacks(settings))
