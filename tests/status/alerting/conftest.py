from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from status.alerting import process
from status.config.model import AlertRule, Mail, Notices, Relay, RotaEntry, Site
from status.domain.decisions import Action, Decision
from status.domain.permissions import Role
from status.domain.states import Impact
from status.models import Account, Event
from status.models.engine import writing
from status.notifiers.registry import canonical
from status.services import accounts, assigning, contacting
from status.services.accounts import Details
from status.services.actors import cli_user, of_account
from status.services.contacting import Way
from status.services.robot import apply_decision
from tests.status.alerting.hooks import Frozen, Hooks
from tests.status.delivery.conftest import FlowingClock
from tests.status.delivery.sink import Sink
from tests.status.publication.provider import Provider, make_provider

UID = "0197f000-0000-7000-8000-00000000a1e7"


@pytest.fixture
def hooks() -> Iterator[Hooks]:
    with Hooks() as hooks:
        yield hooks


@pytest.fixture
def frozen() -> Iterator[Frozen]:
    frozen = Frozen()
    yield frozen
    frozen.close()


@pytest.fixture
def sink() -> Iterator[Sink]:
    sink = Sink()
    sink.start()
    yield sink
    sink.stop()


@dataclass
class Desk:
    """The desk's people and the robot, through the real services."""

    provider: Provider
    hooks: Hooks

    def add(self, name: str, role: Role = Role.RESPONDER, *ways: str, language: str = "en") -> None:
        """Add somebody with these channels in order; a web-hook stands at his name. Without any: a web-hook."""
        with writing(self.provider.sessions) as session:
            author, now = cli_user(session, "root"), self.provider.now
            account = accounts.create(session, name, Details(role, language), author, now)
            for channel in ways or ("webhook",):
                address = self.hooks.url(name) if channel == "webhook" else f"{name}@example.net"
                way = Way(
                    channel, canonical(channel, address, self.provider.runtime.settings), signs=channel == "webhook"
                )
                contacting.set_way(session, self.provider.runtime.places.data, account, way, author, now=now)

    def robot(self, action: Action, impact: Impact = Impact.FULL, slug: str = "sip", uid: str = UID, **rest) -> None:
        at = self.provider.clock.at.wall
        decision = Decision(
            action, uid, ((self.provider.ids[slug], impact),), "4", at, at, reason="timeout", merge_label=slug, **rest
        )
        with writing(self.provider.sessions) as session:
            apply_decision(session, decision, self.provider.now)

    def acknowledge(self, name: str) -> None:
        with writing(self.provider.sessions) as session:
            account = accounts.named(session, name)
            author = of_account(session, account.uid, account.name)
            assigning.acknowledge(session, session.get_one(Event, UID), author, self.provider.now)

    def uid(self, name: str) -> str:
        with self.provider.sessions() as session:
            account: Account = accounts.named(session, name)
            return account.uid


@pytest.fixture
def settings(frozen: Frozen) -> dict[str, object]:
    """A rota of two, patient as in the example, and one frozen relay."""
    return {
        "site": Site(name="Exemple Télécom", public_url="https://status.example.net"),
        "mail": Mail(address="status@example.net"),
        "notices": Notices(webhook_networks=("127.0.0.0/8",)),
        "relay": (Relay(name="frozen", host="127.0.0.1", port=frozen.port, tls="none", timeout_s=1.0),),
        "alert": (AlertRule(name="night", rota="night"),),
        "rota": (RotaEntry(name="night", people=("anne", "bruno"), starts_on="2026-01-05", turn_days=36),),
    }


@pytest.fixture
def provider(sessions, engine, tmp_path: Path, settings: dict[str, object]) -> Provider:
    provider = make_provider(sessions, engine, tmp_path, **settings)
    provider.clock = FlowingClock()
    provider.runtime = replace(provider.runtime, clock=provider.clock)
    return provider


@pytest.fixture
def desk(provider: Provider, hooks: Hooks) -> Desk:
    return Desk(provider, hooks)


@pytest.fixture
def alerting(provider: Provider) -> Callable[[], AbstractContextManager[None]]:
    """Give what runs the alerting while a block runs."""

    @contextmanager
    def _run() -> Iterator[None]:
        stop = threading.Event()
        thread = threading.Thread(target=process.run, args=(provider.runtime, stop, 0.02))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(10)
            assert not thread.is_alive()

    return _run
