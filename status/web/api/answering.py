"""One request from its first byte to its answer.

address's rate ─▶ token ─▶ its rate ─▶ path, method ─▶ role ─▶ query, body ─▶ for a deed: one write transaction
    ─▶ repeated? the kept answer ─▶ If-Match ─▶ the view ─▶ answer kept ─▶ commit
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from flask import Response, request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import RequestEntityTooLarge

from status.clock import utc
from status.domain.permissions import Person
from status.domain.refused import Refused
from status.models.engine import reading, writing
from status.runtime import Runtime
from status.services import actors, repeating
from status.services.changing import line_up
from status.services.repeating import Answer, request_hash
from status.web.api import finding
from status.web.api.caller import caller
from status.web.api.limiting import Limiter
from status.web.api.problems import Problem, of_field, of_refused, of_validation
from status.web.api.route import Call, Route, Told
from status.web.api.shapes.base import Query

JSON: Final = "application/json"
KEY: Final = re.compile(r"[\x21-\x7e]{1,128}")
ETAGS: Final = re.compile(r'(?:W/)?"[\x21\x23-\x7e]*"(?:\s*,\s*(?:W/)?"[\x21\x23-\x7e]*")*')


def answer(runtime: Runtime, limiter: Limiter, routes: Sequence[Route], path: Mapping[str, str]) -> Response:
    """Answer a request on a path that has these routes. No exception of ours leaves it."""
    headers: dict[str, str] = {}
    try:
        headers = limiter.count_address(request.remote_addr or "").headers()
        person, token_uid = caller(runtime, utc(runtime.clock().wall))
        headers = limiter.count_token(token_uid).headers()
        response = _answer(runtime, person, _route_of(routes), path)
    except Problem as problem:
        response = problem.response()
    except Refused as error:
        response = of_refused(error).response()
    for name, value in headers.items():
        response.headers.setdefault(name, value)
    return response


def _route_of(routes: Sequence[Route]) -> Route:
    method = "GET" if request.method == "HEAD" else request.method
    for route in routes:
        if route.method == method:
            return route
    if not routes:
        raise Problem(404, "no_such_address", "there is nothing here; GET /api/v1/openapi.json lists what there is")
    allowed = ", ".join(route.method for route in routes)
    raise Problem(405, "method", f"{request.method} is not answered here, only {allowed}", headers={"Allow": allowed})


def _answer(runtime: Runtime, person: Person, route: Route, path: Mapping[str, str]) -> Response:
    person.require(route.deed)
    finding.require_readable(path)
    query, raw = _query(route), _raw(runtime.settings.api.body_bytes)
    body = _body(route, raw)
    now = utc(runtime.clock().wall)
    if not route.writes:
        with reading(runtime.sessions) as session:
            call = Call(session, runtime, person, None, now, route.deed, path, query, body)
            return _response(_told(route, route.view(call)))
    key = _key(route)
    hash_ = request_hash(request.method.encode(), request.full_path.encode(), raw)
    kept_for = timedelta(seconds=runtime.settings.api.idempotency_s)
    with writing(runtime.sessions) as session:
        line_up(session)
        if key is not None:
            before = repeating.answered(session, person.account_uid, key, hash_, now - kept_for)
            if before is not None:
                return _response(before, repeated=True)
        author = actors.of_account(session, person.account_uid, person.name)
        call = Call(session, runtime, person, author, now, route.deed, path, query, body)
        _require_match(call, route)
        told = route.view(call)
        answered = _told(route, told)
        if key is not None:
            repeating.forget(session, now, kept_for)
            kept = _told(route, Told(told.kept, told.version, told.location)) if told.kept else answered
            repeating.keep(session, person.account_uid, key, hash_, kept, now=now)
    return _response(answered)


def _query(route: Route) -> Query:
    given = request.args.to_dict(flat=False)
    for name, values in given.items():
        if len(values) > 1:
            raise of_field(name, values, "this parameter once")
        if name not in route.query.model_fields:
            known = ", ".join(route.query.model_fields) or "none"
            raise of_field(name, values[0], f"no parameter of that name; there are: {known}")
    try:
        return route.query.model_validate({name: values[0] for name, values in given.items()})
    except ValidationError as error:
        raise of_validation(error, "query") from error


def _raw(limit: int) -> bytes:
    request.max_content_length = limit
    try:
        return request.get_data(cache=False)
    except RequestEntityTooLarge as error:
        raise Problem(413, "too_large", f"a body has at most {limit} bytes") from error


def _body(route: Route, raw: bytes) -> BaseModel | None:
    if route.body is None:
        if raw.strip():
            raise of_field("body", f"{len(raw)} bytes", "no body")
        return None
    if request.mimetype != JSON or request.content_encoding not in {None, "identity"}:
        found = request.headers.get("Content-Encoding") or request.mimetype or "nothing"
        raise Problem(415, "media_type", f"found {found[:80]!r}, expected Content-Type: {JSON}, not compressed")
    try:
        return route.body.model_validate_json(raw)
    except ValidationError as error:
        raise of_validation(error, "body") from error


def _key(route: Route) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is None or route.method != "POST":
        return None
    if not KEY.fullmatch(key):
        raise Problem(400, "key", "an Idempotency-Key has 1 to 128 printable ASCII characters without spaces")
    return key


def _require_match(call: Call, route: Route) -> None:
    """Hold an edit against the version the caller has seen. If-Match holds wherever it is sent with an event."""
    given = request.headers.get("If-Match")
    if route.guard is None and "event" not in call.path:
        return
    if given is None and not route.edits:
        return
    version = _version(call, route)
    if given is None:
        if version is not None:
            raise Problem(428, "no_if_match", "say which version you have seen: If-Match with its ETag, or * for any")
        return
    _require_version(given.strip(), version)


def _version(call: Call, route: Route) -> int | None:
    return route.guard(call) if route.guard is not None else finding.event(call.session, call.path["event"]).version


def _require_version(given: str, version: int | None) -> None:
    """Raise Problem where none of the given ETags is this version; * is any, but not none (RFC 9110 §13.1.1)."""
    if version is None:
        raise Problem(412, "conflict", "there is nothing yet that could have a version: leave If-Match out")
    if given == "*":
        return
    if not ETAGS.fullmatch(given):
        raise Problem(400, "if_match", 'If-Match is * or an ETag in quotes, like "7"')
    if f'"{version}"' not in re.findall(r'(?:W/)?"[^"]*"', given):
        detail = f"it was changed since: it is at version {version}; read it again, then repeat"
        raise Problem(412, "conflict", detail, headers={"ETag": f'"{version}"'})


def _told(route: Route, told: Told) -> Answer:
    headers = {}
    if told.version is not None:
        headers["ETag"] = f'"{told.version}"'
    if told.location is not None:
        headers["Location"] = told.location
    return Answer(route.status, told.body.model_dump_json() if told.body is not None else "", headers)


def _response(answered: Answer, *, repeated: bool = False) -> Response:
    response = Response(answered.body, answered.status, content_type=JSON if answered.body else None)
    response.headers.update(answered.headers)
    if not answered.body:
        del response.headers["Content-Type"]
    if repeated:
        response.headers["Idempotent-Replayed"] = "true"
    return response
