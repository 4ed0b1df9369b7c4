"""Serving a copy's folder: stale twins past their time, addresses, nothing from outside."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from werkzeug.test import Client

from probes.types import Instant
from status.publication.mirror_emergency import as_document, carry
from status.publication.standalone import emergency_page
from status.services.emergency import FILE, Emergency, EmergencyPost
from status.web.mirror import MirrorFolder

PAGE = '<html lang="fr"><script data-until="2026-11-22T12:03:00Z"></script>tout va bien'
NOON = 1_795_348_800.0  # 2026-11-22T12:00:00Z


@pytest.fixture
def clock():
    at = [NOON]

    def now() -> Instant:
        return Instant(at[0] - NOON + 50, at[0])

    now.at = at
    return now


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "copy"
    for file, text in {
        "fr/index.html": PAGE, "fr/stale.html": "dernier état connu", "fr/travaux/3/index.html": "l’événement",
        "status.json": json.dumps({"valid_until": "2026-11-22T12:03:00Z", "stale": False}, separators=(",", ":")),
        "status.stale.json": '{"stale":true}', "api/v2/summary.json": "{}", "404.html": "perdu", "index.html": PAGE,
        "mirror.json": '{"valid_until":"2026-11-22T12:03:00+00:00"}', "static/travaux.1.css": "p{}",
        "fr/feed.rss": "<rss/>", ".well-known/security.txt": "Contact: x",
    }.items():  # fmt: skip
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text(text, encoding="utf-8")
    (tmp_path / "secret.txt").write_text("hunter2")
    return root


@pytest.fixture
def client(folder, clock) -> Client:
    return Client(MirrorFolder(folder, clock))


def test_pages_feeds_and_json_are_served_with_their_types(client):
    types = {path: client.get(path).content_type for path in ("/fr/", "/fr/feed.rss", "/status.json", "/")}
    assert types["/fr/"] == types["/"] == "text/html; charset=utf-8"
    assert types["/fr/feed.rss"].startswith("application/rss+xml")
    assert types["/status.json"].startswith("application/json")
    assert client.get("/.well-known/security.txt").status_code == 200


def test_past_its_time_the_stale_twin_is_served_under_its_own_etag(client, clock):
    fresh = client.get("/fr/")
    assert "tout va bien" in fresh.text
    clock.at[0] = NOON + 181
    stale = client.get("/fr/", headers={"If-None-Match": fresh.headers["ETag"]})
    assert (stale.status_code, stale.text) == (200, "dernier état connu")
    assert client.get("/status.json").json == {"stale": True}
    assert "l’événement" in client.get("/fr/travaux/3/").text


@pytest.fixture
def spoken(folder) -> Emergency:
    """A message about telephony that ends 60 s after noon, on a page and in JSON as a push or `emergency` wrote it."""
    post = EmergencyPost("0f8fad5b-d9cb-869f-a165-70867728950e", datetime.fromtimestamp(NOON - 60, UTC), {"fr": "Feu."})
    until = datetime.fromtimestamp(NOON + 60, UTC)
    said = Emergency("status.example", 2026, "Europe/Paris", (post,), ("telephony",), until)
    page = f"{PAGE}<main>\n<span>Aucun incident connu</span></main>"
    status = '{"valid_until":"2026-11-22T12:03:00Z","areas":[{"slug":"telephony","state":"operational"}]}'
    for file, text in {"fr/index.html": page, "status.json": status, "api/v2/summary.json": "{}"}.items():
        (folder / file).write_bytes(carry(file, text.encode(), said, "https://copy.example"))
    green = '<main><span class="s-operational">bien</span></main>'
    (folder / "fr/help").mkdir()
    (folder / "fr/help/index.html").write_text(PAGE + green, encoding="utf-8")
    (folder / "fr/about.html").write_text('<html lang="fr"><main>à propos</main>', encoding="utf-8")
    (folder / FILE).write_bytes(as_document(said))
    return said


def test_pages_that_do_not_carry_a_message_are_served_with_it_under_another_etag(client, folder, spoken):
    said = {path: client.get(path) for path in ("/fr/help/", "/fr/about.html", "/fr/")}
    assert {
        path: answer.text.count('class="banner s-down emergency"') for path, answer in said.items()
    } == dict.fromkeys(said, 1)
    assert "s-operational" not in said["/fr/help/"].text
    (folder / FILE).write_bytes(as_document(None))
    silent = client.get("/fr/help/", headers={"If-None-Match": said["/fr/help/"].headers["ETag"]})
    assert (silent.status_code, "Feu." in silent.text, "s-operational" in silent.text) == (200, False, True)


def test_past_its_end_a_message_is_served_nowhere_though_nobody_took_it_away(client, clock, spoken):
    before = client.get("/fr/")
    assert client.get("/status.json").json["areas"][0]["state"] == "down"
    clock.at[0] = NOON + 61
    after = client.get("/fr/", headers={"If-None-Match": before.headers["ETag"]})
    assert (after.status_code, "Feu." in after.text, "emergency" in after.text) == (200, False, False)
    assert "Aucun incident" not in after.text
    status = client.get("/status.json").json
    assert ("emergency" in status, status["areas"][0]["state"]) == (False, "unknown")
    summary = client.get("/api/v2/summary.json").json
    assert (summary["incidents"], summary["status"]["indicator"]) == ([], "minor")


def test_past_its_end_a_front_that_held_nothing_else_is_not_there(client, clock, folder, spoken):
    (folder / "fr/index.html").write_bytes(emergency_page(spoken, "fr", ("fr", "en")))
    assert "Feu." in client.get("/fr/").text
    clock.at[0] = NOON + 61
    assert (client.get("/fr/").status_code, client.get("/fr/").text) == (404, "perdu")


def test_files_of_others_and_a_damaged_message_are_served_as_they_are(client, folder, spoken):
    (folder / "notes.html").write_bytes(b"\xff")
    assert client.get("/notes.html").data == b"\xff"
    (folder / FILE).write_bytes(b"{")
    assert "s-operational" in client.get("/fr/help/").text


def test_json_without_a_word_for_unknown_is_503_past_its_time(client, clock):
    assert client.get("/api/v2/summary.json").status_code == 200
    clock.at[0] = NOON + 181
    late = client.get("/api/v2/summary.json")
    assert (late.status_code, late.headers["Retry-After"]) == (503, "60")


def test_a_clock_set_back_brings_no_green_back(folder):
    times = iter([Instant(1, NOON + 200), Instant(2, NOON)])
    client = Client(MirrorFolder(folder, lambda: next(times)))
    assert client.get("/fr/").text == client.get("/fr/").text == "dernier état connu"


def test_a_known_copy_is_not_sent_again(client):
    etag = client.get("/fr/").headers["ETag"]
    assert client.get("/fr/", headers={"If-None-Match": etag}).status_code == 304
    packed = client.get("/fr/", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["ETag"] != etag
    assert packed.headers["Content-Encoding"] == "gzip"


def test_without_the_slash_it_leads_there(client):
    assert client.get("/fr/travaux/3").headers["Location"] == "/fr/travaux/3/"


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/fr/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/nope",
        "/fr/feed.rss/",
        "/\0",
        "/x" * 3000,
    ],
)
def test_what_is_not_there_or_outside_is_not_found(client, path):
    answer = client.get(path)
    assert answer.status_code in {404, 301, 414} - ({301} if "secret" in path else set())
    assert "hunter2" not in answer.text


def test_a_link_that_leads_outside_is_not_followed(client, folder):
    (folder / "fr" / "out.txt").symlink_to(folder.parent / "secret.txt")
    assert client.get("/fr/out.txt").status_code == 404


def test_nothing_can_be_written(client):
    assert client.post("/fr/").status_code == 405


def test_its_pages_may_run_only_their_own_script(client):
    policy = client.get("/fr/").headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "default-src 'none'" in policy


def test_assets_are_kept_and_pages_are_not(client):
    assert "immutable" in client.get("/static/travaux.1.css").headers["Cache-Control"]
    assert client.get("/fr/").headers["Cache-Control"] == "no-cache"
