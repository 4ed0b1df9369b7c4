"""The dead man's switch over real data: an observation, a commit of the decider, a publication, then a beat."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import count

import pytest

from probes.types import Outcome
from status.alerting.heart import Heart
from status.config.model import Heartbeat
from status.models import Observation
from status.models.engine import writing
from status.publication.publisher import Publisher
from status.publication.types import Rendered
from status.web.assets import assets
from tests.status.alerting.hooks import Dripping
from tests.status.publication.provider import Provider, make_provider

NUMBERS = count(1)


class Loop:
    """The parts of a loop, each done when told, and the heart that looks after each."""

    def __init__(self, provider: Provider, url: str) -> None:
        beat = Heartbeat(url=url, every_s=1.0, timeout_s=1.0)
        settings = provider.runtime.settings.model_copy(update={"heartbeat": beat})
        self.provider = provider
        self.heart = Heart(replace(provider.runtime, settings=settings))
        page = Rendered(200, "text/html", b"well", present=True)
        self.publisher = Publisher(provider.runtime, lambda *_: page, assets(), lambda: None, lambda: None)
        self.publish()
        self.heart.turn()

    def probe(self, outcome: Outcome = Outcome.OK) -> None:
        self._pass()
        with writing(self.provider.sessions) as session:
            session.add(
                Observation(
                    check_id=1, location_id=1, sequence=next(NUMBERS), due_ms=int(self.provider.clock.at.wall * 1000),
                    late_ms=0, duration_us=1, outcome=outcome, reason_id=0, standing=True,
                )
            )  # fmt: skip
        self.heart.turn()

    def decide(self) -> None:
        self._pass()
        self.provider.verify()
        self.heart.turn()

    def publish(self) -> None:
        self._pass()
        while self.publisher.turn():
            pass
        self.heart.turn()

    def _pass(self) -> None:
        self.provider.clock.pass_time(61)


@pytest.fixture
def loop(sessions, engine, tmp_path, hooks) -> Loop:
    return Loop(make_provider(sessions, engine, tmp_path), hooks.url("beat"))


def test_a_whole_loop_is_one_beat(loop, hooks):
    for _ in range(2):
        loop.probe()
        loop.decide()
        loop.publish()
    assert [taken.path for taken in hooks.taken] == ["/beat"] * 2


@pytest.mark.parametrize("left_out", ["probe", "decide", "publish"])
def test_a_loop_that_lacks_a_part_is_none(loop, hooks, left_out):
    for part in [name for name in ("probe", "decide", "publish") if name != left_out] * 3:
        getattr(loop, part)()
    assert hooks.taken == []


def test_looks_that_failed_by_our_own_fault_are_no_part_of_it(loop, hooks):
    loop.probe(Outcome.BROKEN)
    loop.decide()
    loop.publish()
    assert hooks.taken == []


def test_an_address_that_does_not_take_it_is_told_of_once_without_the_address(loop, hooks, caplog):
    hooks.answer = 500
    for _ in range(2):
        loop.probe()
        loop.decide()
        loop.publish()
    told = [record for record in caplog.records if record.message == "heartbeat_not_taken"]
    assert len(told) == 1
    assert "127.0.0.1" not in caplog.text


def test_an_address_that_drips_its_headers_is_left_in_time(sessions, engine, tmp_path, caplog):
    with Dripping() as dripping:
        loop = Loop(make_provider(sessions, engine, tmp_path), dripping.url)
        loop.probe()
        loop.decide()
        began = time.monotonic()
        loop.publish()
        took = time.monotonic() - began
    assert took < 5
    [told] = [record for record in caplog.records if record.message == "heartbeat_not_taken"]
    assert told.fields == {"why": "no answer: not in time"}
