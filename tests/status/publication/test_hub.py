"""A hub is told which feeds changed: each address once, until it takes it, and nothing waits for it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from status.config.model import Feeds
from status.publication import hub as speaking
from status.publication.hub import Hub, changed_feeds
from status.publication.manifest import Entry
from status.publication.objects import Stored
from status.publication.publisher import Publisher
from status.web.assets import assets
from tests.status.delivery.sink import until

SITE = "http://127.0.0.1:8080"


@dataclass
class Listening:
    """`told` are the addresses it took, `asked` all it heard of; it answers with `status`, once `open` is set."""

    url: str = ""
    told: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    status: int = 204
    open: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def listening() -> Iterator[Listening]:
    heard = Listening()
    heard.open.set()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            assert form["hub.mode"] == ["publish"]
            heard.asked += form["hub.url"]
            heard.open.wait(20)
            heard.told += form["hub.url"] if heard.status < 300 else []
            self.send_response(heard.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    heard.url = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield heard
    heard.open.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def speak(tmp_path, listening) -> Iterator[Callable[[], Hub]]:
    """Give what makes a hub whose thread speaks until the test ends."""
    stop, threads = threading.Event(), []

    def make() -> Hub:
        hub = Hub(Feeds(hub=listening.url), SITE, tmp_path)
        threads.append(hub.start(stop))
        return hub

    yield make
    stop.set()
    listening.open.set()
    for thread in threads:
        thread.join(5)


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch):
    monkeypatch.setattr(speaking, "FIRST_RETRY_S", 0.05)


def feeds(words: str) -> dict[str, Entry]:
    """Give a generation whose incident feeds say something."""
    changed = {path: entry(words) for path in ("/fr/feed.rss", "/fr/feed.json", "/fr/calendar.ics", "/status.json")}
    return {**changed, "/fr/components/sip/feed.rss": entry("quiet")}


def entry(words: str) -> Entry:
    return Entry(Stored(sha256(words.encode()).hexdigest(), 1, 1), "application/rss+xml", 0.0)


def swap(hub: Hub, old: str, new: str) -> None:
    hub.changing(feeds(old), feeds(new))
    hub.swapped()


def is_all_told(folder: Path) -> bool:
    return json.loads((folder / "hub").read_text()) == []


def test_each_feed_that_says_something_else_is_told_once(speak, listening, tmp_path):
    swap(speak(), "one", "two")
    until(lambda: is_all_told(tmp_path))
    assert listening.told == [f"{SITE}/fr/feed.json", f"{SITE}/fr/feed.rss"]


def test_a_feed_that_was_not_there_is_told_only_where_an_empty_one_stood():
    new = {path: entry("one") for path in ("/fr/feed.rss", "/fr/exchanges/lil59/feed.rss", "/fr/exchanges/lil59/x.rss")}
    assert changed_feeds({}, new) == ["/fr/exchanges/lil59/feed.rss"]


def test_a_hub_that_hangs_delays_no_swap_and_an_address_waits_once(speak, listening, tmp_path):
    hub = speak()
    listening.open.clear()
    swap(hub, "one", "two")
    until(lambda: listening.asked)
    swap(hub, "two", "three")
    swap(hub, "three", "four")
    listening.open.set()
    until(lambda: is_all_told(tmp_path))
    assert listening.told.count(f"{SITE}/fr/feed.json") == 2  # on its way when it changed again
    assert listening.told.count(f"{SITE}/fr/feed.rss") == 1


@pytest.mark.parametrize("status", [500, 429, 302])
def test_a_hub_in_trouble_is_asked_again(speak, listening, status, caplog, tmp_path):
    listening.status = status
    swap(speak(), "one", "two")
    until(lambda: len(listening.asked) > 1)
    assert listening.told == []
    listening.status = 202
    until(lambda: is_all_told(tmp_path))
    assert set(listening.told) == {f"{SITE}/fr/feed.json", f"{SITE}/fr/feed.rss"}
    assert caplog.messages.count("hub_not_told") == 1


def test_what_a_hub_refuses_is_not_asked_again(speak, listening, tmp_path):
    listening.status = 404
    swap(speak(), "one", "two")
    until(lambda: is_all_told(tmp_path))
    assert len(listening.asked) == 2


def test_what_a_hub_was_not_told_is_told_by_the_next_process(speak, listening, tmp_path):
    swap(Hub(Feeds(hub=listening.url), SITE, tmp_path), "one", "two")
    assert not is_all_told(tmp_path)
    speak()
    until(lambda: is_all_told(tmp_path))
    assert len(listening.told) == 2


@pytest.mark.story
def test_the_publisher_tells_of_what_an_update_changes(provider, speak, listening, tmp_path):
    publisher = Publisher(provider.runtime, provider.render, assets(), lambda: None, lambda: None, speak())
    publish(publisher)
    provider.open("imap")
    publish(publisher)
    until(lambda: f"{SITE}/fr/components/email/feed.rss" in listening.told and is_all_told(tmp_path))
    assert len(listening.told) == len(set(listening.told))
    assert not [url for url in listening.told if "telephony" in url or url.endswith(".ics")]


def publish(publisher: Publisher) -> None:
    while publisher.turn():
        pass
