"""Kill -9 of the delivering process between sending and acknowledging: nobody is left out, a second one can be told.

The mail server kills it when it kept a whole mail and has not said so: the worst moment there is.
"""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from status.config.model import Mail, Relay, Settings
from status.delivery import process
from status.places import Places
from status.runtime import make_runtime
from tests.status.delivery.conftest import FlowingClock, Readers
from tests.status.delivery.sink import Sink, until
from tests.status.delivery.test_telling import plain, settled
from tests.status.publication.provider import Provider, make_provider

READERS = 20
EVERY = 5
FORKING = multiprocessing.get_context("forkserver")
FORKING.set_forkserver_preload(["tests.faults.test_telling_kill"])


class Killing(Sink):
    """A server that kills the one who hands it a mail, each `EVERY` mails, `most` times."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.kills, self.most, self.pid = 0, most, 0

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        answer = await super().handle_DATA(server, session, envelope)
        if len(self.mails) % EVERY == 0 and self.kills < self.most:
            self.kills += 1
            os.kill(self.pid, signal.SIGKILL)
        return answer


@pytest.fixture
def killing(request) -> Iterator[Killing]:
    sink = Killing(request.param)
    sink.start()
    yield sink
    sink.stop()


@pytest.fixture
def provider(sessions, engine, tmp_path: Path, killing: Killing) -> Provider:
    made = make_provider(
        sessions, engine, tmp_path,
        database={"url": engine.url.render_as_string(hide_password=False)},
        mail=Mail(address="status@example.net", domain_per_minute=100_000),
        relay=(Relay(name="sink", host="127.0.0.1", port=killing.port, tls="none", per_second=1_000.0),),
    )  # fmt: skip
    made.clock = FlowingClock()
    for number in range(READERS):
        Readers(made).add(f"reader{number}@example.org")
    return made


def deliver(settings: Settings, places: Places) -> None:
    """Be the delivering process until it is killed."""
    process.run(make_runtime(settings, places), threading.Event())


def deliver_and_kill(provider: Provider, killing: Killing) -> None:
    """Tell all there is to tell, by one process after another."""
    runtime = provider.runtime
    while not settled(provider):
        one = FORKING.Process(target=deliver, args=(runtime.settings, runtime.places), daemon=True)
        one.start()
        killing.pid = one.pid
        until(lambda one=one: not one.is_alive() or settled(provider), 60)
        one.kill()
        one.join()


@pytest.mark.parametrize(
    "killing", [pytest.param(4, id="4"), pytest.param(200, id="200", marks=pytest.mark.story)], indirect=True
)
@pytest.mark.timeout(900)
def test_a_kill_between_sending_and_acknowledging_loses_nobody_and_shows(provider, killing):
    uid, posts = provider.open(fr="Mot-1."), 1
    deliver_and_kill(provider, killing)
    while killing.kills < killing.most:
        posts += 1
        provider.write(uid, fr=f"Mot-{posts}.")
        deliver_and_kill(provider, killing)
    mails = {mail["Message-ID"]: mail for mail in killing.mails}
    told = Counter((str(mail["To"]), word) for mail in mails.values() for word in re.findall(r"Mot-\d+\.", plain(mail)))
    assert set(told.values()) == {1}
    assert len(told) == READERS * posts
    print(f"{killing.kills} kills, {len(killing.mails)} mails, {len(killing.mails) - len(mails)} of them told again")
    assert len(killing.mails) - len(mails) <= killing.kills
