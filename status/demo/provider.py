"""The demonstration provider: its services, the line that reaches them, and what can be asked of both."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from typing import Any, Final

from status.demo.control import Complaint
from status.demo.faults import SLOW_BY_S, WELL, Fault, Mode
from status.demo.keys import Keys
from status.demo.ports import NotStarted
from status.demo.service import Service
from status.demo.services import line_services, provider_services
from status.log import fields

log = logging.getLogger(__name__)

UPLINK: Final = "uplink"
ALL: Final = "all"
SLOWEST_S: Final = 60.0


class Provider:
    """All servers of the demonstration, in one event loop.

    A cut uplink is a fault of the line: the resolver, the references *and* every service disappear from the prober,
    each keeping its own fault for later.
    """

    def __init__(self, ports_from: int, keys: Keys) -> None:
        self._provided = {service.name: service for service in provider_services(ports_from, keys)}
        self._services: tuple[Service, ...] = (*self._provided.values(), *line_services(ports_from))
        self._uplink = WELL

    def open(self) -> None:
        """Open every port. Raise NotStarted, with all of them closed again, when one can't be opened."""
        try:
            for service in self._services:
                service.open()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close every port."""
        for service in self._services:
            service.close()

    def obey(self, request: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Do what a request asks and give the state of everything after it.

        `{"action": "status"}`, or `break`, `hang`, `slow` (with `seconds`), `wrong`, `heal` and a `service`. Raise
        Complaint for anything else, and when a port can't be opened again.
        """
        action = request.get("action")
        if action == "status":
            return self.state()
        fault = _fault(action, request.get("seconds", SLOW_BY_S))
        try:
            self._apply(request.get("service"), fault)
        except NotStarted as error:
            raise Complaint(str(error)) from error
        log.info(
            "demo_fault_set",
            extra=fields(service=request["service"], mode=fault.mode.value, seconds=fault.seconds),
        )
        return self.state()

    def state(self) -> list[dict[str, Any]]:
        """Give one record a service, the line last. `mode` is its own fault; `reachable` says whether the line is."""
        reachable = self._uplink.mode is Mode.WELL
        rows = [
            _row(service.name, service.own, reachable=reachable, ports=service.ports)
            for service in self._provided.values()
        ]
        others = [service for service in self._services if service.name not in self._provided]
        ports = tuple(port for service in others for port in service.ports)
        return [*rows, _row(UPLINK, self._uplink, reachable=reachable, ports=ports)]

    def _apply(self, name: object, fault: Fault) -> None:
        if name == UPLINK:
            self._set_line(fault)
        elif name == ALL and fault == WELL:
            self._set_line(WELL)
            for service in self._provided.values():
                service.set_own(WELL)
        elif isinstance(name, str) and name in self._provided:
            self._provided[name].set_own(fault)
        else:
            known = ", ".join((*self._provided, UPLINK))
            raise Complaint(f"service {name!r}: expected one of {known} ('all' only to heal)")

    def _set_line(self, fault: Fault) -> None:
        if fault.mode is Mode.WRONG:
            raise Complaint("an uplink can't answer wrongly: break it, hang it or slow it")
        for service in self._services:
            service.set_line(fault)
        self._uplink = fault


def _fault(action: object, seconds: object) -> Fault:
    if action == "heal":
        return WELL
    modes = {mode.value: mode for mode in Mode if mode is not Mode.WELL}
    if not isinstance(action, str) or action not in modes:
        raise Complaint(f"action {action!r}: expected one of {', '.join(modes)}, heal, status")
    if modes[action] is not Mode.SLOW:
        return Fault(modes[action])
    if not isinstance(seconds, int | float) or not math.isfinite(seconds) or not 0 < seconds <= SLOWEST_S:
        raise Complaint(f"seconds {seconds!r}: expected a number above 0 and up to {SLOWEST_S:g}")
    return Fault(Mode.SLOW, float(seconds))


def _row(name: str, fault: Fault, *, reachable: bool, ports: tuple[int, ...]) -> dict[str, Any]:
    row: dict[str, Any] = {"service": name, "mode": fault.mode.value, "reachable": reachable, "ports": list(ports)}
    return {**row, "seconds": fault.seconds} if fault.mode is Mode.SLOW else row
