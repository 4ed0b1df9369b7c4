"""Serving a copy's folder: stale twins past their time, addresses, nothing from outside."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from werkzeug.test import Client

from probes.types import Instant
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
