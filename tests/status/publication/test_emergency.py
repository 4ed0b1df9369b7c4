"""A voice without the house, and how the house takes it in when it is back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from lxml import etree

from status.domain.identifiers import short_id
from status.domain.states import EventState
from status.models import Component, Event, EventComponent, UpdateText
from status.models.engine import reading
from status.publication.mirror_emergency import in_status
from status.publication.mirror_statuspage import OUT, level_left, put_in, take_out
from status.publication.push_directory import Directory
from status.publication.speaking import fall_silent
from status.services.emergency import FILE, Emergency, EmergencyPost, as_data, parse, read
from tests.status.publication.house import WORDS, House, new_house, same_house

SHOWN = "Incendie à Lille : téléphonie coupée. &lt;b&gt;Prochaine&lt;/b&gt; information à 15 h."
NOW = datetime(2026, 11, 22, 13, 7, tzinfo=UTC)
FRONTS = ("index.html", "fr/index.html", "en/index.html", "fr/live/index.html", "en/live/index.html")
AREAS = tuple(f"{lang}/components/{area}/index.html" for lang in ("fr", "en") for area in ("email", "telephony"))


@pytest.fixture(scope="module")
def standing(tmp_path_factory) -> Iterator[House]:
    """A provider with nothing wrong, published and pushed."""
    with new_house(tmp_path_factory.mktemp("standing")) as house:
        yield house


@pytest.fixture
def house(standing, tmp_path: Path) -> Iterator[House]:
    """The same, to be spoken on."""
    with same_house(standing, tmp_path / "house") as house:
        yield house


def messages(house: House) -> dict[str, int]:
    """Give how often each page shows a message."""
    return {file: page.count('class="banner s-down emergency"') for file, page in house.pages().items()}


def test_fronts_and_area_pages_carry_it_at_once(house):
    house.say()
    said = messages(house)
    assert {file: said[file] for file in (*FRONTS, *AREAS)} == dict.fromkeys((*FRONTS, *AREAS), 1)
    assert SHOWN in house.text("fr/index.html")
    assert "Message d’urgence\u00a0: Téléphonie" in house.text("fr/index.html")


def test_the_english_page_marks_words_of_another_language(house):
    house.say()
    assert f'<p class="words" lang="fr">{SHOWN}</p>' in house.text("en/index.html")
    house.say("Nouvelles.", en="News.")
    assert '<p class="words">News.</p>' in house.text("en/index.html")


def test_nothing_on_these_pages_is_green_or_quiet(house):
    assert "s-operational" in house.text("fr/index.html")
    house.say()
    for file in (*FRONTS, *AREAS, "fr/stale.html"):
        assert "s-operational" not in house.text(file), file
        assert "Aucun incident connu" not in house.text(file), file


def test_feeds_have_an_item_with_its_identifier_and_stay_well_formed(house):
    post = (emergency := house.say()).posts[0]
    for language in ("fr", "en"):
        identifier = f"tag:status.example,2026:emergency/{post.uuid}/{language}"
        assert emergency.identifier(post, language) == identifier
        rss = etree.fromstring(house.text(f"{language}/feed.rss").encode())
        assert next(rss.iter("guid")).text == identifier
        atom = etree.fromstring(house.text(f"{language}/feed.atom").encode())
        assert identifier in [each.text for each in atom.iter("{http://www.w3.org/2005/Atom}id")]


def test_programs_read_that_the_areas_are_down(house):
    house.say()
    said = json.loads(house.text("status.json"))
    assert {each["slug"]: each["state"] for each in said["areas"]}["telephony"] == "down"
    assert said["emergency"]["posts"][0]["texts"] == {"fr": WORDS}


def test_what_was_well_in_such_an_area_is_unknown(house):
    nodes = [{"slug": slug, "area": slug, "parent": slug, "state": "operational"} for slug in ("telephony", "email")]
    said = json.loads(in_status(json.dumps({"areas": [], "components": nodes}), house.say()))
    assert [each["state"] for each in said["components"]] == ["unknown", "operational"]
    assert said["components"][0]["last_known_state"] == "operational"


def statuspage(house: House, name: str) -> dict[str, Any]:
    return json.loads(house.text(f"api/v2/{name}.json"))


def test_all_of_statuspage_s_files_say_the_same(house):
    house.say("Premier message.", areas=("email",))
    house.say(areas=("email",))
    wholes = [statuspage(house, name)["status"] for name in ("summary", "status")]
    assert wholes[0] == wholes[1] == {"indicator": "critical", "description": "Message d’urgence\u00a0: E-mail"}
    told = [statuspage(house, name)["incidents"][0] for name in ("summary", "incidents", "incidents/unresolved")]
    assert told[0] == told[1] == told[2]
    assert (told[0]["impact"], [each["body"] for each in told[0]["incident_updates"]]) == (
        "critical", [WORDS, "Premier message."],
    )  # fmt: skip
    listed = [statuspage(house, name)["components"] for name in ("summary", "components")]
    assert listed[0] == listed[1]


def test_to_statuspage_a_touched_area_is_out_and_what_was_well_below_it_unsure_until_it_ends():
    emergency = Emergency("status.example", 2026, "Europe/Paris", (EmergencyPost("x", NOW, {}),), ("telephony",))
    area = short_id("component", "telephony")
    nodes = [{"id": area, "group_id": None}, {"id": "x", "group_id": area}, {"id": "y", "group_id": "z"}]
    document = {"components": [node | {"status": "operational"} for node in nodes]}
    put_in("api/v2/components.json", document, emergency, "fr", "https://copy.example/fr")
    assert [each["status"] for each in document["components"]] == [OUT, "degraded_performance", "operational"]
    take_out("api/v2/components.json", document, emergency, "minor")
    assert [each["status"] for each in document["components"]] == [*["degraded_performance"] * 2, "operational"]


def test_its_incident_has_the_identifiers_of_the_event_it_becomes(house):
    house.say()
    told = statuspage(house, "incidents")["incidents"][0]
    house.push()
    house.decide()
    house.later(1)
    house.both()
    after = statuspage(house, "incidents")["incidents"]
    assert [each["id"] for each in after] == [told["id"]]
    assert [each["id"] for each in after[0]["incident_updates"]] == [each["id"] for each in told["incident_updates"]]


def test_ended_by_hand_statuspage_s_files_agree_that_nothing_is_sure(house):
    house.say(areas=("email",))
    fall_silent(house.target, "copy.example", house.provider.now)
    assert statuspage(house, "summary")["status"] == statuspage(house, "status")["status"]
    assert statuspage(house, "status")["status"]["indicator"] == "minor"
    assert statuspage(house, "summary")["incidents"] == statuspage(house, "incidents")["incidents"] == []
    assert OUT not in house.text("api/v2/components.json")
    house.push()
    assert statuspage(house, "status")["status"]["indicator"] == "none"


def test_ended_by_hand_another_incident_keeps_its_level():
    emergency = Emergency("status.example", 2026, "Europe/Paris", (EmergencyPost("x", NOW, {}),))
    assert level_left(b'{"incidents":[{"id":"a","impact":"critical"}],"components":[]}', emergency) == "critical"
    assert level_left(b"{", emergency) == level_left(None, emergency) == "minor"


@pytest.mark.parametrize("ending", ["rss", "atom", "json"])
def test_the_feed_of_events_has_one_entry_that_the_event_keeps(house, ending):
    first = house.say("Premier message.")
    identifier = first.identifier(first.posts[0], "fr")
    house.say("Second message.")
    feed = house.text(f"fr/events.{ending}")
    assert (feed.count(identifier), feed.count("emergency/")) == (1, 1)
    assert feed.index("Second message.") < feed.index("Premier message.")
    house.push()
    house.decide()
    house.later(1)
    house.both()
    feed = house.text(f"fr/events.{ending}")
    assert (feed.count(identifier), feed.count("emergency/"), "event/1234/fr" in feed) == (1, 1, False)


def test_said_twice_both_stand_there_the_newest_first(house):
    house.say("Premier message.")
    house.provider.clock.pass_time(600)
    emergency = house.say("Second message.")
    page = house.text("fr/index.html")
    assert page.index("Second message.") < page.index("Premier message.")
    assert len(emergency.posts) == 2
    assert messages(house)["fr/index.html"] == 1


def test_areas_said_later_are_added_and_all_stand_in_for_each(house):
    house.say(areas=("telephony",))
    assert house.say(areas=("email", "telephony")).areas == ("telephony", "email")
    states = {each["slug"]: each["state"] for each in json.loads(house.text("status.json"))["areas"]}
    assert (states["telephony"], states["email"]) == ("down", "down")
    assert house.say(areas=()).areas == ()
    assert house.say(areas=("email",)).areas == ()


def test_the_end_lifts_the_areas_of_all_messages(house):
    house.say(areas=("telephony",))
    house.say(areas=("email",))
    fall_silent(house.target, "copy.example", house.provider.now)
    states = {each["slug"]: each["state"] for each in json.loads(house.text("status.json"))["areas"]}
    assert (states["telephony"], states["email"]) == ("unknown", "unknown")


def test_one_that_is_over_and_was_never_taken_away_leaves_when_the_next_is_said(house):
    house.say("Premier message.", areas=("telephony",), until="+1m")
    house.provider.clock.pass_time(61)
    house.say("Second message.", areas=("email",))
    states = {each["slug"]: each["state"] for each in json.loads(house.text("status.json"))["areas"]}
    assert (states["telephony"], states["email"]) == ("unknown", "down")
    assert len(statuspage(house, "summary")["incidents"]) == 1
    assert "Premier message." not in house.text("fr/index.html")


def test_an_hour_that_has_passed_is_tomorrow_s(house):
    emergency = house.say(until="12:30")
    assert emergency.until.isoformat() == "2026-11-23T11:30:00+00:00"
    assert "Ce message vaut jusqu’au 23" in house.text("fr/index.html")


def test_a_mirror_that_holds_nothing_gets_fronts_with_the_message_alone(standing, tmp_path):
    house = House.of(standing.provider, tmp_path / "empty")
    emergency = house.say()
    assert emergency.authority == "copy.example"
    for file in FRONTS[:3]:
        assert house.text(file).count(SHOWN) == 2, file
        assert "<script" not in house.text(file)
    assert '<html lang="en">' in house.text("en/index.html")


def test_a_push_keeps_it_and_every_other_page_finds_it_by_the_script(house):
    house.say()
    house.later(60)
    house.both()
    assert messages(house)["fr/index.html"] == 1
    assert messages(house)["fr/components/imap-1/index.html"] == 0
    assert json.loads(house.text(FILE))["said"]["fr"].startswith("<section")


class Interrupted(Directory):
    """Somebody speaks while its front is being written."""

    def __init__(self, root: Path, house: House) -> None:
        super().__init__(root)
        self._house, self._said = house, False

    def write(self, files):
        super().write(files)
        if "fr/index.html" in files and not self._said:
            self._said = True
            self._house.say()
            super().write(files)


def test_a_message_that_comes_in_the_middle_of_a_push_is_not_overwritten(house):
    house.target = Interrupted(house.root, house)
    house.later(60)
    house.both()
    assert messages(house)["fr/index.html"] == 1
    assert SHOWN in house.text("fr/feed.rss") or "emergency/" in house.text("fr/feed.rss")


def test_past_its_end_the_next_push_takes_it_away(house):
    house.say(until="+10m")
    house.later(601)
    house.both()
    assert sum(messages(house).values()) == 0
    assert parse((house.root / FILE).read_bytes()) is None
    assert "s-operational" in house.text("fr/index.html")
    assert "emergency/" not in house.text("fr/feed.rss")


def test_ended_by_hand_it_is_gone_and_the_next_push_brings_everything_back(house):
    before = {file: house.text(file) for file in house.files() if not file.endswith(("mirror.json", FILE))}
    house.say()
    assert fall_silent(house.target, "copy.example", house.provider.now)
    assert sum(messages(house).values()) == 0
    house.push()
    assert {file: house.text(file) for file in before} == before


def test_the_monitor_makes_an_event_of_it_that_keeps_its_identifiers(house):
    post = (emergency := house.say()).posts[0]
    house.push()
    assert house.decide()
    with reading(house.provider.sessions) as session:
        event = session.scalars(sa.select(Event)).one()
        texts = {text.language: text for text in session.scalars(sa.select(UpdateText))}
        slugs = session.scalars(sa.select(Component.slug).join(EventComponent)).all()
    assert (event.n, event.state, slugs) == (1234, EventState.INVESTIGATING, ["telephony"])
    assert texts["fr"].uid == emergency.identifier(post, "fr")
    assert (texts["fr"].text, texts["fr"].published_at) == (WORDS, post.at)


def test_once_its_page_is_public_the_message_leaves_the_mirror(house):
    emergency = house.say()
    house.push()
    house.decide()
    house.push()
    assert messages(house)["fr/index.html"] == 1
    house.later(1)
    house.both()
    assert sum(messages(house).values()) == 0
    identifier = emergency.identifier(emergency.posts[0], "fr")
    assert house.text("fr/feed.rss").count(identifier) == 1
    assert "/fr/travaux/1234/" in house.text("fr/index.html")


def test_what_is_said_later_joins_the_same_event(house):
    house.say("Premier message.")
    house.push()
    house.decide()
    emergency = house.say("Second message.")
    house.push()
    house.decide()
    with reading(house.provider.sessions) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Event)) == 1
        uids = set(session.scalars(sa.select(UpdateText.uid).where(UpdateText.language == "fr")))
    assert uids == {emergency.identifier(post, "fr") for post in emergency.posts}


def test_it_is_handed_over_once_and_taken_once(house):
    house.say()
    house.push()
    house.push()
    assert house.decide()
    assert not house.decide()
    house.push()
    assert not house.decide()


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"[]", b'{"format":2,"posts":[]}', b'{"format":1,"posts":[{}]}', b'{"format":1,"posts":3}',
     b"[" * 100_000, b'{"format":1}', b"\xff", b'{"format":1,"posts":[{"uuid":"x","at":"y","texts":{}}]}'],
)  # fmt: skip
def test_a_damaged_document_is_told_as_such(text):
    with pytest.raises(ValueError, match=r".+"):
        parse(text)


def test_a_damaged_document_is_left_alone_and_pages_are_pushed(house):
    (house.root / FILE).write_text("{")
    house.later(60)
    house.both()
    assert house.text(FILE) == "{"
    assert "13:01:00" in house.text("fr/index.html")


def test_a_document_is_read_as_it_was_written(house):
    emergency = house.say(until="+10m", en="Fire.")
    assert isinstance(emergency, Emergency)
    written = read(json.loads(json.dumps(as_data(emergency))))
    assert written.posts[0].texts == {"fr": WORDS, "en": "Fire."}
    assert (written.areas, written.until) == (emergency.areas, emergency.until)
