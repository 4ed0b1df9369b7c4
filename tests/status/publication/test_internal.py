"""What is not for the public is in no published byte: pages, feeds, JSON, and what is answered without them."""

from __future__ import annotations

import gzip

import pytest

from status.app import create_app
from status.domain.states import Impact
from status.models import Event
from status.models.engine import writing
from status.publication.publisher import Publisher
from status.services import actors, assigning, drafts, facts, incidents, linking, notes, post_mortems
from status.services.updating import Update, update
from status.web.assets import assets
from tests.status.publication.provider import make_provider

CANARY = "Kanarienvogel"
LATER_S = 3_600


@pytest.fixture
def provider(sessions, engine, tmp_path):
    """An open incident about which much is said that the public does not read."""
    provider = make_provider(sessions, engine, tmp_path)
    uid = provider.open(fr="Nous cherchons.")
    with writing(provider.sessions) as session:
        say_internally(session, provider, session.get_one(Event, uid))
    return provider


def say_internally(session, provider, event) -> None:
    anne, now = actors.cli_user(session, f"anne-{CANARY}"), provider.now
    opening = incidents.Opening({provider.ids["sip"]: Impact.FULL}, {"fr": CANARY}, {"fr": CANARY}, draft=True)
    waiting = incidents.open_incident(session, opening, anne, now)
    notes.add(session, event, CANARY, anne, now)
    drafts.keep(session, event, {"texts": {"fr": CANARY}, "title": {"fr": CANARY}}, anne, now)
    linking.link(session, event, waiting, anne, now)
    assigning.assign(session, event, anne, anne, now, note=CANARY)
    post_mortems.write(session, event, {"fr": CANARY}, anne, now)
    facts.state_facts(
        session, event, facts.Stated(987_654_321, emergency_calls=True, sla_excluded_reason=CANARY), anne, now
    )
    impacts = {provider.ids["secret-core"]: Impact.FULL}
    update(session, event, Update(texts={"fr": "Cause trouvée."}, impacts=impacts), anne, now)


def told(body: bytes) -> set[str]:
    return {word for word in (CANARY, "987654321", "secret-core") if word.encode() in body}


def test_no_published_file_says_it(provider):
    provider.verify()
    publisher = Publisher(provider.runtime, provider.render, assets(), lambda: None, lambda: None)
    while publisher.turn():
        pass
    files = [path for path in provider.runtime.places.published.rglob("*") if path.is_file()]
    assert len(files) > 20
    found = {path.name: told(gzip.decompress(path.read_bytes())) for path in files if path.suffix == ".gz"}
    found |= {path.name: told(path.read_bytes()) for path in files if path.suffix != ".gz"}
    assert {name: words for name, words in found.items() if words} == {}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_public_address_says_it(provider, language):
    client = create_app(provider.runtime).test_client()
    below = ("", "/travaux", "/travaux/1234", "/travaux/1234/post-mortem", "/feed.rss", "/feed.atom")
    paths = [f"/{language}{path}" for path in (*below, "/components/imap", "/components/imap/feed.rss")]
    answers = [client.get(path) for path in (*paths, "/status.json", f"/{language}/components/secret-core")]
    assert [words for answer in answers if (words := told(answer.data.replace(b"components/secret-core", b"")))] == []
