from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from status.config.model import Monitor, Notices, Settings, Site
from status.notifiers.types import Links, Outgoing, Words
from tests.status.notifiers.vendors import Vendor

OWN = "https://status.example.net/s/" + "T" * 38
EVENT = {
    "uid": "018f0000-0000-7000-8000-000000000001", "number": 1234, "type": "incident", "title": "Réception retardée",
    "state": "investigating", "impact": "full", "areas": ["email"], "components": [], "updates": [],
    "url": "https://status.example.net/fr/travaux/1234",
}  # fmt: skip
NEWS = Words(
    language="fr", subject="[Panne] FS#1234 E-mail – Réception <retardée> & *lente*",
    text="[Panne] FS#1234\n\nhttps://status.example.net/fr/travaux/1234\n\n12:00\nDes <!channel> messages & *plus*.\n",
    html="<h1>x</h1>", short="[Panne] FS#1234 E-mail – Réception retardée. Depuis 12:00, l’accès est coupé.",
    link="https://status.example.net/fr/travaux/1234", payload={"version": 1, "language": "fr", "events": [EVENT]},
)  # fmt: skip
ASKING = Words(
    language="en", subject="Exemple: do you want these news?", text="Somebody asked.", html="",
    short="Exemple: say yes to be told of incidents and works:", link="",
    payload={"version": 1, "kind": "confirm", "language": "en"},
)  # fmt: skip
MESSAGE = Outgoing(
    uid="018f0000-0000-7000-8000-0000000000aa", address="", words=NEWS, frozen_at=datetime(2026, 11, 1, 12, tzinfo=UTC),
    links=Links(f"{OWN}/confirm", OWN, f"{OWN}/stop"), attempt=1,
)  # fmt: skip


@dataclass
class Ways:
    """An installation that lets web-hooks stand on loopback."""

    settings: Settings

    def is_open(self, _component: str) -> bool:
        return True


@pytest.fixture
def settings() -> Settings:
    return Settings(
        site=Site(name="Exemple", public_url="https://status.example.net"), monitor=Monitor(),
        notices=Notices(webhook_networks=("127.0.0.0/8", "::1/128"), webhook_timeout_s=5.0),
    )  # fmt: skip


@pytest.fixture
def vendor() -> Iterator[Callable[..., Vendor]]:
    """Give what starts a vendor's stub; all are ended with the test."""
    started: list[Vendor] = []

    def start(check: Callable[..., object]) -> Vendor:
        started.append(Vendor(check))
        return started[-1].__enter__()

    yield start
    for each in started:
        each.__exit__()


@pytest.fixture
def send(settings):
    """Give what sends a message to an address by a channel."""

    def _send(channel, address: str, words: Words = NEWS, **more):
        settings_ = more.pop("settings", settings)
        kept, _ = channel.canonical(address, settings_)
        carrier = channel.open(Ways(settings_))
        return carrier.send(replace(MESSAGE, address=kept, words=words, **more))

    return _send
