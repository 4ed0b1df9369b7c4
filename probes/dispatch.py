"""How orders reach a prober. Here: the one in the same process; elsewhere the same two verbs over the network."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from probes.types import Check, Order


class Dispatch(Protocol):
    """What the decider needs of any carrier. Sending never blocks; an order that can't be delivered expires."""

    def know(self, checks: Iterable[Check]) -> None:
        """Tell probers the whole catalogue of checks; orders for others are withdrawn."""
        ...

    def send(self, orders: Iterable[Order]) -> None:
        """Send orders to the probers of their locations."""
        ...
