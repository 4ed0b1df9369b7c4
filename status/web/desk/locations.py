"""Where checks run from: each location's line, its last self-test, when it was heard, how much it looks."""

from __future__ import annotations

from flask import Blueprint

from status import __version__
from status.domain.permissions import Deed
from status.models.engine import reading
from status.queries.desk_supervision import looking_places
from status.web.desk.gate import allowed, present, runtime_of_app
from status.web.desk.page import page


def install(desk: Blueprint) -> None:
    """Add the view."""
    desk.add_url_rule("/locations", "locations", show)


@allowed(Deed.READ)
def show() -> str:
    """List the locations, those that look first."""
    runtime, now = runtime_of_app(), present()
    settings = runtime.settings
    with reading(runtime.sessions) as session:
        found = looking_places(session, settings.monitor.location, now, settings.self_test.silent_after_s)
        references = len(settings.self_test.reference)
        return page("desk/locations.html", found=found, now=now, references=references, release=__version__)
