"""The public addresses and the query keys each of them knows. The layer of published bytes ignores any other key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from status.publication.addresses import OLD_LINKS
from status.publication.types import ANY_QUERY

LISTED: Final = (
    "q", "type", "area", "state", "year", "from", "to", "component", "department", "exchange", "resource", "sort",
    "page",
)  # fmt: skip
"""What the travaux list is filtered and sorted by."""

ALLOWED_QUERY: Final[Mapping[str, tuple[str, ...]]] = {
    "public.front": OLD_LINKS,  # a FlySpray's; "&amp;" was often copied as it stood
    "public.front_of_language": (),
    "public.travaux": LISTED,
    "public.travaux_csv": LISTED,
    "public.travaux_json": LISTED,
    "public.history": ("month",),
    "public.availability": ("period", "component"),
    "public.calendar": ("month",),
    "public.event": (),
    "public.post_mortem": (),
    "public.component": (),
    "public.measures": ("period",),
    "public.department_map": (),
    "public.department": (),
    "public.exchange": (),
    "public.resource": (),
    "public.live": (),
    "public.help": (),
    "public.about": (),
    "public.legal": (),
    "public.accessibility": (),
    "public.manifest": (),
    "public.status_json": (),
    "public.unavailable": (),
    "compat.old_feed": ("proj",),
    "compat.ovh_tasks": ("impact", "status", "type"),
    "compat.ovh_incidents": ("creationDate", "endDate"),
    "compat.ovh_incident": (),
    "compat.badge_svg": (),
    "compat.badge_json": (),
    "compat.robots": (),
    "compat.sitemap": (),
    "compat.security_txt": (),
}
"""By endpoint, in canonical order."""


def known_query(endpoint: str | None) -> tuple[str, ...]:
    """Give the keys that change a published answer of an endpoint; any may, of one that names none above."""
    if endpoint is not None and endpoint.startswith(("feeds.", "static.", "compat.statuspage_")):
        return ()
    return ALLOWED_QUERY.get(endpoint or "", ANY_QUERY)


def canonical_query(endpoint: str, given: Mapping[str, str]) -> str:
    """Give the query with only the keys the page knows, in their order, empty ones left out; '' or '?type=incident'."""
    from urllib.parse import urlencode

    known = [(key, given[key]) for key in ALLOWED_QUERY[endpoint] if given.get(key)]
    return f"?{urlencode(known)}" if known else ""
