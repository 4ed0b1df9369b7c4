"""Who may use the desk and the API: accounts, their second factor, sessions, tokens, one-time links."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from status.domain.permissions import Role
from status.models.base import Base, word


class Account(Base):
    """A person. `name` is the sign-in name, folded; `areas` limits the role to them (empty: all).

    `totp_secret` is sealed with the installation's key; `totp_step` is the last time step that was used, so that a code
    works once. `password_hash` is empty until the person has set one by a one-time link.
    """

    __tablename__ = "account"

    uid: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(80), unique=True)
    display_name: Mapped[str] = mapped_column(sa.String(120))
    email: Mapped[str] = mapped_column(sa.String(254), default="")
    language: Mapped[str] = mapped_column(sa.String(8))
    role: Mapped[Role] = mapped_column(word(Role))
    areas: Mapped[list[str]]
    password_hash: Mapped[str] = mapped_column(sa.Text, default="")
    password_set_at: Mapped[datetime | None]
    totp_secret: Mapped[str] = mapped_column(sa.Text, default="")
    totp_confirmed_at: Mapped[datetime | None]
    totp_step: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    demonstration: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    signed_in_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class RecoveryCode(Base):
    """A code that stands in for the second factor once."""

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_uid: Mapped[str] = mapped_column(sa.ForeignKey("account.uid"), index=True)
    code_hash: Mapped[str] = mapped_column(sa.String(64))
    used_at: Mapped[datetime | None]


class DeskSession(Base):
    """A sign-in. Known by the SHA-256 of its cookie; `csrf` must come with every POST of it.

    `ended` says how it ended: "" while it lives or has run out, "signed_out" or "revoked".
    """

    __tablename__ = "desk_session"

    cookie_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    uid: Mapped[str] = mapped_column(sa.String(36), unique=True)
    account_uid: Mapped[str] = mapped_column(sa.ForeignKey("account.uid"), index=True)
    csrf: Mapped[str] = mapped_column(sa.String(64))
    began_at: Mapped[datetime]
    seen_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    ended: Mapped[str] = mapped_column(sa.String(16), default="")
    address: Mapped[str] = mapped_column(sa.String(64), default="")
    browser: Mapped[str] = mapped_column(sa.String(200), default="")


class OneTimeLink(Base):
    """A link that does one thing for one person until it is used or runs out.

    `purpose`: set-up, invite, reset, demonstration, acknowledge.
    """

    __tablename__ = "one_time_link"

    token_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(sa.String(24))
    account_uid: Mapped[str | None] = mapped_column(sa.ForeignKey("account.uid"), index=True)
    event_uid: Mapped[str | None] = mapped_column(sa.ForeignKey("event.uid"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


class SignInAttempt(Base):
    """A try to sign in that failed, or a success that clears the count; both by the account's name and the address."""

    __tablename__ = "sign_in_attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(sa.String(80), index=True)
    address: Mapped[str] = mapped_column(sa.String(64), index=True)
    succeeded: Mapped[bool]


class ApiToken(Base):
    """A token `trv_…` of an account, known by its SHA-256.

    `start` is what a list shows of it, `scopes` are Scope values. It may do what both its scopes and its account's role
    and areas allow.
    """

    __tablename__ = "api_token"

    uid: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    start: Mapped[str] = mapped_column(sa.String(12))
    name: Mapped[str] = mapped_column(sa.String(120))
    account_uid: Mapped[str] = mapped_column(sa.ForeignKey("account.uid"), index=True)
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class KeptForm(Base):
    """What a person posted after his session had run out: the form, filled, until he has signed in again."""

    __tablename__ = "kept_form"

    uid: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    account_uid: Mapped[str] = mapped_column(sa.ForeignKey("account.uid"), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    path: Mapped[str] = mapped_column(sa.String(400))
    data: Mapped[dict[str, Any]]
    taken_at: Mapped[datetime | None]


class IdempotencyKey(Base):
    """The answer an API request got, given again when the same request comes again under the same key."""

    __tablename__ = "idempotency_key"

    account_uid: Mapped[str] = mapped_column(sa.ForeignKey("account.uid"), primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(128), primary_key=True)
    request_hash: Mapped[str] = mapped_column(sa.String(64))
    at: Mapped[datetime] = mapped_column(index=True)
    status: Mapped[int]
    body: Mapped[str] = mapped_column(sa.Text)
    headers: Mapped[dict[str, str]]
