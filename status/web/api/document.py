"""The OpenAPI 3.1 document, made from the table of routes and the pydantic models. No word in it is written twice."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from http import HTTPStatus
from typing import Any, Final, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from status.domain.permissions import ALLOWED, Deed
from status.web.api.finding import PARAMETERS
from status.web.api.problems import MEDIA_TYPE
from status.web.api.route import PREFIX, Call, Route, Told
from status.web.api.shapes.base import JSONDocument, Problem

REF: Final = "#/components/schemas/{model}"
JSON: Final = "application/json"
IF_MATCH: Final = r'^(\*|"[0-9]{1,9}")$'
KEY: Final = r"^[\x21-\x7e]{1,128}$"
MEANINGS: Final = {
    400: "The request can't be read.",
    401: "No token, or one that does not hold.",
    403: "Role, scope or area do not allow it; `detail` names what is missing.",
    404: "There is no such thing.",
    409: "How the thing stands does not allow it; `detail` names what would be allowed.",
    412: "It was changed since the version in If-Match; the ETag says its version.",
    413: "The body is too long.",
    415: "The body is no JSON, or compressed.",
    422: "A field can't be so; `errors` names each.",
    428: "If-Match is missing.",
    429: "Too many requests; Retry-After says when to go on.",
    500: "A fault of ours.",
    503: "The database does not answer; try again, with the same Idempotency-Key.",
}
DESCRIPTION: Final = (
    "Every request carries `Authorization: Bearer trv_…`; cookies are not looked at. Events are addressed by number or "
    "uid. Unknown fields and parameters are refused. Rates are counted by each web worker."
)


def route(resources: Sequence[Route]) -> Route:
    """Give the route by which the document of these routes, and of itself, is served."""

    @cache
    def made() -> JSONDocument:
        return JSONDocument.of(openapi((*resources, own)))

    def view(_call: Call) -> Told:
        return Told(made())

    own = Route("GET", "/openapi.json", "get-openapi", Deed.READ, view, "This document", JSONDocument)
    return own


def openapi(routes: Sequence[Route]) -> dict[str, Any]:
    """Make the document."""
    names, schemas = _schemas(routes)
    paths: dict[str, dict[str, Any]] = {}
    for each in routes:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each, names)
    return {
        "openapi": "3.1.0",
        "info": {"title": "travaux", "version": "1", "description": DESCRIPTION},
        "servers": [{"url": PREFIX}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "An API token, trv_…"}},
        },
    }


Mode = Literal["validation", "serialization"]
Names = dict[tuple[type[BaseModel], Mode], dict[str, Any]]


def _schemas(routes: Sequence[Route]) -> tuple[Names, dict[str, Any]]:
    wanted: list[tuple[type[BaseModel], Mode]] = [(Problem, "serialization")]
    for each in routes:
        wanted += [(each.answer, "serialization")] if each.answer is not None else []
        wanted += [(each.body, "validation")] if each.body is not None else []
        wanted += [(each.query, "validation")]
    names, document = models_json_schema(list(dict.fromkeys(wanted)), ref_template=REF)
    return names, document.get("$defs", {})  # type: ignore[return-value]


def _operation(each: Route, names: Names) -> dict[str, Any]:
    role, scope = ALLOWED[each.deed]
    found: dict[str, Any] = {
        "operationId": each.name,
        "summary": each.summary,
        "description": f"Needs the role {role.value} and a token with the scope {scope.value}.",
        "tags": [each.path.split("/")[1]],
        "parameters": [*_path_parameters(each), *_query_parameters(each), *_header_parameters(each)],
        "responses": {str(status): _response(each, status, names) for status in each.statuses()},
    }
    if each.body is not None:
        found["requestBody"] = {"required": True, "content": {JSON: {"schema": names[each.body, "validation"]}}}
    return found


def _path_parameters(each: Route) -> list[dict[str, Any]]:
    return [
        {
            "name": name, "in": "path", "required": True, "description": PARAMETERS[name][1],
            "schema": {"type": "string", "pattern": PARAMETERS[name][0]},
        }
        for name in each.parameters
    ]  # fmt: skip


def _query_parameters(each: Route) -> list[dict[str, Any]]:
    document = each.query.model_json_schema(ref_template=REF)
    required = document.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": _without_null(schema)}
        for name, schema in document.get("properties", {}).items()
    ]


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Give a parameter's schema: one that is left out is not null."""
    found = {name: value for name, value in schema.items() if name not in {"title", "default"} or value is not None}
    choices = [choice for choice in found.pop("anyOf", []) if choice != {"type": "null"}]
    return {**found, **(choices[0] if len(choices) == 1 else {"anyOf": choices} if choices else {})}


def _header_parameters(each: Route) -> list[dict[str, Any]]:
    found = []
    if each.edits:
        found.append({
            "name": "If-Match", "in": "header", "required": not each.makes,
            "schema": {"type": "string", "pattern": IF_MATCH},
            "description": f"The ETag of {_edited(each)} as it was seen, or * for any.",
        })  # fmt: skip
    if each.method == "POST":
        found.append({
            "name": "Idempotency-Key", "in": "header", "required": False, "schema": {"type": "string", "pattern": KEY},
            "description": "The same request under the same key is done once; the answer is kept for a day.",
        })  # fmt: skip
    return found


def _edited(each: Route) -> str:
    """Name what an edit changes."""
    return f"the {each.parameters[-1]}" if each.guard is not None else "the event"


def _response(each: Route, status: int, names: Names) -> dict[str, Any]:
    headers = {"RateLimit-Limit": _header(), "RateLimit-Remaining": _header(), "RateLimit-Reset": _header()}
    if status != each.status:
        more = {401: "WWW-Authenticate", 429: "Retry-After", 503: "Retry-After"}.get(status)
        headers |= {more: _header("string")} if more else {}
        schema = names[Problem, "serialization"]
        return {"description": MEANINGS[status], "content": {MEDIA_TYPE: {"schema": schema}}, "headers": headers}
    if each.versioned:
        headers["ETag"] = _header("string")
    found: dict[str, Any] = {"description": HTTPStatus(status).phrase, "headers": headers}
    if each.answer is not None:
        found["content"] = {JSON: {"schema": names[each.answer, "serialization"]}}
    return found


def _header(type_: str = "integer") -> dict[str, Any]:
    return {"schema": {"type": type_}}
