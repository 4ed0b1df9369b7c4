"""What every view reads from: the session, the reader, the moment it speaks of. One accessor for all of them.

publisher ─ Render(session, path, audience, moment) ─▶ environ ─┐
a direct request (a miss) ─ own session, moment from the database ─┴▶ request_scope() ─▶ views
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Flask, current_app, g, request
from sqlalchemy.orm import Session

from status.clock import utc
from status.config.model import Settings
from status.domain.audience import PUBLIC, Audience
from status.models import Installation
from status.publication.types import Moment
from status.runtime import Runtime

ENVIRON_KEY = "travaux.scope"
EXTENSION = "travaux"


@dataclass(frozen=True, slots=True)
class Scope:
    """One rendering. `at` is the time the page speaks of: the decider's last commit, never this process's clock."""

    session: Session
    audience: Audience
    moment: Moment
    settings: Settings
    zone: ZoneInfo

    @property
    def at(self) -> datetime:
        """Give the time pages count from; the epoch when nothing was ever decided."""
        return self.moment.verified_at or datetime.fromtimestamp(0, UTC)


def request_scope() -> Scope:
    """Give the scope of this request; a direct one opens a reading session, closed at its end."""
    if "scope" not in g:
        given: Scope | None = request.environ.get(ENVIRON_KEY)
        g.scope = given or _own_scope(current_app.extensions[EXTENSION])
    scope: Scope = g.scope
    return scope


def read_as(audience: Audience) -> Scope:
    """Let the rest of this request be read by somebody else than the public, and give the scope."""
    g.scope = replace(request_scope(), audience=audience)
    return request_scope()


def settings_of_app() -> Settings:
    """Give the settings; needs no database."""
    runtime: Runtime = current_app.extensions[EXTENSION]
    return runtime.settings


def make_scope(runtime: Runtime, session: Session, audience: Audience, moment: Moment) -> Scope:
    """Put a scope together."""
    return Scope(session, audience, moment, runtime.settings, ZoneInfo(runtime.settings.site.timezone))


def close_with(app: Flask) -> None:
    """Close a session that a direct request opened."""

    @app.teardown_appcontext
    def _close(_error: BaseException | None) -> None:
        session: Session | None = g.pop("own_session", None)
        if session is not None:
            session.close()


def _own_scope(runtime: Runtime) -> Scope:
    g.own_session = runtime.sessions()
    return make_scope(runtime, g.own_session, PUBLIC, _moment(runtime, g.own_session))


def _moment(runtime: Runtime, session: Session) -> Moment:
    row = session.get(Installation, 1)
    if row is None or row.verified_at is None:
        return Moment(row.revision if row else 0, None, None, stale=False)
    valid_for = timedelta(seconds=runtime.settings.publication.stale_after_s)
    # A verification far ahead of our clock (it was set back since) is as worthless as one long ago.
    stale = abs(utc(runtime.clock().wall) - row.verified_at) > valid_for
    return Moment(row.revision, row.verified_at, row.verified_at + valid_for, stale=stale)
