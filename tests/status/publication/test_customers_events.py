"""What only customers may know is in no published byte, nor is its number."""

from __future__ import annotations

import gzip
from zoneinfo import ZoneInfo

import pytest

from status.publication.plan import make_plan
from status.publication.publisher import Publisher
from status.web.assets import assets
from tests.status.customers import CANARIES, OURS, THEIRS, Customers
from tests.status.publication.provider import make_provider

SECRET = (*CANARIES, "adele", "Adele", "travaux/1234", "FS#1236")


@pytest.fixture
def house(sessions, engine, tmp_path) -> Customers:
    """1234 is one customer's, 1236 the other's, 1235 public."""
    house = Customers.of(make_provider(sessions, engine, tmp_path))
    own = house.open(OURS, title="Coupure adele")
    house.open("imap", THEIRS, title="Panne publique", linked=own)
    house.provider.plan(THEIRS, "Travaux boris")
    house.provider.verify()
    return house


def test_its_page_is_not_among_those_that_are_published(house):
    with house.provider.sessions() as session:
        plan = make_plan(session, ("fr",), house.provider.now, ZoneInfo("Europe/Paris"), 14)
    assert plan.numbers == (1235,)


@pytest.mark.story
def test_no_published_file_says_it(house):
    publisher = Publisher(house.provider.runtime, house.provider.render, assets(), lambda: None, lambda: None)
    while publisher.turn():
        pass
    files = [path for path in house.provider.runtime.places.published.rglob("*") if path.is_file()]
    said = [gzip.decompress(each.read_bytes()) if each.suffix == ".gz" else each.read_bytes() for each in files]
    assert any(b"Panne publique" in body for body in said)
    assert [word for word in SECRET if any(word.encode() in body for body in said)] == []
