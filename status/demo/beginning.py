"""What a demonstration needs before anything of it starts: keys, a catalogue, a past."""

from __future__ import annotations

from status.clock import utc
from status.demo.keys import prepare
from status.demo.seed import seed
from status.models.engine import writing
from status.runtime import Runtime
from status.services import catalogue, installation


def begin(runtime: Runtime) -> None:
    """Make the keys, and in a new database the events of the last three months. Nothing else runs yet.

    Raise Refused when the database is not a demonstration's.
    """
    now = utc(runtime.clock().wall)
    prepare(runtime.places.data, now)
    with writing(runtime.sessions) as session:
        installation.ensure(session, runtime.settings, now)
        catalogue.apply(session, runtime.settings, now, confirm=True)
        session.flush()
        seed(session, now)
