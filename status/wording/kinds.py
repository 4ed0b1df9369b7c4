"""What each kind of check measures, in customers' words; never the name of a check or of a host."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from status.wording.languages import msg, say

KINDS: Final[Mapping[str, str]] = {
    "http": msg("Web page: until its answer is complete"),
    "dns": msg("Domain names: until the answer of a name server"),
    "ping": msg("Network: there and back"),
    "tcp": msg("Service: until it accepts a connection"),
    "smtp": msg("Mail server: until it is ready to take a message"),
    "sip_options": msg("Telephone server: until it answers"),
    "radius": msg("Internet access: until a log-in is accepted"),
}
OTHER: Final = msg("Service: until it answers")


def kind_of_check(kind: str, language: str) -> str:
    """Say what a kind of check measures; what is said of a kind we have no words for is true of any."""
    return say(language, KINDS.get(kind, OTHER))
