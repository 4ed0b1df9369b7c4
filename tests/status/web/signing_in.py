"""People of the tests: Alice leads, Bob responds, Rita reads, Ada administers; Carol responds for e-mail alone."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from status.domain.permissions import Role
from status.models import Account
from status.models.engine import writing
from status.runtime import Runtime
from status.services import sessions
from status.services.identifiers import new_uid
from status.web.scope import EXTENSION
from tests.status.web.builder import NOW

PEOPLE = {
    "alice": (Role.LEAD, []),
    "bob": (Role.RESPONDER, []),
    "carol": (Role.RESPONDER, ["email"]),
    "rita": (Role.READER, []),
    "ada": (Role.ADMIN, []),
}


@dataclass(frozen=True, slots=True)
class SignedInClient:
    """A browser with a session. `post` sends the form's token along."""

    client: FlaskClient
    csrf: str
    account_uid: str

    def get(self, path: str, **more):
        return self.client.get(path, **more)

    def post(self, path: str, data: dict | None = None, **more):
        return self.client.post(path, data={"csrf": self.csrf, **(data or {})}, **more)


def sign_in(app: Flask, name: str) -> SignedInClient:
    """Sign one of PEOPLE in, without going through the sign-in page."""
    runtime: Runtime = app.extensions[EXTENSION]
    with writing(runtime.sessions) as session:
        account = account_of(session, name)
        cookie = sessions.begin(session, account, NOW)
        csrf = sessions.find(session, cookie, NOW, sessions.Limits(*(2 * [NOW - NOW.replace(year=2000)]))).row.csrf
    client = app.test_client()
    client.set_cookie("travaux", cookie)
    return SignedInClient(client, csrf, account.uid)


def account_of(session: Session, name: str) -> Account:
    """Give one of PEOPLE an account, or the one they have."""
    known = session.query(Account).filter_by(name=name).one_or_none()
    if known is not None:
        return known
    role, areas = PEOPLE[name]
    account = Account(
        uid=new_uid(NOW), name=name, display_name=name.capitalize(), email=f"{name}@example.net", language="fr",
        role=role, areas=areas, created_at=NOW, password_set_at=None, totp_confirmed_at=None, signed_in_at=None,
        disabled_at=None,
    )  # fmt: skip
    session.add(account)
    session.flush()
    return account
