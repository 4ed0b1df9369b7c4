"""What a mail server's refusal means for the address: it is not there (hard), or only this mail failed (soft). Sans-IO.

Codes are those of RFC 3463 (`5.1.1`), else of RFC 5321 (`550`). Doubt is soft: an address is never paused on a guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby
from typing import Final

IN_A_ROW: Final = 3
"""So many hard bounces in a row pause an address."""

LOOKED_AT: Final = 10
"""Among so many of its last messages."""

_STATUS: Final = re.compile(r"(?<!\d)(?<!\d\.)([245])\.(\d{1,3})\.(\d{1,3})(?!\d|\.\d)")
_REPLY: Final = re.compile(r"(?<!\d)(?<!\d\.)([245]\d\d)(?!\d|\.\d)")
_GONE_SUBJECTS: Final = frozenset({"1"})
"""5.1.x: something about the address (RFC 3463 §3.2), but for the sender's (5.1.7, 5.1.8)."""

_SENDERS: Final = frozenset({"7", "8"})
_GONE: Final = frozenset({("2", "1"), ("4", "4")})
"""The mailbox is disabled (5.2.1); no host takes mail for this domain (5.4.4)."""

_SAYS_NOTHING: Final = ("0", "0")
_GONE_REPLIES: Final = frozenset({"550", "551", "553"})


def is_hard(said: str) -> bool:
    """Whether a refusal says that the address does not exist: `said` holds codes, with words around them or not."""
    status = _STATUS.search(said)
    if status is not None and (status[2], status[3]) != _SAYS_NOTHING:
        class_, subject, detail = status.groups()
        is_gone = (subject in _GONE_SUBJECTS and detail not in _SENDERS) or (subject, detail) in _GONE
        return class_ == "5" and is_gone
    if status is not None and status[1] != "5":
        return False
    reply = _REPLY.search(said)
    return reply is not None and reply[1] in _GONE_REPLIES


def code_of(said: str) -> str:
    """Give the code in a refusal, `5.1.1` before `550`; "" without one."""
    found = _STATUS.search(said) or _REPLY.search(said)
    return found[0] if found else ""


def in_a_row(bounced: Iterable[bool]) -> int:
    """Give the longest run of messages that came back, of messages in their order."""
    return max((len(list(run)) for came_back, run in groupby(bounced) if came_back), default=0)
