"""The public addresses and the query keys each of them knows. The layer of published bytes ignores any other key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

ALLOWED_QUERY: Final[Mapping[str, tuple[str, ...]]] = {
    "public.front": (),
    "public.front_of_language": (),
    "public.travaux": ("type", "area", "state", "year", "page"),
    "public.event": (),
    "public.post_mortem": (),
    "public.component": (),
    "public.status_json": (),
}
"""By endpoint, in canonical order."""


def canonical_query(endpoint: str, given: Mapping[str, str]) -> str:
    """Give the query with only the keys the page knows, in their order, empty ones left out; '' or '?type=incident'."""
    from urllib.parse import urlencode

    known = [(key, given[key]) for key in ALLOWED_QUERY[endpoint] if given.get(key)]
    return f"?{urlencode(known)}" if known else ""
