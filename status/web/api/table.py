"""The table of routes. What is not here does not exist: rules, OpenAPI and the tests' matrix are made from it."""

from __future__ import annotations

from typing import Final

from status.web.api import (
    accounts,
    checks,
    components,
    customers,
    document,
    drafts,
    events,
    lessons,
    notes,
    parting,
    series,
    subscribers,
    templates,
    updates,
    words,
    works,
)
from status.web.api.route import Route

RESOURCES: Final = (
    *components.ROUTES,
    *checks.ROUTES,
    *events.ROUTES,
    *updates.ROUTES,
    *words.ROUTES,
    *notes.ROUTES,
    *drafts.ROUTES,
    *lessons.ROUTES,
    *templates.ROUTES,
    *parting.ROUTES,
    *works.ROUTES,
    *series.ROUTES,
    *subscribers.ROUTES,
    *customers.ROUTES,
    *accounts.ROUTES,
)
ROUTES: Final = (*RESOURCES, document.route(RESOURCES))


def by_rule() -> dict[str, tuple[Route, ...]]:
    """Give the routes of each path, by its Flask rule."""
    found: dict[str, tuple[Route, ...]] = {}
    for route in ROUTES:
        found[route.rule] = (*found.get(route.rule, ()), route)
    return found
