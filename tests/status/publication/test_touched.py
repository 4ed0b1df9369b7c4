"""What a change leaves as it was is what a whole rebuild would give: byte for byte, over stories made by chance."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from status.domain.states import EventState, Impact, Origin, Verdict
from status.models import Check, Component, Event, EventUpdate, Installation, VerdictInterval
from status.models.engine import writing
from status.publication.manifest import Manifest, read_current
from status.publication.publisher import Publisher
from status.services import actors, correcting, linking, merging, post_mortems
from status.web.assets import assets
from tests.status.publication.provider import START, Provider, make_provider

LEAVES = ("imap-1", "smtp", "sip", "imap", "email")
DEEDS_A_STORY = 6


def publish(publisher: Publisher, provider: Provider) -> Manifest:
    while publisher.turn():
        pass
    manifest = read_current(provider.runtime.places.published)
    assert manifest is not None
    return manifest


def publisher_of(provider: Provider) -> Publisher:
    return Publisher(provider.runtime, provider.render, assets(), lambda: None, lambda: None)


def elsewhere(provider: Provider, folder: Path) -> Provider:
    """The same provider, published into an empty folder."""
    places = replace(provider.runtime.places, published=folder)
    return replace(provider, runtime=replace(provider.runtime, places=places))


def bytes_of(manifest: Manifest) -> dict[str, tuple[str, str, tuple[str, ...]]]:
    entries = {**manifest.entries, **manifest.apart}
    return {
        path: (entry.object.hash, entry.stale.hash if entry.stale else "", entry.query)
        for path, entry in entries.items()
    }


class Story:
    """Does one thing after the other that the public may see, each chosen by chance."""

    def __init__(self, provider: Provider, seed: int) -> None:
        self.provider, self.chance = provider, random.Random(seed)
        self.deeds: tuple[Callable[[], object], ...] = (
            self.open, self.open, self.plan, self.write, self.close, self.withdraw, self.correct, self.link, self.merge,
            self.teach, self.verdict, self.verdict, self.draft, self.rename, self.retire,
        )  # fmt: skip

    def go_on(self) -> None:
        self.provider.clock.pass_time(self.chance.randint(1, 40))
        self.chance.choice(self.deeds)()

    def events(self, *, ended: bool = False) -> list[str]:
        with self.provider.sessions() as session:
            over = Event.ended_at.is_not(None) if ended else Event.ended_at.is_(None)
            return list(session.scalars(sa.select(Event.uid).where(Event.type == "incident", over, Event.n > 0)))

    def one(self, *, ended: bool = False) -> Iterator[str]:
        found = sorted(self.events(ended=ended))
        yield from self.chance.sample(found, min(1, len(found)))

    def open(self) -> None:
        impact = self.chance.choice(list(Impact)[1:])
        self.provider.open(self.chance.choice(LEAVES), f"Panne {self.chance.random()}", impact=impact, fr="Voilà")

    def plan(self) -> None:
        self.provider.plan(self.chance.choice(LEAVES))

    def write(self) -> None:
        for uid in self.one():
            self.provider.write(uid, EventState.IDENTIFIED, fr="La suite", en="More")

    def close(self) -> None:
        for uid in self.one():
            self.provider.close(uid, fr="Rétabli")

    def withdraw(self) -> None:
        for uid in self.one():
            self.provider.withdraw(uid, fr="Fausse alerte")

    def correct(self) -> None:
        for uid in self.one():
            with writing(self.provider.sessions) as session:
                event, anne = session.get_one(Event, uid), actors.cli_user(session, "anne")
                post = session.scalars(sa.select(EventUpdate).where(EventUpdate.event_uid == uid)).first()
                words = {"fr": f"Corrigé {self.chance.random()}"}
                correcting.correct(session, event, post, words, anne, self.provider.now)

    def link(self) -> None:
        found = sorted(self.events())
        if len(found) > 1:
            one, other = self.chance.sample(found, 2)
            with writing(self.provider.sessions) as session:
                rows = (session.get_one(Event, one), session.get_one(Event, other))
                if rows[1].uid not in linking.linked(session, rows[0]):
                    linking.link(session, *rows, actors.cli_user(session, "anne"), self.provider.now)

    def merge(self) -> None:
        found = sorted(self.events())
        if len(found) > 1:
            one, other = self.chance.sample(found, 2)
            with writing(self.provider.sessions) as session:
                rows = [session.get_one(Event, uid) for uid in (one, other)]
                merging.merge(session, rows[:1], rows[1], actors.cli_user(session, "anne"), self.provider.now, texts={})

    def teach(self) -> None:
        for uid in self.one(ended=True):
            with writing(self.provider.sessions) as session:
                event, anne = session.get_one(Event, uid), actors.cli_user(session, "anne")
                if event.state is EventState.RESOLVED and event.publication.value == "public":
                    post_mortems.write(session, event, {"fr": "# Appris"}, anne, self.provider.now)
                    post_mortems.publish(session, event, anne, self.provider.now)

    def verdict(self) -> None:
        verdict = self.chance.choice((Verdict.DOWN, Verdict.DEGRADED, Verdict.OPERATIONAL))
        with writing(self.provider.sessions) as session:
            decide(session, self.provider.ids[self.chance.choice(LEAVES[:3])], verdict, self.provider)

    def draft(self) -> None:
        """Let the robot's draft wait on a component: public is only that something is being looked at."""
        uid = self.provider.open(self.chance.choice(LEAVES), "Brouillon")
        with writing(self.provider.sessions) as session:
            session.execute(sa.update(Event).where(Event.uid == uid).values(origin=Origin.PROBE, set_by={}))
            session.get_one(Installation, 1).revision += 1

    def rename(self) -> None:
        name = {"fr": f"Nom {self.chance.random()}", "en": "Name"}
        self._of_component(name=name)

    def retire(self) -> None:
        self._of_component(retired_at=START)

    def _of_component(self, **values: object) -> None:
        with writing(self.provider.sessions) as session:
            session.execute(sa.update(Component).where(Component.slug == "smtp").values(**values))
            session.get_one(Installation, 1).revision += 1


def decide(session, component_id: int, verdict: Verdict, provider: Provider) -> None:
    row = sa.update(VerdictInterval).where(VerdictInterval.component_id == component_id)
    session.execute(row.where(VerdictInterval.ended_at.is_(None)).values(ended_at=provider.now))
    session.add(
        VerdictInterval(
            component_id=component_id, verdict=verdict, reason="", began_at=provider.now, decided_at=provider.now,
            ended_at=None, origin="probe", rule_point="4",
        )
    )  # fmt: skip
    session.get_one(Installation, 1).revision += 1


@pytest.fixture
def watched(sessions, engine, tmp_path) -> Provider:
    """A provider whose leaves are watched, well since yesterday."""
    provider = make_provider(sessions, engine, tmp_path)
    provider.clock.pass_time(-86_400)
    with writing(sessions) as session:
        for slug in LEAVES[:3]:
            session.add(
                Check(
                    name=slug, component_id=provider.ids[slug], kind="http", interval_s=60, timeout_s=5, options={},
                    detection={}, phase=0,
                )
            )  # fmt: skip
            decide(session, provider.ids[slug], Verdict.OPERATIONAL, provider)
    provider.clock.pass_time(86_400)
    return provider


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.story) for seed in range(1, 6))])
def test_what_a_change_touches_is_never_less_than_what_a_whole_rebuild_changes(watched, tmp_path, seed):
    story, publisher = Story(watched, seed), publisher_of(watched)
    publish(publisher, watched)
    for number in range(DEEDS_A_STORY):
        story.go_on()
        touched = bytes_of(publish(publisher, watched))
        whole = elsewhere(watched, tmp_path / f"whole-{number}")
        assert touched == bytes_of(publish(publisher_of(whole), whole))


@pytest.fixture
def rendered(watched) -> list[str]:
    """What the publisher of `watched` has rendered so far."""
    return []


@pytest.fixture
def publisher(watched, rendered) -> Publisher:
    render = watched.render

    def watch(session, path, *rest):
        rendered.append(path)
        return render(session, path, *rest)

    return Publisher(watched.runtime, watch, assets(), lambda: None, lambda: None)


def test_a_post_touches_its_event_and_components_and_nothing_beside_them(watched, publisher, rendered):
    uid = watched.open("sip")
    watched.open("imap-1")
    publish(publisher, watched)
    rendered.clear()
    watched.write(uid, fr="La suite")
    publish(publisher, watched)
    assert {"/fr", "/fr/travaux/1234", "/fr/components/sip", "/fr/components/telephony/feed.rss"} <= set(rendered)
    assert not [path for path in rendered if "/travaux/1235" in path or "/components/imap" in path or "smtp" in path]


def test_a_verdict_touches_what_tells_states_and_no_component_s_feed(watched, publisher, rendered):
    watched.open("imap-1")
    publish(publisher, watched)
    rendered.clear()
    with writing(watched.sessions) as session:
        decide(session, watched.ids["imap-1"], Verdict.DOWN, watched)
    publish(publisher, watched)
    assert {"/fr", "/badges/imap-1.svg", "/fr/components/imap", "/en/components/email"} <= set(rendered)
    assert not [path for path in rendered if path.startswith(("/fr/components/", "/en/components/")) and "." in path]
