from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from probes.types import Instant
from status.clock import system_clock
from status.config.model import Mail, Notices, Relay, Site
from status.delivery import process
from status.domain.subscriber_link import make_token
from status.models import Subscription
from status.models.engine import writing
from status.notifiers.registry import channels
from status.services import subscribing
from status.services.subscribing import Address, Wish
from tests.status.delivery.sink import Sink
from tests.status.publication.provider import Provider, make_provider


@pytest.fixture
def sink() -> Iterator[Sink]:
    sink = Sink()
    sink.start()
    yield sink
    sink.stop()


@pytest.fixture
def provider(sessions, engine, tmp_path: Path, sink: Sink) -> Provider:
    """A provider with one relay on loopback and short pauses."""
    provider = make_provider(
        sessions, engine, tmp_path,
        site=Site(name="Exemple Télécom", public_url="https://status.example.net"),
        mail=Mail(address="status@example.net"), notices=Notices(retry_first_s=0.2, webhook_networks=("127.0.0.0/8",)),
        relay=(Relay(name="sink", host="127.0.0.1", port=sink.port, tls="none", per_second=1_000.0),),
    )  # fmt: skip
    provider.clock = FlowingClock()
    provider.runtime = replace(provider.runtime, clock=provider.clock)
    return provider


class FlowingClock:
    """The real time, set forward; its wall clock may be set back."""

    def __init__(self) -> None:
        self._ahead_s = 0.0
        self._back_s = 0.0

    @property
    def at(self) -> Instant:
        now = system_clock().plus(self._ahead_s)
        return Instant(now.steady, now.wall - self._back_s)

    def __call__(self) -> Instant:
        return self.at

    def pass_time(self, seconds: float) -> None:
        self._ahead_s += seconds

    def set_back(self, seconds: float) -> None:
        """Set the wall clock back; the steady one goes on."""
        self._back_s += seconds


class Readers:
    """Subscribes addresses, and says yes for them."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self.key = subscribing.key_of(provider.runtime.places.data)

    def add(self, address: str, wish: Wish | None = None, language: str = "fr", channel: str = "email", **row) -> str:
        settings = self._provider.runtime.settings
        text, domain = channels()[channel].canonical(address, settings)
        with writing(self._provider.sessions) as session:
            found = subscribing.subscribe(
                session, self.key, Address(channel, text, domain), wish or Wish(), language, self._provider.now,
                row.pop("customer_uid", None),
            )  # fmt: skip
            subscribing.confirm(session, found, self._provider.now)
            for name, value in row.items():
                setattr(found, name, value)
            return found.uid

    def stop(self, uid: str) -> None:
        with writing(self._provider.sessions) as session:
            subscribing.stop(session, session.query(Subscription).filter_by(uid=uid).one(), self._provider.now)

    def token(self, uid: str) -> str:
        return make_token(self.key, uid)


@pytest.fixture
def readers(provider: Provider) -> Readers:
    return Readers(provider)


@pytest.fixture
def delivering(provider: Provider) -> Callable[[], AbstractContextManager[None]]:
    """Give what runs the delivery while a block runs."""

    @contextmanager
    def _run() -> Iterator[None]:
        stop = threading.Event()
        thread = threading.Thread(target=process.run, args=(provider.runtime, stop))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(10)
            assert not thread.is_alive()

    return _run
