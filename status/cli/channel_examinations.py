"""By what news go out: which channels can be used, and whether mail would carry the news of its own outage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from status.cli.doctor import Finding, Grade
from status.config.model import Settings
from status.config.outgoing import snare
from status.domain.subscriptions import SubscriptionState
from status.domain.ways_out import Snare
from status.models import Subscription
from status.models.engine import reading
from status.notifiers.registry import channels
from status.runtime import Runtime

ELSEWHERE: Final = "let a [[relay]] of somebody else's network carry the news of your own mail's outage"
SAID: Final[Mapping[Snare, tuple[str, str]]] = {
    Snare.ALL_ON_ONE: ("every relay rides on one watched component: while it is down, no mail tells of it", ELSEWHERE),
    Snare.ALL_WATCHED: ("every relay rides on a component that is watched here: all may be down at once", ELSEWHERE),
    Snare.UNTOLD: (
        "smtp is watched, and no [[relay]] says on which component it rides: mail would go on by one that is down",
        "set `component` of each [[relay]] that rides on what you watch",
    ),
}


def way_out(settings: Settings) -> Iterator[Finding]:
    """Warn when mail would go silent with what it should tell of."""
    found = snare(settings)
    if found is not None:
        yield Finding("relays", Grade.WARNING, *SAID[found])


def examine_channels(runtime: Runtime) -> Iterator[Finding]:
    """Tell which channels can be used, and warn of subscriptions on one that can't."""
    settings, used = runtime.settings, _used(runtime)
    works = [name for name, channel in channels().items() if not channel.lacks(settings)]
    yield Finding("channels", Grade.WELL, f"news go out by {', '.join(sorted(works))}")
    for name, channel in channels().items():
        if lacks := channel.lacks(settings):
            if count := used.get(name, 0):
                found = f"{count} subscriptions wait on {name}, which can't be used here"
                yield Finding("channels", Grade.WARNING, found, f"it lacks {lacks}")
            else:
                yield Finding("channels", Grade.WELL, f"{name} is not offered: it lacks {lacks}")
    yield from way_out(settings)


def _used(runtime: Runtime) -> Mapping[str, int]:
    """Count active subscriptions by channel; none where there is no database to ask."""
    url = runtime.engine.url
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        return {}
    active = sa.select(Subscription.channel, sa.func.count()).where(Subscription.state == SubscriptionState.ACTIVE)
    try:
        with reading(runtime.sessions) as session:
            rows = session.execute(active.group_by(Subscription.channel))
            return {row[0]: row[1] for row in rows}
    except sa.exc.DBAPIError:
        return {}
