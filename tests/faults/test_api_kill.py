"""kill -9 of the web worker during 200 posts: every acknowledged one is there, none twice with the same key."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException

import pytest

from status.domain.permissions import Role, Scope
from status.models.engine import make_engine, make_sessions, writing
from status.services import accounts, actors, tokens
from tests.faults.installation import Installation, running, until

pytestmark = [pytest.mark.story, pytest.mark.timeout(600)]

POSTS = 200
CALLERS = 4
KILL_EACH = 25
GIVE_UP_S = 120.0
WIDE = {"api": {"token_minute": 1_000_000, "address_minute": 1_000_000}}


def token_of(travaux: Installation) -> str:
    now = datetime.now(UTC)
    engine = make_engine(f"sqlite:///{travaux.database}")
    with writing(make_sessions(engine)) as session:
        author = actors.cli_user(session, "tests")
        account = accounts.create(session, "robin", accounts.Details(Role.RESPONDER), author, now)
        token = tokens.make(session, account, "kill", set(Scope), None, author, now)
    engine.dispose()
    return token


class Caller:
    """A program that repeats a request under its key until it is answered."""

    def __init__(self, travaux: Installation, token: str) -> None:
        self._port, self._token = travaux.port, token
        self.repeated = 0

    def post(self, path: str, body: dict, key: str) -> dict:
        headers = {
            "Authorization": f"Bearer {self._token}", "Content-Type": "application/json",
            "If-Match": "*", "Idempotency-Key": key,
        }  # fmt: skip
        ends = time.monotonic() + GIVE_UP_S
        while time.monotonic() < ends:
            connection = HTTPConnection("127.0.0.1", self._port, timeout=10)
            try:
                connection.request("POST", f"/api/v1{path}", json.dumps(body), headers)
                answer = connection.getresponse()
                told = answer.read()
                if answer.status == 201:
                    return json.loads(told)
                assert answer.status == 503, told
            except (OSError, HTTPException):
                self.repeated += 1
                time.sleep(0.05)
            finally:
                connection.close()
        raise AssertionError(f"{key}: no answer within {GIVE_UP_S:g} s")


class Killing:
    """Kills the web worker while it is entered, each time when so many more posts were acknowledged."""

    def __init__(self, travaux: Installation) -> None:
        self._travaux, self._over = travaux, threading.Event()
        self._acknowledged = threading.Semaphore(0)
        self._thread = threading.Thread(target=self._kill)
        self.kills = 0

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._acknowledged.release(KILL_EACH)
        self._thread.join()

    def acknowledge(self) -> None:
        self._acknowledged.release()

    def _kill(self) -> None:
        while True:
            for _ in range(KILL_EACH):
                self._acknowledged.acquire()
            if self._over.is_set():
                return
            self._travaux.strike("worker", signal.SIGKILL)
            self.kills += 1


def test_every_acknowledged_post_is_there_and_none_twice(tmp_path):
    with running(tmp_path, WIDE) as travaux:
        caller = Caller(travaux, token_of(travaux))
        event = caller.post("/events", {"impacts": {"voix": "degraded"}, "draft": True}, "begin")["uid"]

        killing = Killing(travaux)

        def say(number: int) -> str:
            body = {"texts": {"en": f"post {number}"}}
            told = caller.post(f"/events/{event}/updates", body, f"post-{number}")
            killing.acknowledge()
            return told["texts"]["en"]["text"]

        with killing, ThreadPoolExecutor(CALLERS) as pool:
            acknowledged = list(pool.map(say, range(POSTS)))
        print(f"  {killing.kills} kills, {caller.repeated} repetitions")
        until(travaux.answers, 60, "the page answers")
        kept = Counter(text for (text,) in travaux.ask("SELECT text FROM update_text WHERE text LIKE 'post %'"))
    assert (killing.kills >= 3, caller.repeated > 0) == (True, True)
    assert kept == dict.fromkeys(acknowledged, 1)
    assert len(kept) == POSTS
