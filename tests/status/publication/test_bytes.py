from __future__ import annotations

import gzip
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from probes.types import Instant
from status.publication.manifest import Entry, Manifest, current_path, swap
from status.publication.objects import Objects
from status.web.bytes import PublishedBytes
from status.web.headers import SECURITY
from tests.status.publication.provider import START, FakeClock

AT = START.timestamp()
FRONT, STALE, LIST, FEED, CSS = b"<p>vert</p>" * 50, b"<p>interrompue</p>" * 50, b"<ul></ul>", b"<rss/>", b"a{}"
ADDRESS_QUERY = ("type", "page")


@dataclass
class Answer:
    status: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def __call__(self, status, headers, _exc_info=None):
        self.status, self.headers = status, dict(headers)
        assert len(headers) == len(self.headers)


@dataclass
class Site:
    folder: Path
    clock: FakeClock = field(default_factory=FakeClock)
    number: int = 0
    asked: list[str] = field(default_factory=list)

    def __post_init__(self):
        self.objects = Objects(self.folder / "objects")
        self.app = PublishedBytes(self.folder, self.flask, self.clock, look_every_s=0, cache_bytes=2_000)

    def flask(self, environ, start_response):
        self.asked.append(environ["PATH_INFO"])
        start_response("404 Not Found", [])
        return [b"the app"]

    def entry(self, body: bytes, kind: str = "text/html; charset=utf-8", **more) -> Entry:
        return Entry(self.objects.put(body, AT), kind, AT, **more)

    def publish(self, valid_until: float | None = AT + 180, verified_at: datetime = START, **more: Entry) -> None:
        self.number += 1
        stale = self.objects.put(STALE, AT)
        entries = {
            "/fr": self.entry(FRONT, stale=stale, valid_until=valid_until),
            "/fr/travaux": self.entry(LIST, query=ADDRESS_QUERY),
            "/fr/components/web": self.entry(FRONT + b"!", stale=stale),
            "/fr/feed.rss": self.entry(FEED, "application/rss+xml; charset=utf-8"),
            "/fr/calendar.ics": self.entry(FEED, "text/calendar; charset=utf-8"),
            "/static/travaux.0123.css": self.entry(CSS, "text/css; charset=utf-8", immutable=True),
            **{path.replace("__", "/"): entry for path, entry in more.items()},
        }
        until = None if valid_until == 0 else valid_until
        swap(self.folder, Manifest(self.number, 1, verified_at, until, ("fr",), entries))

    def ask(self, path="/fr", method="GET", query="", **headers) -> Answer:
        answer = Answer()
        environ = {"PATH_INFO": path, "QUERY_STRING": query, "REQUEST_METHOD": method, "REMOTE_ADDR": "127.0.0.1"}
        environ |= {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        answer.body = b"".join(self.app(environ, answer))
        return answer


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.publish()
    return site


def test_a_page_is_answered_from_bytes(site):
    answer = site.ask()
    assert (answer.status, answer.body, site.asked) == ("200 OK", FRONT, [])
    assert answer.headers["content-length"] == str(len(FRONT))
    assert (answer.headers["cache-control"], answer.headers["vary"]) == ("no-cache", "accept-encoding")


def test_gzip_is_sent_to_who_asks_for_it(site):
    answer = site.ask(accept_encoding="gzip, deflate, br")
    assert (gzip.decompress(answer.body), answer.headers["content-encoding"]) == (FRONT, "gzip")
    assert answer.headers["content-length"] == str(len(answer.body))


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ("gzip", True), ("x-gzip", True), ("*", True), ("br, gzip;q=0.1", True), ("GZIP;Q=1.0", True),
        ("", False), ("br", False), ("gzip;q=0", False), ("*;q=0", False), ("gzip;q=0, *", False),
        ("identity, gzip;q=0.5", False), ("identity;q=0.5, gzip;q=0.8", True), (";;,,q=", False),
    ],
)  # fmt: skip
def test_the_coding_follows_the_weights(site, asked, wanted):
    assert ("content-encoding" in site.ask(accept_encoding=asked).headers) is wanted


def test_each_coding_has_its_own_strong_validator(site):
    plain, packed = site.ask().headers["etag"], site.ask(accept_encoding="gzip").headers["etag"]
    assert plain != packed
    assert plain[0] == packed[0] == '"'


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', '"a" , W/{} ,"b"', "*"])
def test_a_copy_that_is_still_good_gets_304_without_body(site, form):
    etag = site.ask(accept_encoding="gzip").headers["etag"]
    answer = site.ask(accept_encoding="gzip", if_none_match=form.format(etag))
    assert (answer.status, answer.body, answer.headers["etag"]) == ("304 Not Modified", b"", etag)
    assert {"cache-control", "vary"} < set(answer.headers)


def test_another_coding_s_validator_or_an_old_one_gets_the_page(site):
    packed = site.ask(accept_encoding="gzip").headers["etag"]
    assert site.ask(if_none_match=packed).body == FRONT
    assert site.ask(if_none_match='"old"').body == FRONT
    assert site.ask(if_none_match="garbage").body == FRONT


def test_head_sends_the_headers_of_get_and_no_body(site):
    head, get = site.ask(method="HEAD"), site.ask()
    assert (head.status, head.headers, head.body) == (get.status, get.headers, b"")
    assert site.ask(method="HEAD", if_none_match=get.headers["etag"]).status == "304 Not Modified"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_refused_on_a_published_path(site, method):
    answer = site.ask(method=method)
    assert (answer.status, answer.headers["allow"]) == ("405 Method Not Allowed", "GET, HEAD")


def test_scripts_of_other_sites_may_read_what_is_no_page(site):
    assert site.ask("/fr/feed.rss").headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in site.ask().headers
    asked_before = site.ask("/fr/feed.rss", method="OPTIONS")
    assert asked_before.status == "204 No Content"
    assert "If-None-Match" in asked_before.headers["access-control-allow-headers"]


def test_a_present_that_is_not_known_is_refused_where_no_word_is_for_it(site):
    json = "application/json; charset=utf-8"
    stale = site.objects.put(b'{"message":"unknown"}', AT)
    site.publish(__api__v2=site.entry(b"{}", json, stale=stale, refuses=True))
    good = site.ask("/api/v2")
    assert (good.status, good.body) == ("200 OK", b"{}")
    site.clock.pass_time(200)
    late = site.ask("/api/v2", if_none_match=good.headers["etag"])
    assert (late.status, late.body, late.headers["retry-after"]) == (
        "503 Service Unavailable", b'{"message":"unknown"}', "60",
    )  # fmt: skip
    assert site.ask("/api/v2", if_none_match=late.headers["etag"]).status == "503 Service Unavailable"
    assert site.ask("/api/v2", method="HEAD").body == b""


def test_the_security_headers_are_those_of_the_app(site):
    sent = site.ask().headers
    assert {name: sent[name.lower()] for name in SECURITY} == SECURITY


@pytest.mark.parametrize("query", ["utm_source=x", "type", "=&&", "utm_source=x&fbclid=%ff"])
def test_unknown_query_parameters_and_cookies_are_ignored(site, query):
    assert site.ask(query=query).body == FRONT
    answer = site.ask("/fr/travaux", query=query, cookie="session=1")
    assert (answer.body, "set-cookie" in answer.headers, site.asked) == (LIST, False, [])


def test_a_filter_goes_to_the_app_unless_its_answer_is_published(site):
    assert site.ask("/fr/travaux", query="type=incident").body == b"the app"
    site.publish(**{"__fr__travaux?type=incident&page=2": site.entry(b"filtered")})
    assert site.ask("/fr/travaux", query="page=2&x=1&type=incident").body == b"filtered"


def test_an_unknown_path_goes_to_the_app(site):
    assert site.ask("/fr/nowhere", method="POST").body == b"the app"
    assert site.asked == ["/fr/nowhere"]


@pytest.mark.parametrize(("path", "to"), [("/fr/", "/fr"), ("/fr/travaux///", "/fr/travaux"), ("//fr/", "/fr")])
def test_a_trailing_slash_is_moved_to_the_canonical_address(site, path, to):
    answer = site.ask(path, query="page=2")
    assert (answer.status, answer.headers["location"]) == ("301 Moved Permanently", to + "?page=2")


def test_no_address_leads_to_another_site(site):
    for path in ("//evil.example/", "/\\evil.example/", "///", "/fr\r\nSet-Cookie: a=b/"):
        assert "location" not in site.ask(path).headers


def test_past_its_hour_the_stale_twin_is_served_with_its_own_validator(site):
    green = site.ask().headers["etag"]
    site.clock.pass_time(181)
    answer = site.ask(if_none_match=green)
    assert (answer.status, answer.body) == ("200 OK", STALE)
    assert answer.headers["etag"] != green
    assert site.ask(if_none_match=answer.headers["etag"]).status == "304 Not Modified"


def test_a_clock_set_back_does_not_lengthen_the_present(site):
    site.ask()
    site.clock.at = Instant(site.clock.at.steady + 1, site.clock.at.wall - 3600)
    assert site.ask().body == FRONT
    site.clock.pass_time(180)
    assert site.ask().body == STALE


def test_an_older_verification_taken_over_after_the_clock_was_set_back_is_as_old_as_it_is(site):
    site.ask()
    site.clock.at = Instant(site.clock.at.steady + 60, site.clock.at.wall - 3600)
    site.publish(valid_until=AT + 181, verified_at=START + timedelta(seconds=1))
    assert site.ask().body == FRONT
    site.clock.pass_time(122)
    assert site.ask().body == STALE


def test_a_clock_corrected_by_less_than_a_verification_holds_is_followed(site):
    site.ask()
    site.clock.at = Instant(site.clock.at.steady + 10, site.clock.at.wall - 160)
    site.publish(valid_until=AT - 165 + 180, verified_at=START - timedelta(seconds=165))
    site.clock.pass_time(100)
    assert site.ask().body == FRONT


def test_a_verification_by_the_clock_that_was_set_back_is_green_again(site):
    site.ask()
    site.clock.at = Instant(site.clock.at.steady + 200, site.clock.at.wall - 3600)
    assert site.ask().body == STALE
    site.publish(valid_until=AT - 3600 + 180, verified_at=START - timedelta(hours=1))
    assert site.ask().body == FRONT


def test_a_page_that_is_not_renewed_keeps_the_manifest_s_hour(site):
    site.clock.pass_time(179)
    assert site.ask("/fr/components/web").body == FRONT + b"!"
    site.clock.pass_time(2)
    assert site.ask("/fr/components/web").body == STALE


def test_feeds_and_the_list_stay_as_they_are_past_the_hour(site):
    site.clock.pass_time(10_000)
    assert (site.ask("/fr/feed.rss").body, site.ask("/fr/travaux").body) == (FEED, LIST)


def test_what_was_never_verified_is_never_green(site):
    site.publish(valid_until=0)
    assert (site.ask().body, site.ask("/fr/components/web").body) == (STALE, STALE)


def test_a_renewed_page_is_green_again(site):
    site.clock.pass_time(200)
    site.publish(valid_until=AT + 380)
    assert site.ask().body == FRONT


@pytest.mark.parametrize("path", ["/fr/feed.rss", "/fr/calendar.ics"])
def test_a_feed_answers_by_date(site, path):
    modified = site.ask(path).headers["last-modified"]
    assert modified == "Sun, 22 Nov 2026 12:00:00 GMT"
    assert site.ask(path, if_modified_since=modified).status == "304 Not Modified"
    assert site.ask(path, if_modified_since="Sun, 22 Nov 2026 11:59:59 GMT").body == FEED
    assert site.ask(path, if_modified_since="yesterday").body == FEED


def test_a_validator_wins_over_a_date(site):
    answer = site.ask("/fr/feed.rss", if_none_match='"old"', if_modified_since="Sun, 22 Nov 2026 12:00:00 GMT")
    assert answer.status == "200 OK"


def test_only_hashed_assets_are_cached(site):
    assert site.ask("/static/travaux.0123.css").headers["cache-control"] == "public, max-age=31536000, immutable"


def test_before_the_first_publication_a_page_says_so_in_both_languages(tmp_path):
    answer = Site(tmp_path / "new").ask()
    assert (answer.status, answer.headers["retry-after"]) == ("503 Service Unavailable", "2")
    assert b"Mise en route" in answer.body
    assert b'lang="en"' in answer.body


def test_a_new_generation_is_seen(site):
    site.ask()
    site.publish(__en=site.entry(b"english"))
    assert site.ask("/en").body == b"english"


def test_a_damaged_or_removed_manifest_leaves_the_generation_in_memory(site):
    site.ask()
    current_path(site.folder).write_bytes(b"{")
    assert site.ask().body == FRONT
    current_path(site.folder).unlink()
    assert site.ask("/fr/travaux").body == LIST


def test_an_object_that_is_gone_is_left_to_the_app(site):
    for path in site.objects.folder.iterdir():
        path.unlink()
    assert site.ask().body == b"the app"


def test_bodies_in_memory_stay_within_their_bound(site):
    large = {f"__p{number}": site.entry(bytes([number]) * 900) for number in range(20)}
    site.publish(**large)
    for _ in range(2):
        assert all(site.ask(f"/p{number}").body == bytes([number]) * 900 for number in range(20))
    assert site.app._bodies.size <= 2_000


def test_a_body_that_two_paths_share_is_in_memory_once(site):
    site.publish(__a=site.entry(b"x" * 900), __b=site.entry(b"x" * 900))
    assert site.ask("/a").body == site.ask("/b").body
    assert site.app._bodies.size == 900


def test_health_is_for_this_machine_only(site):
    asked: list[bool] = []
    site.app._alive = lambda: asked.append(True)
    assert (site.ask("/health").status, asked) == ("204 No Content", [True])
    assert site.ask("/health", x_forwarded_for="192.0.2.1").body == b"the app"
    assert len(asked) == 1


def test_an_address_that_is_too_long_is_refused(site):
    assert site.ask("/" + "a" * 9_000).status == "414 URI Too Long"
    assert site.ask("/fr/x", query="a" * 9_000).status == "414 URI Too Long"
