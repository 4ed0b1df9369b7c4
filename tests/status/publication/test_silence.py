"""After a silence in which the stale twins were served: no page made before it claims a present again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from werkzeug.test import Client

from status.domain.states import Impact
from status.publication import publisher as publishing
from status.publication.making import NEVER
from status.publication.manifest import Manifest, read_current
from status.publication.publisher import Publisher
from status.publication.types import Rendered
from status.web.assets import assets
from status.web.bytes import PublishedBytes
from tests.status.publication.provider import Provider, losing_the_database_at_the_marks

BADGE, PAGE, OTHER = "/badges/imap.svg", "/fr/components/imap", "/badges/sip.svg"


class House:
    """A publisher and the bytes it makes public. `swapping` is called before each swap, `failing` before each page."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.pages = provider.render
        self.swapping: Callable[[], None] = lambda: None
        self.failing: Callable[[str], object] = lambda _path: None
        self.restart()
        self.publish()
        published = provider.runtime.places.published
        self.client = Client(PublishedBytes(published, lambda *_: [], provider.clock, look_every_s=0))

    def render(self, session, path, audience, moment) -> Rendered:
        self.failing(path)
        return self.pages(session, path, audience, moment)

    def restart(self) -> None:
        self.publisher = Publisher(self.provider.runtime, self.render, assets(), self.swap, lambda: None)

    def swap(self) -> None:
        self.swapping()

    def publish(self) -> None:
        while self.publisher.turn():
            pass

    @property
    def manifest(self) -> Manifest:
        manifest = read_current(self.provider.runtime.places.published)
        assert manifest is not None
        return manifest

    def is_twin(self, path: str) -> bool:
        entry = self.manifest.entries[path]
        return self.client.get(path).headers["etag"].strip('"') == entry.stale.hash[:32]

    def held(self) -> list[str]:
        return [path for path, entry in self.manifest.entries.items() if entry.valid_until == NEVER]

    def be_silent(self) -> None:
        self.provider.clock.pass_time(600)

    def seen_while_publishing(self, *paths: str) -> list[tuple[str, ...]]:
        """Publish all there is; give what these paths said after each swap but the last."""
        seen: list[tuple[str, ...]] = []
        self.swapping = lambda: seen.append(tuple(self.client.get(path).text for path in paths))
        self.publish()
        self.swapping = lambda: None
        return seen[1:]


@pytest.fixture
def house(provider: Provider) -> House:
    """Two components are degraded: what the public knows of one differs from what it knew."""
    for slug in ("imap", "sip"):
        provider.open(slug, impact=Impact.DEGRADED)
    return House(provider)


@pytest.mark.parametrize("is_changed", [True, False])
def test_a_new_publisher_lifts_only_what_it_rendered(house, provider, is_changed):
    house.be_silent()
    if is_changed:
        provider.open("imap")
    provider.verify()
    assert house.is_twin(BADGE)
    house.restart()
    house.publisher.turn()
    assert not house.is_twin("/fr")
    assert (house.is_twin(BADGE), house.is_twin(PAGE), house.is_twin(OTHER)) == (True, True, True)
    house.publish()
    assert (house.is_twin(BADGE), house.is_twin(PAGE), house.is_twin(OTHER), house.held()) == (False, False, False, [])
    assert ("panne" in house.client.get(BADGE).text) is is_changed


def test_a_publisher_that_lived_on_lifts_at_once_what_the_change_did_not_touch(house, provider):
    before = house.client.get(OTHER).text
    house.be_silent()
    provider.open("imap")
    provider.verify()
    house.publisher.turn()
    assert (house.is_twin(BADGE), house.is_twin(PAGE)) == (True, True)
    assert house.client.get(OTHER).text == before
    house.publish()
    assert (house.is_twin(BADGE), house.is_twin(PAGE), house.held()) == (False, False, [])
    assert "panne" in house.client.get(BADGE).text


def test_no_swap_after_a_silence_shows_what_was_before_it(house, provider):
    before = {path: house.client.get(path).text for path in (BADGE, PAGE)}
    house.be_silent()
    provider.open("imap")
    provider.verify()
    seen = house.seen_while_publishing(BADGE, PAGE)
    assert seen
    assert not [said for said in seen if said[0] == before[BADGE] or said[1] == before[PAGE]]


def test_when_nothing_changed_but_the_hour_all_is_lifted_with_the_renewal(house, provider):
    house.be_silent()
    provider.verify()
    house.publisher.turn()
    assert (house.is_twin(BADGE), house.is_twin("/fr"), house.held()) == (False, False, [])


def test_a_renewal_after_a_silence_does_not_lift_what_is_still_to_be_rendered(house, provider, monkeypatch):
    monkeypatch.setattr(publishing, "SLICE_S", 0.0)
    provider.open("imap")
    house.publisher.turn()
    house.be_silent()
    provider.verify()
    house.publisher.turn()
    assert (house.is_twin("/fr"), house.is_twin(BADGE), house.is_twin(OTHER)) == (False, True, False)
    house.publish()
    assert (house.is_twin(BADGE), house.held()) == (False, [])


def test_a_page_that_cannot_be_rendered_after_a_silence_stays_a_twin(house, provider):
    house.be_silent()
    provider.open("imap")
    provider.verify()
    house.failing = lambda path: 1 / 0 if path == BADGE else None
    house.publish()
    assert house.held() == [BADGE]
    provider.open("sip")
    house.publish()
    assert (house.is_twin(BADGE), house.held()) == (True, [BADGE])
    house.failing = lambda _path: None
    provider.open("imap")
    house.publish()
    assert (house.is_twin(BADGE), house.held()) == (False, [])


def test_a_database_lost_after_the_first_swap_lifts_nothing_else(house, provider):
    house.be_silent()
    provider.open("imap")
    provider.verify()
    with losing_the_database_at_the_marks(provider):
        house.publisher.turn()
    assert (house.is_twin(BADGE), house.is_twin(OTHER)) == (True, True)
    house.restart()
    house.publisher.turn()
    assert (house.is_twin(BADGE), house.is_twin(OTHER)) == (True, True)
    house.publish()
    assert (house.is_twin(BADGE), house.held()) == (False, [])


def test_without_a_silence_a_restart_holds_nothing_back(house, provider):
    provider.clock.pass_time(170)
    provider.verify()
    house.restart()
    house.publisher.turn()
    assert (house.is_twin(BADGE), house.held()) == (False, [])
