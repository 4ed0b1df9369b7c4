"""MAINTNOTE, read back as we wrote it by the program other networks use: every state, every impact, from our mail."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from status.config.model import Mail, Settings
from status.delivery.maintnote import NEW_TIMES, Parties, Told, status_of, write_maintnote
from status.domain.states import EventState, EventType, Impact, Publication
from status.notifiers.email import compose
from status.notifiers.types import Links, Outgoing, Words
from status.queries.components import Place
from status.queries.news import News
from status.queries.owned import Owned
from status.queries.posted import Row

ROOT = Path(__file__).parents[3]
LOCK = ROOT / "requirements" / "maintnote.txt"
START = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)
END = START + timedelta(hours=2)
AT = datetime(2026, 11, 22, 12, 0, 5, tzinfo=UTC)
UID = "0192f5a0-0000-7000-8000-00000000c0de"
READ = """
import json, sys, pathlib
from circuit_maintenance_parser import NotificationData, init_provider
read = {}
for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    data = NotificationData.init_from_email_bytes(path.read_bytes())
    read[path.name] = [json.loads(each.to_json()) for each in init_provider("genericprovider").get_maintenances(data)]
print(json.dumps(read))
"""
STATES = {
    EventState.PLANNED: "TENTATIVE", EventState.CONFIRMED: "CONFIRMED", EventState.IN_PROGRESS: "IN-PROCESS",
    EventState.VERIFYING: "IN-PROCESS", EventState.DONE: "COMPLETED", EventState.ROLLED_BACK: "COMPLETED",
    EventState.CANCELLED: "CANCELLED",
}  # fmt: skip
IMPACTS = {
    (Impact.NONE, False): "NO-IMPACT", (Impact.NONE, True): "REDUCED-REDUNDANCY",
    (Impact.DEGRADED, False): "DEGRADED", (Impact.PARTIAL, False): "DEGRADED",
    (Impact.FULL, True): "OUTAGE", (Impact.INTERRUPTION, False): "OUTAGE",
}  # fmt: skip


def owned(circuits: str, impact: Impact, *, has_other_path: bool = False, slug: str = "line") -> Owned:
    place = Place(1, slug, None, "xdsl", {"fr": "Ligne"}, {}, None)
    return Owned(place, tuple(circuits.split()), impact, has_other_path)


def row(k: int, state: EventState, action: str = "update") -> Row:
    return Row(
        UID, 1234, k, EventType.MAINTENANCE, state, Impact.FULL, action, {"fr": "Carte"}, {}, None, False, {},
        ("xdsl",),
    )  # fmt: skip


def news(*rows: Row, of: tuple[Owned, ...] = (owned("L-1 L-2", Impact.FULL),), **more) -> News:
    given = {
        "publication": Publication.PUBLIC, "started_at": None, "planned_start_at": START, "planned_end_at": END,
        "expected_end_at": None, "ended_at": None, **more,
    }  # fmt: skip
    return News(
        uid=UID, n=1234, type=EventType.MAINTENANCE, state=rows[0].state, impact=Impact.FULL, title={"fr": "Carte"},
        advice={}, components=(), updates=tuple((each.k, each) for each in rows), reminder=False, owned=of, **given,
    )  # fmt: skip


def written(one: News) -> str:
    told = Told(one, "FS#1234 Carte, remplacée ; ligne", "Début à 03:00 ; fin à 05:00", AT)
    return write_maintnote([told], Parties("example.net", "A1", "noc@example.net"))


def mail(calendar: str) -> bytes:
    words = Words("fr", "Carte", "Texte", "<p>Texte</p>", "Carte", "https://status.example.net/fr", {}, UID, calendar)
    links = Links("https://x/confirm", "https://x", "https://x/stop")
    outgoing = Outgoing("0192f5a0", "noc@customer.example", words, links, AT, 1)
    return compose(outgoing, Settings(mail=Mail(address="status@example.net"))).as_bytes()


CASES: dict[str, News] = {
    **{f"state {state.value}": news(row(3, state), row(2, state)) for state in STATES},
    **{
        f"impact {impact.value} {path}": news(
            row(1, EventState.PLANNED), of=(owned("L-1", impact, has_other_path=path),)
        )
        for impact, path in IMPACTS
    },
    "new times": news(row(2, EventState.CONFIRMED, NEW_TIMES)),
    "each its own": news(row(1, EventState.PLANNED), of=(owned("L-1", Impact.FULL), owned("L-2", Impact.DEGRADED))),
    "no circuit": news(row(1, EventState.PLANNED), of=(owned("", Impact.FULL, slug="sip"),)),
    "over": news(
        row(4, EventState.DONE), started_at=START + timedelta(minutes=5), ended_at=END - timedelta(minutes=20)
    ),
}


@pytest.fixture(scope="module")
def parser(request) -> Path:
    """Give the Python of an environment that holds the parser alone; made once for each lock, below pytest's cache."""
    if getattr(request.config, "cache", None) is None:
        pytest.skip("pytest runs without a cache (-p no:cacheprovider): there is nowhere to keep the parser")
    key = sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()[:16]
    folder = Path(request.config.cache.mkdir("maintnote")) / key
    python, done = folder / "bin" / "python", folder / "complete"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        install = [python, "-m", "pip", "install", "--quiet", "--no-input", "--require-hashes", "-r", LOCK]
        installed = subprocess.run(install, check=False, capture_output=True, text=True)
        if installed.returncode:
            _go_without(installed.stderr.strip().splitlines()[-1])
        done.touch()
    return python


def _go_without(why: str) -> None:
    reason = f"requirements/maintnote.txt could not be installed, is there no package index? {why}"
    (pytest.fail if os.environ.get("LAB_REQUIRED") == "1" else pytest.skip)(reason)


@pytest.fixture(scope="module")
def read(parser, tmp_path_factory) -> dict[str, dict]:
    """Give what the parser reads of each case's mail."""
    folder = tmp_path_factory.mktemp("mails")
    for name, one in CASES.items():
        (folder / name).write_bytes(mail(written(one)))
    done = subprocess.run([parser, "-c", READ, folder], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2_000:]
    found = json.loads(done.stdout)
    assert {name: len(each) for name, each in found.items()} == dict.fromkeys(CASES, 1)
    return {name: each[0] for name, each in found.items()}


@pytest.mark.alone
@pytest.mark.timeout(600)
def test_every_state_is_read_back(read):
    assert {state: read[f"state {state.value}"]["status"] for state in STATES} == STATES
    assert read["new times"]["status"] == "RE-SCHEDULED"


@pytest.mark.alone
@pytest.mark.timeout(600)
def test_every_impact_is_read_back(read):
    impacts = {
        (impact, path): read[f"impact {impact.value} {path}"]["circuits"] for impact, path in IMPACTS
    }  # fmt: skip
    assert impacts == {key: [{"circuit_id": "L-1", "impact": word}] for key, word in IMPACTS.items()}
    assert read["each its own"]["circuits"] == [
        {"circuit_id": "L-1", "impact": "OUTAGE"}, {"circuit_id": "L-2", "impact": "DEGRADED"},
    ]  # fmt: skip
    assert read["no circuit"]["circuits"] == [{"circuit_id": "sip", "impact": "OUTAGE"}]


@pytest.mark.alone
@pytest.mark.timeout(600)
def test_everything_else_is_read_back_as_it_was_written(read):
    assert {key: value for key, value in read["state confirmed"].items() if not key.startswith("_")} == {
        "provider": "example.net", "account": "A1", "maintenance_id": "FS#1234", "status": "CONFIRMED",
        "start": START.timestamp(), "end": END.timestamp(), "stamp": AT.timestamp(), "uid": UID, "sequence": 3,
        "summary": "FS#1234 Carte, remplacée ; ligne", "organizer": "mailto:noc@example.net",
        "circuits": [{"circuit_id": "L-1", "impact": "OUTAGE"}, {"circuit_id": "L-2", "impact": "OUTAGE"}],
    }  # fmt: skip
    assert (read["over"]["start"], read["over"]["end"]) == (START.timestamp() + 300, END.timestamp() - 1_200)


def test_the_same_news_give_the_same_bytes():
    assert written(CASES["each its own"]) == written(CASES["each its own"])
    assert written(CASES["each its own"]).count("X-MAINTNOTE-OBJECT-IMPACT=") == 1


def test_new_times_are_told_until_the_work_moves_on_and_not_to_who_knew_none_before():
    moved, noted = row(2, EventState.PLANNED, NEW_TIMES), row(3, EventState.PLANNED)
    assert status_of(news(noted, moved)) == "RE-SCHEDULED"
    assert status_of(news(row(4, EventState.CONFIRMED), noted, moved)) == "CONFIRMED"
    assert status_of(news(moved, row(1, EventState.PLANNED))) == "TENTATIVE"
    assert status_of(news(row(2, EventState.IN_PROGRESS, NEW_TIMES))) == "IN-PROCESS"


def test_what_has_no_hours_or_nothing_of_the_customers_is_no_maintnote():
    assert written(news(row(1, EventState.PLANNED), planned_end_at=None)) == ""
    assert written(news(row(1, EventState.PLANNED), of=())) == ""


def test_a_work_that_was_withdrawn_is_cancelled():
    assert status_of(news(row(2, EventState.CONFIRMED), publication=Publication.WITHDRAWN)) == "CANCELLED"
