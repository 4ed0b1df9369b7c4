"""A person tries his own contact ways: one test by each of them, sent by the alerting process."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from status.alerting.words import House, pack, test_words
from status.domain.alerting import TryKind
from status.domain.refused import Refused
from status.models import Account
from status.queries.alerting import tests_of
from status.runtime import Runtime
from status.services import alerting, contacting
from status.services.alerting import Telling
from status.services.sealing import seal

PAUSE: Final = timedelta(minutes=1)


def test_ways(session: Session, runtime: Runtime, account: Account, now: datetime) -> tuple[str, ...]:
    """Note a test for each way of a person, and give the channels. Raise Refused: none, too soon, nobody sends it."""
    settings, data = runtime.settings, runtime.places.data
    if not settings.alert and not settings.heartbeat.url:
        raise Refused("no_alerts", "there is no [[alert]] in config.toml: nothing sends alerts here")
    ways = contacting.reached(session, data, account)
    if not ways:
        raise Refused("no_ways", f"{account.name} has no contact way: set one first")
    if tests_of(session, account.uid, now - PAUSE):
        raise Refused("slow_down", "a test went out less than a minute ago: wait for it")
    house = House(settings.site.name, settings.site.public_url.rstrip("/"), settings.site.timezone)
    said = test_words(account.language, house)
    for way in ways:
        telling = Telling(account.uid, way.channel, TryKind.TEST, seal(data, pack(way, said).as_text(), now))
        alerting.tell(session, None, telling, now)
    return tuple(way.channel for way in ways)
