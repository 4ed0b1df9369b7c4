"""Real feed readers, newsboat and rss2email: each post is one unread item and one mail, and asking again costs nothing.

publisher ─▶ published bytes behind a web server that counts its answers ─▶ newsboat's cache, rss2email's mails
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from status.domain.decisions import Action, Decision
from status.domain.states import EventState, Impact
from status.models import Base
from status.models.engine import create_file, make_engine, make_sessions, writing
from status.publication.publisher import Publisher
from status.services.robot import apply_decision
from status.web.assets import assets
from status.web.bytes import PublishedBytes
from tests.lab.runner import find, require
from tests.status.delivery.sink import Sink
from tests.status.publication.provider import Provider, make_provider

pytestmark = pytest.mark.lab

Refetch = Callable[[], None]


@dataclass
class Site:
    """A provider with its published pages on loopback; `asked`: path, conditional headers, answer of each request."""

    provider: Provider
    url: str
    asked: list[tuple[str, dict[str, str], str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._publisher = Publisher(self.provider.runtime, self.provider.render, assets(), lambda: None, lambda: None)

    def publish(self) -> None:
        """Publish what goes first: the site's feeds are among it."""
        self._publisher.turn()

    def not_modified(self, since: int) -> float:
        """Give the share of 304 among what was asked from then on."""
        answers = [answer for path, _, answer in self.asked[since:] if path.endswith(".rss")]
        return sum(answer.startswith("304") for answer in answers) / len(answers)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    engine = make_engine(f"sqlite:///{tmp_path}/travaux.db")
    create_file(engine)
    Base.metadata.create_all(engine)
    provider = make_provider(make_sessions(engine), engine, tmp_path)
    published = PublishedBytes(provider.runtime.places.published, nothing, provider.clock, look_every_s=0)

    def counted(environ, start_response):
        def noted(status, headers, exc_info=None):
            given = {name: environ[f"HTTP_{name}"] for name in CONDITIONAL if f"HTTP_{name}" in environ}
            site.asked.append((environ["PATH_INFO"], given, status))
            return start_response(status, headers, exc_info)

        return published(environ, noted)

    server = make_server("127.0.0.1", 0, counted, threaded=True)
    site = Site(provider, f"http://127.0.0.1:{server.server_port}/fr/feed.rss")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    site.publish()
    yield site
    server.shutdown()
    thread.join()
    server.server_close()
    engine.dispose()


CONDITIONAL = ("IF_NONE_MATCH", "IF_MODIFIED_SINCE", "ACCEPT_ENCODING", "USER_AGENT", "A_IM")


def nothing(_environ, start_response):
    start_response("404 Not Found", [])
    return [b""]


@dataclass
class Newsboat:
    """newsboat with a home of its own."""

    home: Path
    url: str

    def look(self) -> None:
        (self.home / "urls").write_text(f"{self.url}\n")
        (self.home / "config").touch()
        files = ["-u", self.home / "urls", "-c", self.home / "cache.db", "-C", self.home / "config"]
        run(["newsboat", *files, "-q", "-x", "reload"], self.home)

    def unread(self) -> list[str]:
        with closing(sqlite3.connect(self.home / "cache.db")) as cache:
            return [title for (title,) in cache.execute("SELECT title FROM rss_item WHERE unread = 1 ORDER BY pubDate")]


@dataclass
class RSS2Email:
    """rss2email that hands its mails to a sink."""

    home: Path
    url: str
    sink: Sink

    def begin(self) -> None:
        (self.home / "r2e.cfg").write_text(
            f"[DEFAULT]\nto = reader@example.org\nfrom = feeds@example.org\nemail-protocol = smtp\n"
            f"smtp-server = 127.0.0.1\nsmtp-port = {self.sink.port}\nsmtp-auth = False\nsmtp-ssl = False\n"
            "use-publisher-email = False\nname-format = {feed-title}\nsendmail = false\n"
        )
        self._tell("add", "travaux", self.url)

    def look(self) -> None:
        self._tell("run")

    def _tell(self, *words: str) -> None:
        run(["r2e", "-c", self.home / "r2e.cfg", "-d", self.home / "r2e.json", *words], self.home)


def run(command: list[str | Path], home: Path) -> None:
    environment = {**os.environ, "HOME": str(home), "LC_ALL": "C.UTF-8", "TERM": "dumb"}
    binary = find(str(command[0]))
    done = subprocess.run(
        [binary, *command[1:]], env=environment, cwd=home, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def newsboat(site: Site, tmp_path: Path) -> Newsboat:
    require("newsboat")
    (tmp_path / "newsboat").mkdir()
    reader = Newsboat(tmp_path / "newsboat", site.url)
    reader.look()
    return reader


@pytest.fixture
def rss2email(site: Site, tmp_path: Path) -> Iterator[RSS2Email]:
    require("r2e")
    (tmp_path / "r2e").mkdir()
    sink = Sink()
    sink.start()
    reader = RSS2Email(tmp_path / "r2e", site.url, sink)
    reader.begin()
    reader.look()
    yield reader
    sink.stop()


def told_by_hand(site: Site, look: Refetch) -> None:
    """Open an incident without a check, say three things about it and end it, with a look after each."""
    provider = site.provider
    uid = provider.open(fr="Nous cherchons.")
    steps = (
        lambda: provider.write(uid, EventState.IDENTIFIED, fr="C’est un filtre."),
        lambda: provider.write(uid, fr="Il est remplacé."),
        lambda: provider.write(uid, EventState.MONITORING, fr="Les messages arrivent."),
        lambda: provider.close(uid, fr="C’est fini."),
    )
    for step in (lambda: None, *steps):
        provider.clock.pass_time(60)
        step()
        site.publish()
        look()


def told_by_the_robot(site: Site, look: Refetch) -> None:
    """A plain outage nobody touched, with a look after each post."""
    provider = site.provider
    began = provider.clock.at.wall
    for action, at, impact in ((Action.OPEN, 0, Impact.FULL), (Action.RETURN, 120, Impact.NONE),
                               (Action.CLOSE, 420, Impact.NONE)):  # fmt: skip
        with writing(provider.sessions) as session:
            apply_decision(session, decided(provider, action, began + at, impact), provider.now)
        provider.clock.pass_time(150)
        site.publish()
        look()


def decided(provider: Provider, action: Action, at: float, impact: Impact) -> Decision:
    return Decision(
        action, "0197-event", ((provider.ids["sip"], impact),), "4", at, at, reason="timeout", merge_label="sip",
        evidence=((1, "here", 7),),
    )  # fmt: skip


def ask_again(site: Site, times: int) -> None:
    """Ask so many times as the reader that asked last did, with its validators."""
    _, given, _ = site.asked[-1]
    headers = {name.replace("_", "-").title(): value for name, value in given.items()}
    for _ in range(times):
        with suppress(urllib.error.HTTPError):  # what urllib makes of a 304
            urllib.request.urlopen(urllib.request.Request(site.url, headers=headers)).close()


def test_newsboat_shows_each_post_of_a_person_as_an_unread_item(site, newsboat):
    told_by_hand(site, newsboat.look)
    states = [title.partition("]")[0][1:] for title in newsboat.unread()]
    assert (len(states), states[1:3], states[-1]) == (5, ["Cause identifiée"] * 2, "Résolu")


def test_newsboat_shows_three_items_of_the_robot_alone(site, newsboat):
    told_by_the_robot(site, newsboat.look)
    assert len(newsboat.unread()) == 3


def test_rss2email_sends_each_post_of_a_person_as_a_mail(site, rss2email):
    told_by_hand(site, rss2email.look)
    assert len(rss2email.sink.mails) == 5
    assert "C’est fini." in rss2email.sink.mails[-1].get_body().get_content()


def test_rss2email_sends_three_mails_of_the_robot_alone(site, rss2email):
    told_by_the_robot(site, rss2email.look)
    assert len(rss2email.sink.mails) == 3


@pytest.mark.story
def test_240_more_looks_of_each_reader_show_nothing_more_and_are_answered_unchanged(site, newsboat, rss2email):
    told_by_hand(site, lambda: None)
    for look in (newsboat.look, rss2email.look):
        look()
        before = len(site.asked)
        for _ in range(40):
            look()
        ask_again(site, 200)
        assert len(site.asked) - before == 240
        assert site.not_modified(before) >= 0.95
    assert (len(newsboat.unread()), len(rss2email.sink.mails)) == (5, 5)
