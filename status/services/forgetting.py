"""What is forgotten of sign-ins when its time is over: tries, ended sessions, used links, forms that were kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.config.model import Desk
from status.models import DeskSession, KeptForm, OneTimeLink, SignInAttempt

LINKS_STAY: Final = timedelta(days=30)
"""So long after its end a link still answers that it has run out."""


def forget_sign_ins(session: Session, desk: Desk, now: datetime) -> int:
    """Delete what no rule looks at any more; give how many rows. The audit keeps what was done."""
    keep_form, absolute = timedelta(seconds=desk.keep_form_s), timedelta(seconds=desk.absolute_s)
    known = max(timedelta(days=desk.sign_in_known_days), timedelta(seconds=desk.sign_in_window_s))
    old = (
        sa.delete(SignInAttempt).where(SignInAttempt.at < now - known),
        sa.delete(KeptForm).where(KeptForm.at < now - keep_form),
        sa.delete(DeskSession).where(DeskSession.seen_at < now - absolute - keep_form),
        sa.delete(OneTimeLink).where(OneTimeLink.expires_at < now - LINKS_STAY),
    )
    return sum(cast("sa.CursorResult[Any]", session.execute(each)).rowcount for each in old)
