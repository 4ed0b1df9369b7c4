"""Who calls: the person of the bearer token, or a refusal. Cookies are not looked at; the token goes nowhere."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from flask import request

from status.domain.permissions import Person
from status.models.engine import reading, writing
from status.runtime import Runtime
from status.services import tokens
from status.web.api.problems import Problem

SCHEME: Final = "bearer"
LONGEST_TOKEN: Final = 200


def caller(runtime: Runtime, now: datetime) -> tuple[Person, str]:
    """Give who calls and the uid of his token. Raise Problem (401) without a token that holds."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    token = text.strip()
    if scheme.lower() != SCHEME or not token:
        raise _unwelcome("a token is needed: Authorization: Bearer trv_…", "")
    if len(token) > LONGEST_TOKEN or not token.isascii():
        raise _unwelcome("this is no token of ours; they begin with trv_", ' error="invalid_token"')
    with reading(runtime.sessions) as session:
        found = tokens.of_token(session, token, now)
        if found is None:
            raise _unwelcome("this token is unknown, has expired or was revoked", ' error="invalid_token"')
        row, account = found
        person, due = tokens.person_of_token(row, account), tokens.is_due(row, now)
    if due:
        with writing(runtime.sessions) as session:
            tokens.note_used(session, row, now)
    return person, row.uid


def _unwelcome(detail: str, more: str) -> Problem:
    challenge = f'Bearer realm="travaux"{"," if more else ""}{more}'
    return Problem(401, "unauthenticated", detail, headers={"WWW-Authenticate": challenge})
