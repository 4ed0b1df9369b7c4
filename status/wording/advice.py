"""What customers can do meanwhile, by area."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from status.wording.languages import in_every_language, msg

ADVICE: Final[Mapping[str, str]] = {
    "hosting": msg(
        "There is nothing to change on your side: please do not alter your site's settings or its DNS zone, "
        "and try again later."
    ),
    "email": msg(
        "Messages you are sent meanwhile are normally kept and sent again by the sender's server. "
        "Leave yours in your outbox: your program will try again. There is nothing to change in its settings."
    ),
    "telephony": msg(
        "Please do not restart or reset your phones. "
        "For emergency calls (15, 17, 18, 112), use a mobile phone or another line."
    ),
    "xdsl": msg(
        "If your connection still works, please do not restart your modem: it might not reconnect. "
        "For emergency calls (15, 17, 18, 112), use a mobile phone."
    ),
}


def advice(area: str) -> dict[str, str]:
    """Give what customers of an area can do, in every language; nothing for an area without advice."""
    return in_every_language(ADVICE[area]) if area in ADVICE else {}
