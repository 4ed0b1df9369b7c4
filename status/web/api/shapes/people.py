"""Accounts and tokens, for admins; and who asks."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from status.domain.permissions import Role, Scope
from status.web.api.shapes.base import AccountName, Language, PageQuery, Shape, Time

AreaName = Literal["hosting", "email", "telephony", "xdsl"]
Mail = Annotated[str, StringConstraints(max_length=254)]
DisplayName = Annotated[str, StringConstraints(max_length=120)]


class MeAnswer(Shape):
    """Who the token is of, and what it may do. `scopes`: of the token, `areas` empty: every one."""

    name: str
    role: Role
    areas: list[str]
    scopes: list[Scope]


class AccountAnswer(Shape):
    """An account. What proves a person is never given."""

    uid: str
    name: str
    display_name: str
    email: str
    language: str
    role: Role
    areas: list[str]
    has_password: bool
    has_second_factor: bool
    created_at: datetime
    signed_in_at: datetime | None
    disabled_at: datetime | None
    version: int


class AccountPage(Shape):
    """Accounts by name."""

    items: list[AccountAnswer]
    next: str | None


class Inviting(Shape):
    """A person to give an account. `areas` empty: every one."""

    name: AccountName
    role: Role
    display_name: DisplayName = ""
    email: Mail = ""
    language: Language = "fr"
    areas: Annotated[list[AreaName], Field(max_length=4)] = Field(default_factory=list)


class InvitedAnswer(Shape):
    """The account made, and the link to hand over: shown this once. Null where the request is repeated."""

    account: AccountAnswer
    link: str | None


class ChangingAccount(Shape):
    """What changes of an account; what is left out stays."""

    role: Role | None = None
    display_name: DisplayName | None = None
    email: Mail | None = None
    language: Language | None = None
    areas: Annotated[list[AreaName], Field(max_length=4)] | None = None


class TokenAnswer(Shape):
    """A token; `start` is how it begins."""

    uid: str
    account: str
    name: str
    start: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None
    revoked_at: datetime | None


class TokenPage(Shape):
    """Tokens, the youngest first."""

    items: list[TokenAnswer]
    next: str | None


class TokensQuery(PageQuery):
    """Whose tokens."""

    account: AccountName | None = None


class MakingToken(Shape):
    """A token to make. `expires_at` null: it holds until it is revoked."""

    account: AccountName
    name: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=6)]
    expires_at: Time | None = None


class MadeTokenAnswer(Shape):
    """The token made: `secret` is shown this once, and null where the request is repeated."""

    token: TokenAnswer
    secret: str | None
