"""Outages of the demonstration as it is shipped, seen by who reads its page and its feeds."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from tests.faults.installation import Installation, Looking, running, until

pytestmark = [pytest.mark.story, pytest.mark.timeout(400)]

FAULTS = {"sip": "break", "http": "hang", "dns": "hang", "smtp": "hang", "radius": "hang"}
SLUGS = {
    "sip": "voix", "http": "hebergement-web", "dns": "dns", "smtp": "messagerie", "radius": "adsl-authentification",
}  # fmt: skip
REASONS = {"sip": "refuse", "http": "answer", "dns": "names", "smtp": "answer", "radius": "log-ins"}
"""A word of the sentence that says why, in each."""


@pytest.fixture(scope="module")
def travaux(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One demonstration for all: every test leaves it well."""
    with running(tmp_path_factory.mktemp("outages")) as made:
        yield made


def test_an_outage_of_each_service_is_an_incident_from_its_reason_to_its_duration(travaux: Installation) -> None:
    seen = travaux.identifiers()
    course = {service: Course(travaux, service) for service in FAULTS}
    with Looking(travaux) as looking:
        for service, how in FAULTS.items():
            course[service].tell(how)
        _follow(course, "Investigating", "down", 60)
        said = {service: course[service].summary() for service in FAULTS}
        assert {service: words for service, words in said.items() if REASONS[service] not in words} == {}
        assert len(travaux.new_items(seen)) == 5
        during = travaux.identifiers()
        assert {entry.id for _ in range(120) for entry in travaux.items("/en/feed.rss")} == during
        assert {entry.id for _ in range(120) for entry in travaux.items("/en/feed.atom")} == during
        for each in course.values():
            each.tell("heal")
        _follow(course, "Monitoring", "operational", 60)
        _follow(course, "Resolved", "operational", 120)
    assert len(travaux.new_items(seen)) == 15
    assert [service for service in FAULTS if "it lasted" not in course[service].summary()] == []
    assert looking.away_s < 1


def test_an_incident_by_hand_is_on_page_and_feed_within_two_seconds_of_each_step(travaux: Installation) -> None:
    seen = travaux.identifiers()
    told = travaux.tell("incident", "open", "-c", "voix", "--text-en", "Step 0 done.", "--json")
    number = str(json.loads(told)["n"])
    _until_told(travaux, number, "Step 0 done.")
    for step in range(1, 4):
        travaux.tell("incident", "update", number, "--text-en", f"Step {step} done.")
        _until_told(travaux, number, f"Step {step} done.")
    travaux.tell("incident", "close", number, "--text-en", "Step 4 done.")
    _until_told(travaux, number, "Step 4 done.")
    assert len(travaux.new_items(seen)) == 5


def test_a_cut_of_our_own_line_is_unknown_and_no_incident(travaux: Installation) -> None:
    seen = travaux.identifiers()
    travaux.tell("demo", "break", "uplink")
    until(lambda: travaux.all_areas("unknown"), 60, "unknown")
    end_at = time.monotonic() + 40
    while time.monotonic() < end_at:
        assert "down" not in travaux.component_states().values()
        time.sleep(0.2)
    travaux.tell("demo", "heal", "uplink")
    until(lambda: travaux.all_areas("operational"), 90, "operational again")
    assert travaux.new_items(seen) == []


class Course:
    """The outage of one service: when it was last told something, what its component's page and feed say since."""

    def __init__(self, travaux: Installation, service: str) -> None:
        self.service, self.slug = service, SLUGS[service]
        self._travaux = travaux
        self._feed = f"/en/components/{self.slug}/feed.rss"
        self._seen = {entry.id for entry in travaux.items(self._feed)}
        self.told_at = 0.0

    def tell(self, how: str) -> None:
        self._travaux.tell("demo", how, self.service)
        self.told_at = time.monotonic()

    def shows(self, label: str, state: str) -> bool:
        new = [entry for entry in self._travaux.items(self._feed) if entry.id not in self._seen]
        if not new or not new[0].title.startswith(f"[{label}]"):
            return False
        page = self._travaux.get("/en/travaux/" + new[0].link.rpartition("/")[2].partition("#")[0])
        return page[0] == 200 and self._travaux.component_states()[self.slug] == state

    def summary(self) -> str:
        return self._travaux.items(self._feed)[0].summary.lower()


def _follow(course: dict[str, Course], label: str, state: str, within_s: float) -> None:
    """Wait until each outage shows this; each has its own time since it was told."""
    waiting = set(course)
    while waiting:
        for service in sorted(waiting):
            took_s = time.monotonic() - course[service].told_at
            if course[service].shows(label, state):
                waiting.remove(service)
                print(f"  {service} {label}: {took_s:.1f} s")
            assert took_s < within_s, f"{sorted(waiting)}: not {label} within {within_s:g} s"
        time.sleep(0.1)


def _until_told(travaux: Installation, number: str, words: str) -> None:
    page = f"/en/travaux/{number}"
    until(lambda: words.encode() in travaux.get(page)[2] and words in travaux.items()[0].summary, 2, f"{words} on both")
