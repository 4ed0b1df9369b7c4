"""The Link header of feeds: their own address, and the hub that passes them on (WebSub §4)."""

from __future__ import annotations

from dataclasses import dataclass

from status.publication.addresses import FOLLOWED


@dataclass(frozen=True, slots=True)
class FeedLinks:
    """What is said of feeds; without a hub nothing is."""

    public_url: str = ""
    hub: str = ""

    def of(self, path: str) -> str:
        """Give the value of the header at a path; "" where none is sent."""
        if not self.hub or path.rpartition("/")[2] not in FOLLOWED:
            return ""
        return f'<{self.public_url.rstrip("/")}{path}>; rel="self", <{self.hub}>; rel="hub"'
