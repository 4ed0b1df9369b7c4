"""`/status.json`: the public state of every area and component, for programs."""

from __future__ import annotations

import json
from datetime import datetime

from flask import Blueprint, Response, g

from status.domain.states import PublicState
from status.models import Installation
from status.queries.tree import Node, read_tree
from status.web.scope import Scope, request_scope


def register(public: Blueprint) -> None:
    """Add the route."""
    public.add_url_rule("/status.json", "status_json", show)


def show() -> Response:
    """Give the states; the stale twin says unknown and keeps the last known state apart."""
    scope = request_scope()
    g.states_present = True
    tree = read_tree(scope.session, scope.audience)
    moment = scope.moment
    areas = {area.id for area in tree.areas}
    said = {
        "site": scope.settings.site.name,
        "languages": list(scope.settings.site.languages),
        "timezone": scope.settings.site.timezone,
        **_identity(scope),
        "demonstration": scope.settings.demo is not None,
        "revision": moment.revision,
        "verified_at": _iso(moment.verified_at),
        "valid_until": _iso(moment.valid_until),
        "stale": _is_stale(scope),
        "areas": [_node(area, scope) for area in tree.areas],
        "components": [
            {**_node(node, scope), "area": node.place.area, "parent": tree.by_id[node.place.parent_id].place.slug}
            for node in tree.by_id.values()
            if node.id not in areas and node.place.parent_id is not None
        ],
    }
    body = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    return Response(body, content_type="application/json; charset=utf-8")


def _identity(scope: Scope) -> dict[str, object]:
    """Give what an emergency message makes its identifier of, where there is no database."""
    row = scope.session.get(Installation, 1)
    return {} if row is None else {"authority": row.authority, "year": row.year}


def _node(node: Node, scope: Scope) -> dict[str, object]:
    stale = _is_stale(scope) and node.state is not PublicState.UNWATCHED
    said: dict[str, object] = {
        "slug": node.place.slug,
        "name": dict(sorted(node.place.name.items())),
        "state": PublicState.UNKNOWN.value if stale else node.state.value,
        "since": _iso(None if stale else node.since),
    }
    if stale:
        said["last_known_state"] = node.state.value
    return said


def _is_stale(scope: Scope) -> bool:
    return scope.moment.stale or scope.moment.verified_at is None


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds").replace("+00:00", "Z")
