"""What a channel is, what it is given to send, and how it says that it could not.

One file per channel, discovered like kinds of probes; each ends with `CHANNEL = Channel(…)`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol

from status.config.model import Settings
from status.domain.alerting import TryKind

LEAST_STATUS: Final = 100
MOST_STATUS: Final = 599


@dataclass(frozen=True, slots=True)
class Words:
    """What a message says, frozen: without anything personal, the same for all who are told the same.

    `payload["kind"]` is `subscriptions.CONFIRM` in a message that asks whether an address wants to be told; it is told
    nothing else before it said yes.

    `short` fits an SMS or a push (one line); `payload` is the web-hook's body as docs/subscriptions.md lists it.
    """

    language: str
    subject: str
    text: str
    html: str
    short: str
    link: str
    payload: Mapping[str, Any]
    thread: str = ""
    """The uid of the event it is about, where it is one."""

    calendar: str = ""
    """An iCalendar (RFC 5545) that goes with it where the channel can carry one; "": none."""

    why: str = ""
    """Why somebody is told, where that is not that he asked for it."""

    @property
    def is_alert(self) -> bool:
        """Whether it calls one of the desk's own people or says that it is over: he subscribed to nothing."""
        return self.payload.get("kind") in {TryKind.ALERT.value, TryKind.RECOVERY.value}


@dataclass(frozen=True, slots=True)
class Links:
    """A subscriber's own links: to say yes, to change everything, to stop at once (also the target of RFC 8058)."""

    confirm: str
    manage: str
    stop: str


class Ways(Protocol):
    """What a carrier must know of the installation."""

    @property
    def settings(self) -> Settings:
        """Give the settings."""

    def is_open(self, component: str) -> bool:
        """Whether a way out that rides on this component can be used; "" rides on none."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message on its way. `uid` is its key, the same in every try; `secret` is opened already, or empty.

    `former_secret`: the one before, which signs beside it for a while.
    """

    uid: str
    address: str
    words: Words
    links: Links
    frozen_at: datetime
    attempt: int
    secret: str = ""
    former_secret: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


def kept_status(answered: int | None) -> int | None:
    """Give an answer's status (RFC 9110 §15) as it may be kept; None for any other number, which no column may hold."""
    return answered if answered is not None and LEAST_STATUS <= answered <= MOST_STATUS else None


class NotSent(Exception):
    """It was not accepted. `why` is said in our words, without addresses; `after_s` is what the other side asked for.

    `for_good`: no further try of this address helps (a hard bounce). `all_wait`: the way out is closed, not only for
    this address, and nothing of this message was handed over: it may be written anew with later news. `answered`: the
    status of the other side's answer, where there is one.
    """

    def __init__(
        self, why: str, *, for_good: bool = False, all_wait: bool = False, after_s: float | None = None,
        answered: int | None = None,
    ) -> None:  # fmt: skip
        super().__init__(why)
        self.why = why
        self.for_good = for_good
        self.all_wait = all_wait
        self.after_s = after_s
        self.answered = kept_status(answered)


class Carrier(Protocol):
    """A way out, held open by one thread."""

    def send(self, outgoing: Outgoing) -> int | None:
        """Hand a message over; return once the other side took it: its answer's status, if any. Raise NotSent."""

    def close(self) -> None:
        """Let go of what is held open."""


def _nothing(_settings: Settings) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Channel:
    """A way to tell somebody.

    `canonical` gives an address as it is kept, and its domain for the limits; it raises Refused for one that can't be.
    `open` makes a carrier. `threads`: so many carriers at once, so that a slow address does not delay
    the others; `per_host`: so many of them at most for the addresses of one host (0: all), for the same reason.
    `by_domain`: no domain is told faster than `[mail]` allows. `has_secret`: we make one, to sign with.

    `lacks` says what this installation lacks for it, "" when nothing: only then it is offered. `is_public`: anybody may
    ask for it by the form; else the operator alone adds it. `is_program`: a program or a room stands at the address, so
    its subscriber may look what it answered, and send a test. `counted_as` gives what the limit on asking an address
    counts: all that reach one mailbox.
    """

    name: str
    canonical: Callable[[str, Settings], tuple[str, str]]
    open: Callable[[Ways], Carrier]
    threads: int = 1
    per_host: int = 0
    by_domain: bool = False
    has_secret: bool = False
    lacks: Callable[[Settings], str] = _nothing
    is_public: bool = True
    is_program: bool = False
    counted_as: Callable[[str], str] = str
