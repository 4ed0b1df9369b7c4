"""Finding what an address of the desk names; no page where there is none."""

from __future__ import annotations

from flask import abort
from sqlalchemy.orm import Session

from status.domain.permissions import Deed
from status.domain.refused import Refused
from status.models import Event
from status.services import allowing
from status.services.events import find
from status.web.desk.gate import person


def find_or_404(session: Session, reference: str) -> Event:
    """Find an event by its uid or number."""
    try:
        return find(session, reference)
    except Refused:
        abort(404)


def find_for(session: Session, reference: str, deed: Deed) -> Event:
    """Find an event he may do this to: no page where there is none, no entry where it is not his."""
    event = find_or_404(session, reference)
    try:
        allowing.require_on_event(session, person(), deed, event)
    except Refused:
        abort(403)
    return event
