"""How many requests a caller may make in a minute: by address before the token is looked at, then by token.

Counted in each worker's own memory: with several workers a caller may make so many times as many. What a burst may
take is the whole minute's number; the window slides.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Final

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from status.clock import system_clock
from status.web.api.problems import Problem

IPV6_NETWORK_BITS: Final = 64


@dataclass(frozen=True, slots=True)
class Left:
    """What a caller has left: of `limit` requests `remaining`, all of them again in `reset_s`."""

    limit: int
    remaining: int
    reset_s: int

    def headers(self) -> dict[str, str]:
        """Give the headers that say so."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset_s),
        }


class Limiter:
    """The counters of one worker. It measures spans by the machine's own clock, whatever the app's says."""

    def __init__(self, address_minute: int, token_minute: int) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._address = RateLimitItemPerMinute(address_minute)
        self._token = RateLimitItemPerMinute(token_minute)

    def count_address(self, address: str) -> Left:
        """Count a request of an address; a network of IPv6 counts as one. Raise Problem (429) when it is too many."""
        return self._count(self._address, "address", _network(address))

    def count_token(self, uid: str) -> Left:
        """Count a request with a token. Raise Problem (429) when it is too many."""
        return self._count(self._token, "token", uid)

    def _count(self, item: RateLimitItemPerMinute, of: str, who: str) -> Left:
        allowed = self._limiter.hit(item, of, who)
        stats = self._limiter.get_window_stats(item, of, who)
        reset_s = max(1, round(stats.reset_time - system_clock().wall))
        left = Left(item.amount, max(0, stats.remaining), reset_s)
        if not allowed:
            detail = f"more than {item.amount} requests a minute from this {of}: wait {reset_s} s"
            raise Problem(429, "too_many", detail, headers={**left.headers(), "Retry-After": str(reset_s)})
        return left


def _network(address: str) -> str:
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        return str(int(found) >> (128 - IPV6_NETWORK_BITS))
    return address
