"""News to the hundred services that apprise knows, where that is installed (`pip install 'travaux[apprise]'`).

Only the operator adds such a subscription (`travaux subscription add`): an apprise address reaches whatever its service
does (any host, programs of this machine), looks names up itself and takes no pinned address, so nothing could hold one
that anybody may type to public addresses. It blocks, so its threads are its own.
"""

from __future__ import annotations

import importlib.util
import logging
from dataclasses import dataclass
from typing import Any, Final

from status.config.model import Settings
from status.domain.refused import Refused
from status.notifiers.addresses import LONGEST
from status.notifiers.types import Channel, NotSent, Outgoing, Ways

PACKAGE: Final = "apprise"
TITLE: Final = 250


def canonical(text: str, settings: Settings) -> tuple[str, str]:
    """Give an address as it is kept, and no domain. Raise Refused for one no service of apprise knows."""
    address = text.strip()
    if lacks(settings):
        raise Refused("channel", f"apprise is not here: {lacks(settings)}")
    if len(address) > LONGEST or not address.isprintable() or _service(address) is None:
        raise Refused(
            "address", "found no address of a service that apprise knows, like 'matrixs://user:token@host/#room'"
        )
    return address, ""


def lacks(_settings: Settings) -> str:
    """Say what is missing: the package."""
    return "" if importlib.util.find_spec(PACKAGE) else f"the package {PACKAGE}: pip install 'travaux[apprise]'"


@dataclass(frozen=True, slots=True)
class AppriseCarrier:
    """Hands messages to apprise; holds nothing open."""

    ways: Ways

    def send(self, outgoing: Outgoing) -> None:
        """Notify. Raise NotSent when the service did not take it; apprise says not why."""
        if lacks(self.ways.settings):
            raise NotSent(f"apprise is not installed: {lacks(self.ways.settings)}", all_wait=True)
        service = _service(outgoing.address)
        if service is None:
            raise NotSent("no service of apprise knows its address any more", for_good=True)
        words = outgoing.words
        if not service.notify(body=words.text.strip(), title=words.subject[:TITLE], body_format="text"):
            raise NotSent("the service did not take it")

    def close(self) -> None:
        """Do nothing."""


def _service(address: str) -> Any:
    """Give the service of one address; None when there is none. Its own log lines tell addresses: none is kept."""
    import apprise

    logging.getLogger(PACKAGE).setLevel(logging.CRITICAL + 1)
    return apprise.Apprise.instantiate(address, suppress_exceptions=True)


CHANNEL = Channel("apprise", canonical, AppriseCarrier, threads=4, lacks=lacks, is_public=False, is_program=True)
