"""Pages of a snapshot share what they read and write: each must be what it is when it is made alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from status.domain.audience import PUBLIC
from status.domain.states import EventState, Impact
from status.models.engine import reading
from status.publication.plan import make_plan
from status.publication.types import Moment
from status.queries import snapshot


@pytest.mark.parametrize("few", [0, snapshot.FEW])
def test_every_page_and_its_stale_twin_are_what_they_are_when_made_alone(provider, monkeypatch, few):
    at_work(provider)
    monkeypatch.setattr(snapshot, "FEW", few)
    with reading(provider.sessions) as session:
        plan = make_plan(session, ("fr", "en"), provider.now, ZoneInfo("Europe/Paris"), 14)
    pages = (*plan.first, *plan.overviews, *plan.of_components(plan.places.in_service), *plan.of_events(plan.numbers))
    moment = Moment(7, provider.now, provider.now + timedelta(minutes=3))
    later = Moment(7, provider.now + timedelta(minutes=1), provider.now + timedelta(minutes=4))
    asked = [(page.source, each) for page in pages for each in (moment, replace(moment, stale=True))]
    asked += [(page.source, each) for page in plan.renewed for each in (moment, later)]
    render = provider.render
    with reading(provider.sessions) as session:
        snapshot.keep_in(session, {})
        together = {(path, each): render(session, path, PUBLIC, each) for path, each in asked}
    assert len(together) > 300
    for (path, each), page in together.items():
        with reading(provider.sessions) as session:
            assert page == render(session, path, PUBLIC, each), (path, each.stale)


def at_work(provider) -> None:
    """Let there be a past, a present and a future, above and below each other, and one withdrawn."""
    for n, slug in enumerate(("email", "imap", "imap-1", "sip", "imap-1", "smtp")):
        uid = provider.open(slug, f"Panne {n}", impact=Impact.FULL if n % 2 else Impact.DEGRADED, fr="Oui", en="Yes")
        provider.clock.pass_time(3_600 + n)
        provider.write(uid, EventState.IDENTIFIED, fr="La suite")
        if n % 3:
            provider.clock.pass_time(7_200)
            provider.close(uid, fr="Fini", en="Over")
    provider.withdraw(provider.open("smtp"), fr="Rien du tout")
    provider.plan("sip")
    provider.verify()
