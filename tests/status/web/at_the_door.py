"""A browser at the desk's door, with a clock that the test moves."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pyotp
from flask import Flask
from flask.testing import FlaskClient

from probes.types import Instant
from status.app import create_app
from status.domain.permissions import Role
from status.models.engine import writing
from status.runtime import Runtime
from status.services import accounts, actors, passwords, second_factor
from tests.status.web.builder import NOW

PASSWORD = "un cheval sur le toit"
HOME, AWAY = "203.0.113.7", "198.51.100.9"
HTTPS = "https://status.example.net"


@dataclass(slots=True)
class Time:
    """The present, until the test passes some of it."""

    now: datetime = NOW

    def passes(self, **span) -> None:
        self.now += timedelta(**span)


@dataclass(frozen=True, slots=True)
class Door:
    """The app with its moving clock."""

    app: Flask
    runtime: Runtime
    time: Time

    @classmethod
    def of(cls, runtime: Runtime) -> Door:
        time = Time()
        moving = replace(runtime, clock=lambda: Instant(0.0, time.now.timestamp()))
        return cls(create_app(moving), moving, time)

    def browser(self, address: str = HOME) -> Browser:
        return Browser(self, self.app.test_client(), address)

    def account(self, name: str = "alice", role: Role = Role.LEAD) -> str:
        """Make an account that is set up; give its secret."""
        secret = second_factor.new_secret()
        with writing(self.runtime.sessions) as session:
            author = actors.cli_user(session, "test")
            account = accounts.create(session, name, accounts.Details(role), author, NOW)
            accounts.set_password(session, account, passwords.hashed(PASSWORD), author, NOW)
            code, before = pyotp.TOTP(secret).at(NOW - timedelta(minutes=2)), NOW - timedelta(minutes=2)
            second_factor.confirm(session, account, secret, code, self.runtime.places.data, author, before)
        return secret

    def code(self, secret: str) -> str:
        return pyotp.TOTP(secret).at(self.time.now)


@dataclass(frozen=True, slots=True)
class Browser:
    """One browser, over HTTPS."""

    door: Door
    client: FlaskClient
    address: str

    def get(self, path: str, **more):
        return self.client.get(path, base_url=HTTPS, environ_overrides={"REMOTE_ADDR": self.address}, **more)

    def post(self, path: str, data: dict, **more):
        return self.client.post(
            path, data=data, base_url=HTTPS, environ_overrides={"REMOTE_ADDR": self.address}, **more
        )

    def send(self, page: str, data: dict, to: str = ""):
        """Fill the form of a page in and send it."""
        return self.post(to or page, {"csrf": field(self.get(page), "csrf"), **data})

    def password(self, name: str = "alice", password: str = PASSWORD, next_: str = ""):
        return self.send("/desk/sign-in", {"name": name, "password": password, "next": next_})

    def sign_in(self, secret: str, name: str = "alice", next_: str = ""):
        """Go through both pages."""
        return self.send_code(self.password(name, next_=next_), self.door.code(secret))

    def send_code(self, page, code: str):
        given = {"csrf": field(page, "csrf"), "pass": field(page, "pass"), "code": code}
        return self.post("/desk/sign-in/code", given)


def field(page, name: str) -> str:
    """Give a hidden field of a page."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found is not None, page.text
    return found[1]
