"""The second factor: time-based codes (RFC 6238, each once, one step of drift) and recovery codes (each once)."""

from __future__ import annotations

import hmac
import secrets
from base64 import b32encode
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, cast

import pyotp
import sqlalchemy as sa
from argon2.low_level import Type, hash_secret_raw
from sqlalchemy.orm import Session

from status.domain.refused import Refused
from status.models import Account, Actor, RecoveryCode
from status.services import passwords, sealing
from status.services.accounts import subject
from status.services.auditing import record

STEP_S: Final = 30
DRIFT_STEPS: Final = 1
CODES: Final = 10
CODE_BYTES: Final = 10
"""80 bits, 16 characters; kept as argon2id of it, as for passwords."""

GROUP: Final = 4


def new_secret() -> str:
    """Give a new secret: 160 bits in base32 (RFC 4226 §4 R6)."""
    return pyotp.random_base32()


def address_of(secret: str, name: str, issuer: str) -> str:
    """Give the `otpauth:` address that an app reads from the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=issuer)


def step_of(secret: str, code: str, now: datetime, after: int = 0) -> int | None:
    """Give the time step a code belongs to: one not used yet (beyond `after`), at most one off; None for none."""
    typed = "".join(code.split())
    present = int(now.timestamp()) // STEP_S
    found = None
    for step in range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1):
        right = hmac.compare_digest(pyotp.TOTP(secret).generate_otp(step).encode(), typed.encode("utf-8", "replace"))
        if right and step > after:
            found = step
    return found


def confirm(  # noqa: PLR0917 - who, what, by whom, when
    session: Session, account: Account, secret: str, code: str, data: Path, author: Actor, now: datetime
) -> None:
    """Take a secret once the person's app has given a right code. Raise Refused."""
    step = step_of(secret, code, now)
    if step is None:
        raise Refused("code", "this code does not fit: is the phone's clock right? Type the one it shows now")
    account.totp_secret, account.totp_confirmed_at = sealing.seal(data, secret, now), now
    account.totp_step = step
    account.version += 1
    record(session, author, "account.second_factor", subject(account), now)


def use_code(session: Session, account: Account, code: str, data: Path, now: datetime) -> bool:
    """Whether a code is right; it is used up then, also for one who tries it at the same moment. Raise Refused."""
    if not account.totp_secret:
        return False
    step = step_of(sealing.opened(data, account.totp_secret), code, now, after=account.totp_step)
    if step is None:
        return False
    newer = sa.update(Account).where(Account.uid == account.uid, Account.totp_step < step).values(totp_step=step)
    return cast("sa.CursorResult[Any]", session.execute(newer)).rowcount == 1


def make_recovery_codes(account_uid: str) -> tuple[Sequence[str], Sequence[str]]:
    """Give new recovery codes, and what is stored of each. Takes a second: outside of write transactions."""
    codes = [b32encode(secrets.token_bytes(CODE_BYTES)).decode().lower() for _ in range(CODES)]
    grouped = ["-".join(code[at : at + GROUP] for at in range(0, len(code), GROUP)) for code in codes]
    return grouped, [recovery_hash(account_uid, code) for code in codes]


def keep_recovery_codes(
    session: Session, account: Account, hashes: Sequence[str], author: Actor, now: datetime
) -> None:
    """Replace an account's recovery codes: the old ones are worth nothing from now on."""
    session.execute(sa.delete(RecoveryCode).where(RecoveryCode.account_uid == account.uid))
    session.add_all(RecoveryCode(account_uid=account.uid, code_hash=code, used_at=None) for code in hashes)
    record(session, author, "account.recovery_codes", subject(account), now, after={"codes": len(hashes)})


def use_recovery_code(session: Session, account: Account, code_hash: str, author: Actor, now: datetime) -> bool:
    """Whether a recovery code (`recovery_hash` of it) is one of the account's, unused; it is used up then."""
    use = sa.update(RecoveryCode).where(
        RecoveryCode.account_uid == account.uid, RecoveryCode.code_hash == code_hash, RecoveryCode.used_at.is_(None)
    )
    if cast("sa.CursorResult[Any]", session.execute(use.values(used_at=now))).rowcount != 1:
        return False
    left = codes_left(session, account.uid)
    record(session, author, "account.recovery_code_used", subject(account), now, after={"left": left})
    return True


def codes_left(session: Session, account_uid: str) -> int:
    """Give how many recovery codes are unused."""
    unused = sa.select(sa.func.count()).where(RecoveryCode.account_uid == account_uid, RecoveryCode.used_at.is_(None))
    return session.scalar(unused) or 0


def looks_like_recovery_code(code: str) -> bool:
    """Whether somebody typed a recovery code where six digits go too."""
    return len(_plain(code)) == len(b32encode(bytes(CODE_BYTES)))


def recovery_hash(account_uid: str, code: str) -> str:
    """Give what is stored of a recovery code; the account's uid is its salt."""
    raw = hash_secret_raw(
        _plain(code).encode(), account_uid.encode(), passwords.PASSES, passwords.MEMORY_KIB, passwords.LANES,
        passwords.HASH_BYTES, Type.ID,
    )  # fmt: skip
    return raw.hex()


def _plain(code: str) -> str:
    return "".join(letter for letter in code.casefold() if letter.isalnum())
