"""Network tools that probes share: libcurl on asyncio, the resolver, TLS contexts. Made once per prober process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from probes.net.curl import CurlMulti
    from probes.net.resolve import Resolver


@dataclass(frozen=True, slots=True)
class Tools:
    """What a prober process hands to each of its probes."""

    resolver: Resolver
    curl: CurlMulti
