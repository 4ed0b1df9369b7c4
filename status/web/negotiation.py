"""Which representation a request gets, and whether its copy is still good (RFC 9110 §12.5.3, §13.1)."""

from __future__ import annotations

import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

REMEMBERED: Final = 500
"""So many different Accept-Encoding headers are remembered; there are a dozen in the wild."""

_WEIGHT: Final = re.compile(r"q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)", re.IGNORECASE)
_ENTITY_TAG: Final = re.compile(r'(?:W/)?("[^"]*")')


class WantsGzip(dict[str, bool]):
    """Whether an Accept-Encoding header prefers gzip; each header is read once."""

    def __missing__(self, header: str) -> bool:
        """Read a header that was not seen before."""
        if len(self) >= REMEMBERED:
            self.clear()
        wanted = self[header] = wants_gzip(header)
        return wanted


def wants_gzip(header: str) -> bool:
    """Tell whether gzip is accepted, and at least as welcome as identity where that is named."""
    weights: dict[str, float] = {}
    for part in header.lower().split(","):
        coding, _, parameters = part.partition(";")
        weight = _WEIGHT.search(parameters)
        weights[coding.strip()] = float(weight.group(1)) if weight else 1.0
    gzip = weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0)))
    return gzip > 0 and gzip >= weights.get("identity", 0.0)


def names_etag(header: str, etag: str) -> bool:
    """Tell whether If-None-Match names `etag` (weak comparison, §8.8.3.2) or any (`*`)."""
    return header.strip() == "*" or etag in _ENTITY_TAG.findall(header)


def is_unmodified(header: str, changed_at: int) -> bool:
    """Tell whether nothing changed since If-Modified-Since; a date that can't be read says no (§13.1.3)."""
    try:
        since = parsedate_to_datetime(header)
    except ValueError:
        return False
    if since.tzinfo is None:
        since = since.replace(tzinfo=UTC)
    return changed_at <= since.timestamp()
