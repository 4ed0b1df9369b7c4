"""A service of the demonstration: its ports, its own fault, and the fault of the line it hangs on."""

from __future__ import annotations

from collections.abc import Sequence

from status.demo.faults import WELL, Fault, Mode
from status.demo.listening import Listener
from status.demo.ports import NotStarted


class Service:
    """One or more listeners that share a fault.

    A fault of the line (the cut uplink) hides the service's own, which comes back when the line is well again.
    """

    def __init__(self, name: str, listeners: Sequence[Listener]) -> None:
        self.name = name
        self.own = WELL
        self.line = WELL
        self._listeners = tuple(listeners)

    @property
    def ports(self) -> tuple[int, ...]:
        """The service's ports, each once, rising."""
        return tuple(sorted({listener.port for listener in self._listeners}))

    @property
    def fault(self) -> Fault:
        """How the service behaves now."""
        return self.own if self.line.mode is Mode.WELL else self.line

    def open(self) -> None:
        """Start listening. Raise NotStarted when a port can't be opened."""
        self._obey(self.fault)

    def set_own(self, fault: Fault) -> None:
        """Give the service a fault. Raise NotStarted, and stay as it was, when a port can't be opened again."""
        before, self.own = self.own, fault
        try:
            self._obey(self.fault)
        except NotStarted:
            self.own = before
            self._obey(self.fault)
            raise

    def set_line(self, fault: Fault) -> None:
        """Give the service's line a fault. Raise NotStarted, and stay as it was, like `set_own`."""
        before, self.line = self.line, fault
        try:
            self._obey(self.fault)
        except NotStarted:
            self.line = before
            self._obey(self.fault)
            raise

    def close(self) -> None:
        """Stop listening."""
        for listener in self._listeners:
            listener.close()

    def _obey(self, fault: Fault) -> None:
        for listener in self._listeners:
            listener.obey(fault)
