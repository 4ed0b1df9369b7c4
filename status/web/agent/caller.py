"""Who calls: the location of the bearer token, or a refusal. The token itself goes nowhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from flask import Response, current_app, json, request

from status.clock import utc
from status.models.engine import reading, writing
from status.runtime import Runtime
from status.services import locations
from status.web.scope import EXTENSION

SCHEME: Final = "bearer"
AGENT: Final = re.compile(r"travaux-agent/([0-9A-Za-z.+-]{1,40})$")


@dataclass(frozen=True, slots=True)
class Caller:
    """The location that calls, and its agent's release ('': it does not say). `heard_due`: it is time to note both."""

    location_id: int
    location: str
    heard_due: bool
    version: str


class Unwelcome(Exception):
    """A request that is refused, with the answer it gets."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def runtime_of_app() -> Runtime:
    """Give the runtime."""
    runtime: Runtime = current_app.extensions[EXTENSION]
    return runtime


def caller() -> Caller:
    """Give who calls. Raise Unwelcome: 401 without a token we know, 403 for a retired location."""
    runtime = runtime_of_app()
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != SCHEME or not token.strip():
        raise Unwelcome(401, "a bearer token is needed: travaux location add prints how an agent is given one")
    with reading(runtime.sessions) as session:
        row = locations.of_token(session, token.strip())
        if row is None:
            raise Unwelcome(401, "this token is unknown: it was rotated, or belongs to another installation")
        if row.retired_at is not None:
            raise Unwelcome(403, f"location {row.slug} is retired")
        return Caller(row.id, row.slug, locations.is_due(row, utc(runtime.clock().wall)), _version())


def require_own(who: Caller, named: str) -> None:
    """Raise Unwelcome (403) when the request speaks for another location than the token's."""
    if named != who.location:
        raise Unwelcome(403, f"this token is the one of location {who.location}, not of the location named")


def note_heard(who: Caller) -> None:
    """Note, every few seconds, that a location was heard."""
    if who.heard_due:
        runtime = runtime_of_app()
        with writing(runtime.sessions) as session:
            locations.note_heard(session, who.location_id, utc(runtime.clock().wall), who.version)


def _version() -> str:
    found = AGENT.match(request.headers.get("User-Agent", ""))
    return found[1] if found else ""


def told(code: int, message: str) -> Response:
    """Answer a refusal."""
    response = Response(json.dumps({"error": message}), code, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    if code == 401:  # noqa: PLR2004 - RFC 9110 §15.5.2 asks for the header
        response.headers["WWW-Authenticate"] = "Bearer"
    return response
