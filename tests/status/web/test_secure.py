"""HTTPS is asked for on every answer to a request that used it: published bytes, what is wrong before them, the app."""

from __future__ import annotations

import pytest
from werkzeug.test import Client

from status.publication.manifest import Entry, Manifest, swap
from status.publication.objects import Objects
from status.web.bytes import PublishedBytes
from status.web.secure import HSTS, OnlyHTTPS
from tests.status.web.builder import NOW

NAME = "Strict-Transport-Security"
SITE = "https://status.example.net"


@pytest.fixture
def browser(app, runtime):
    """Give a client of the whole stack of a worker, `/fr` alone published, behind so many trusted proxies."""
    folder, at = runtime.places.published, NOW.timestamp()
    page = Entry(Objects(folder / "objects").put(b"<p>vert</p>", at), "text/html; charset=utf-8", at)
    swap(folder, Manifest(1, 1, NOW, at + 180, ("fr",), {"/fr": page}))
    return lambda proxies: Client(OnlyHTTPS(PublishedBytes(folder, app, runtime.clock), proxies))


@pytest.mark.parametrize("path", ["/fr", "/desk", "/api/v1/me", "/nowhere", "/fr?" + "x" * 9_000])
def test_every_answer_over_https_asks_for_it_once(browser, path):
    assert browser(0).get(path, base_url=SITE).headers.getlist(NAME) == [HSTS]


def test_an_answer_without_a_body_asks_for_it_too(browser):
    etag = browser(0).get("/fr", base_url=SITE).headers["ETag"]
    same = browser(0).get("/fr", base_url=SITE, headers={"If-None-Match": etag})
    assert (same.status_code, same.headers[NAME]) == (304, HSTS)
    assert browser(0).post("/fr", base_url=SITE).headers[NAME] == HSTS


def test_no_answer_over_http_does(browser):
    for path in ("/fr", "/desk", "/nowhere"):
        assert NAME not in browser(0).get(path).headers


@pytest.mark.parametrize(
    ("proxies", "said", "asked"),
    [(1, "https", True), (1, "http", False), (1, "https, http", False), (2, "https, http", True), (0, "https", False),
     (2, "https", False)],
)  # fmt: skip
def test_only_trusted_proxies_say_that_https_was_used(browser, proxies, said, asked):
    assert (NAME in browser(proxies).get("/fr", headers={"X-Forwarded-Proto": said}).headers) is asked
