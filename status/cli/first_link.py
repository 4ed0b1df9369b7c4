"""The link that `travaux run` prints: to set up the first account, or to enter a demonstration."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from status.clock import utc
from status.config.addresses import is_loopback, split_listen
from status.domain.permissions import Role
from status.models import Actor
from status.models.engine import writing
from status.runtime import Runtime
from status.services import accounts, actors, one_time_links, sealing
from status.services.accounts import Details

LEAD: Final = "demo"


@dataclass(frozen=True, slots=True)
class FirstLink:
    """What is said, and where it leads; `base` is empty where it is only good on this machine."""

    said: str
    base: str
    path: str


def first_link(runtime: Runtime) -> FirstLink | None:
    """Make the link; None once a person has an account, and for a demonstration that others can reach."""
    sealing.make_key(runtime.places.data)
    now = utc(runtime.clock().wall)
    with writing(runtime.sessions) as session:
        author = actors.cli_user(session, "run")
        if runtime.settings.demo is not None:
            return _demonstration(runtime, session, author, now)
        if accounts.is_any(session):
            return None
        token = one_time_links.make(session, one_time_links.SET_UP, None, author, now)
    public_url = runtime.settings.site.public_url.rstrip("/")
    base = public_url if public_url.startswith("https://") else ""
    said = "Nobody has an account yet. Set up the first one (this link works once, for a day):"
    return FirstLink(said, base, f"/desk/link/{token}")


def _demonstration(runtime: Runtime, session: Session, author: Actor, now: datetime) -> FirstLink | None:
    if not is_loopback(split_listen(runtime.settings.server.listen)[0]):
        return None
    lead = accounts.by_name(session, LEAD)
    if lead is None:
        details = Details(Role.LEAD, runtime.settings.site.languages[0])
        lead = accounts.create(session, LEAD, details, author, now, demonstration=True)
    if not lead.demonstration or lead.disabled_at is not None:
        return None
    token = one_time_links.make(session, one_time_links.DEMONSTRATION, lead, author, now)
    return FirstLink("The desk, signed in as a lead (this link works once):", "", f"/desk/link/{token}")
