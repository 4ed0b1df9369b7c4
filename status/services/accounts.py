"""Accounts: made, found, changed, disabled, enabled. How a person proves himself is in passwords and second_factor."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.permissions import Role
from status.domain.refused import Refused
from status.domain.states import AREAS
from status.models import Account, Actor, OneTimeLink
from status.services import sessions, tokens
from status.services.auditing import note_change, record
from status.services.changing import line_up
from status.services.identifiers import new_uid
from status.wording.languages import LANGUAGES

NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,78}[a-z0-9])?")
MAIL: Final = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+\.[^@\s<>,;\"]+")
DISPLAY_LENGTH: Final = 120
MAIL_LENGTH: Final = 254


@dataclass(frozen=True, slots=True)
class Details:
    """What is said of a person. `areas` empty: every area. `display_name` empty: the name."""

    role: Role
    language: str = "fr"
    display_name: str = ""
    email: str = ""
    areas: Collection[str] = ()


def create(
    session: Session, name: str, details: Details, author: Actor, now: datetime, *, demonstration: bool = False
) -> Account:
    """Make an account, which can't sign in before it set a password by a one-time link. Raise Refused."""
    folded = fold(name)
    if not NAME.fullmatch(folded):
        raise Refused("name", f"found {name[:80]!r}, expected 1 to 80 letters a to z, digits, and . _ - within")
    line_up(session)
    if session.scalar(sa.select(Account.uid).where(Account.name == folded)) is not None:
        raise Refused("name_taken", f"there is an account {folded!r} already: choose another name")
    _require_sound(details)
    account = Account(
        uid=new_uid(now), name=folded, display_name=details.display_name.strip() or folded,
        email=details.email.strip(), language=details.language, role=details.role, areas=sorted(set(details.areas)),
        password_set_at=None, totp_confirmed_at=None, demonstration=demonstration, created_at=now, signed_in_at=None,
        disabled_at=None,
    )  # fmt: skip
    session.add(account)
    after = {"name": folded, "role": details.role.value, "areas": account.areas, "language": account.language}
    record(session, author, "account.created", subject(account), now, after=after)
    return account


def change(
    session: Session, account: Account, details: Details, author: Actor, now: datetime, *, version: int | None = None
) -> None:
    """Change what is said of a person. His sessions go on with it at once. Raise Refused, for a stale `version` too."""
    line_up(session)
    session.refresh(account)
    if version is not None and account.version != version:
        raise Refused("conflict", f"{account.name} was changed by somebody else meanwhile: look again, then repeat")
    _require_sound(details)
    if details.role is not Role.ADMIN:
        _require_other_admin(session, account)
    values = {
        "role": details.role, "areas": sorted(set(details.areas)), "language": details.language,
        "display_name": details.display_name.strip() or account.name, "email": details.email.strip(),
    }  # fmt: skip
    changed = {name: value for name, value in values.items() if getattr(account, name) != value}
    if not changed:
        return
    for name, value in changed.items():
        note_change(session, subject(account), name, getattr(account, name), value)
        setattr(account, name, value)
    account.version += 1
    record(session, author, "account.changed", subject(account), now)


def disable(session: Session, account: Account, author: Actor, now: datetime) -> None:
    """Let a person in no more: sessions, tokens and links end at once. Raise Refused for the last admin."""
    if account.disabled_at is not None:
        return
    line_up(session)
    _require_other_admin(session, account)
    account.disabled_at = now
    account.version += 1
    ended = sessions.end_all(session, account.uid, now)
    revoked = tokens.revoke_all(session, account, author, now)
    open_links = sa.update(OneTimeLink).where(OneTimeLink.account_uid == account.uid, OneTimeLink.used_at.is_(None))
    session.execute(open_links.values(used_at=now))
    record(session, author, "account.disabled", subject(account), now, after={"sessions": ended, "tokens": revoked})


def enable(session: Session, account: Account, author: Actor, now: datetime) -> None:
    """Let a person in again, with the password he had; his tokens stay revoked."""
    if account.disabled_at is not None:
        account.disabled_at = None
        account.version += 1
        record(session, author, "account.enabled", subject(account), now)


def set_password(
    session: Session, account: Account, stored: str, author: Actor, now: datetime, *, keep_session: str = ""
) -> None:
    """Keep a new password (`passwords.hashed` of it); every session ends but the one with the uid `keep_session`."""
    account.password_hash, account.password_set_at = stored, now
    account.version += 1
    ended = sessions.end_all(session, account.uid, now, but=keep_session)
    record(session, author, "account.password", subject(account), now, after={"sessions": ended})


def change_language(session: Session, account: Account, language: str, author: Actor, now: datetime) -> None:
    """Change the language the desk speaks to a person. Raise Refused."""
    change(session, account, replace(details_of(account), language=language), author, now)


def end_sessions(session: Session, account: Account, author: Actor, now: datetime) -> int:
    """Revoke every session of a person, as somebody else asks; give how many."""
    ended = sessions.end_all(session, account.uid, now)
    record(session, author, "account.sessions_ended", subject(account), now, after={"sessions": ended})
    return ended


def fold(name: str) -> str:
    """Give a sign-in name as it is kept; NUL characters, which PostgreSQL does not take, are none of it."""
    return name.replace("\x00", "").strip().casefold()


def by_name(session: Session, name: str) -> Account | None:
    """Find an account by its sign-in name, a disabled one too."""
    return session.scalar(sa.select(Account).where(Account.name == fold(name)[:80]))


def named(session: Session, name: str) -> Account:
    """Find an account by its sign-in name. Raise Refused."""
    account = by_name(session, name)
    if account is None:
        raise Refused("no_such_account", f"there is no account {name[:80]!r}; `travaux account list` has all")
    return account


def of_uid(session: Session, uid: str) -> Account:
    """Find an account by its uid. Raise Refused."""
    account = session.get(Account, uid)
    if account is None:
        raise Refused("no_such_account", f"there is no account {uid[:40]!r}")
    return account


def listed(session: Session) -> Sequence[Account]:
    """Give every account by name."""
    return session.scalars(sa.select(Account).order_by(Account.name)).all()


def is_any(session: Session) -> bool:
    """Whether a person has an account; a demonstration's own do not count."""
    return session.scalar(sa.select(Account.uid).where(~Account.demonstration).limit(1)) is not None


def details_of(account: Account) -> Details:
    """Give what is said of a person, to change a part of it."""
    return Details(account.role, account.language, account.display_name, account.email, tuple(account.areas))


def subject(account: Account) -> str:
    """Give what the audit calls an account."""
    return f"account:{account.uid}"


def _require_sound(details: Details) -> None:
    unknown = sorted(set(details.areas) - set(AREAS))
    if unknown:
        raise Refused("areas", f"found {', '.join(unknown)[:200]}, expected areas: {', '.join(AREAS)}, or none for all")
    if details.role is Role.ADMIN and details.areas:
        raise Refused("areas", "an admin is not limited to areas: leave them out, or choose another role")
    if details.language not in LANGUAGES:
        raise Refused("language", f"found {details.language[:20]!r}, expected {' or '.join(LANGUAGES)}")
    email = details.email.strip()
    if email and (len(email) > MAIL_LENGTH or not MAIL.fullmatch(email)):
        raise Refused("email", f"found {email[:80]!r}, expected a mail address like alice@example.net, or none")
    name = details.display_name.strip()
    if len(name) > DISPLAY_LENGTH or not name.isprintable():
        raise Refused("display_name", f"expected at most {DISPLAY_LENGTH} characters on one line")


def _require_other_admin(session: Session, account: Account) -> None:
    """Raise Refused when this is the only admin who could sign in: nobody could repair that from the desk."""
    if account.role is not Role.ADMIN or account.disabled_at is not None:
        return
    wanted = sa.select(Account.uid).where(
        Account.role == Role.ADMIN, Account.uid != account.uid, Account.disabled_at.is_(None)
    )
    if session.scalar(wanted.limit(1)) is None:
        raise Refused("last_admin", f"{account.name} is the only admin: make another one first")
