"""Programs of the tests: each of PEOPLE with a token."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from status.domain.permissions import Scope
from status.models.engine import writing
from status.runtime import Runtime
from status.services import actors, tokens
from status.web.api.route import PREFIX
from status.web.scope import EXTENSION
from tests.status.web.builder import NOW
from tests.status.web.signing_in import account_of

NUMBERS = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Program:
    """A caller with a token. Edits send `If-Match: *` unless told otherwise."""

    client: FlaskClient
    token: str

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.ask("GET", path, **more)

    def post(self, path: str, body: object = None, **more: Any) -> TestResponse:
        return self.ask("POST", path, body, **more)

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> TestResponse:
        given = {"Authorization": f"Bearer {self.token}", "If-Match": "*"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        more = {} if body is None else {"json": body}
        kept = {name: value for name, value in given.items() if value}
        return self.client.open(PREFIX + path, method=method, headers=kept, **more)


def token_of(app: Flask, name: str, scopes: set[Scope] | None = None) -> str:
    """Give one of PEOPLE a token; all scopes unless told which."""
    runtime: Runtime = app.extensions[EXTENSION]
    with writing(runtime.sessions) as session:
        account = account_of(session, name)
        author = actors.of_account(session, account.uid, account.name)
        named = f"test {next(NUMBERS)}"
        return tokens.make(session, account, named, scopes or set(Scope), None, author, NOW)


def program(app: Flask, name: str, scopes: set[Scope] | None = None) -> Program:
    """Give one of PEOPLE as a program."""
    return Program(app.test_client(), token_of(app, name, scopes))
