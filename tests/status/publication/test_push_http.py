"""Pushing over plain HTTP, to a server that behaves and to some that don't."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from probes.types import Secret
from status.publication.push_http import HTTPPut
from status.publication.push_targets import Address, PushFailed, target_of
from tests.servers.loopback import TCPServer, closed_port, hang
from tests.servers.uploads import Uploads, uploads
from tests.status.publication.house import House, new_house, same_house, unpushed


@pytest.fixture
def server() -> Iterator[Uploads]:
    with uploads() as server:
        yield server


def target(server: Uploads, **rest) -> HTTPPut:
    return HTTPPut(Address(f"{server.url}/status", **rest), "")


@pytest.fixture(scope="module")
def standing(tmp_path_factory) -> Iterator[House]:
    with new_house(tmp_path_factory.mktemp("standing")) as house:
        yield house


@pytest.fixture
def house(standing, tmp_path, server) -> Iterator[House]:
    """A provider whose publication was pushed nowhere yet."""
    with same_house(standing, tmp_path / "house") as house:
        unpushed(house, target(server))
        yield house


def test_a_whole_copy_arrives_with_the_types_of_its_endings(house, server):
    house.push()
    types = {file.removeprefix("status/"): kind for file, kind in server.types.items()}
    assert types["fr/index.html"] == "text/html; charset=utf-8"
    assert types["status.json"] == "application/json; charset=utf-8"
    assert types["fr/feed.rss"] == "application/rss+xml; charset=utf-8"
    assert {kind for file, kind in types.items() if file.endswith(".css")} == {"text/css; charset=utf-8"}


def test_fronts_are_put_last(house, server):
    house.push()
    last = {path.removeprefix("status/") for path in server.put()[-9:]}
    assert {"index.html", "fr/index.html", "en/index.html", "status.json", "mirror.json"} < last


def test_a_second_push_puts_nothing(house, server):
    house.push()
    server.asked.clear()
    house.push()
    assert server.put() == []


def test_an_emergency_is_said_and_ended_over_it(house, server):
    house.push()
    house.say()
    assert b"emergency" in server.files["status/fr/index.html"]
    house.push()
    assert b"emergency" in server.files["status/en/components/email/index.html"]


def test_a_server_that_refuses_is_told_with_its_answer(house, server):
    server.refuse = 507
    with pytest.raises(PushFailed, match=r"PUT .*: answered 507, expected 200, 201, 204"):
        house.push()


def test_what_arrived_before_a_failure_is_not_pushed_again(house, server):
    server.refuse = 500
    with pytest.raises(PushFailed):
        house.push()
    server.refuse = 0
    first = house.push().written
    assert first == len(server.files) - 2  # emergency.json and mirror.json are no part of the copy
    assert house.push().written == 0


def test_an_answer_that_is_cut_is_a_failure(house, server):
    server.cut = True
    with pytest.raises(PushFailed, match=r"Incomplete|Chunked|broken"):
        house.push()


def test_a_slow_server_is_given_up_in_time(server):
    server.wait = threading.Event()
    with pytest.raises(PushFailed, match=r"PUT a.json: ReadTimeout"):
        target(server, timeout_s=0.3).write({"a.json": b"{}"})


def test_a_silent_host_is_given_up_in_time():
    with TCPServer(hang) as server, pytest.raises(PushFailed, match="ReadTimeout"):
        HTTPPut(Address(f"http://127.0.0.1:{server.port}", timeout_s=0.3), "").read("a.json")


def test_a_closed_port_is_told():
    with pytest.raises(PushFailed, match="refused"):
        HTTPPut(Address(f"http://127.0.0.1:{closed_port()}"), "").read("a.json")


def test_user_and_secret_sign_in(server, monkeypatch, tmp_path):
    server.sign("travaux", "hunter2")
    monkeypatch.setenv("MIRROR_SECRET", "hunter2")
    address = Address(server.url, user="travaux", secret=Secret("env:MIRROR_SECRET"))
    target_of(address, tmp_path).write({"a.json": b"{}"})
    assert server.files == {"a.json": b"{}"}


def test_a_wrong_secret_is_refused_and_never_told(server):
    server.sign("travaux", "right")
    with pytest.raises(PushFailed, match="answered 401") as failed:
        HTTPPut(Address(server.url, user="travaux"), "hunter2").write({"a.json": b"{}"})
    assert "hunter2" not in str(failed.value)


def test_a_secret_that_is_missing_is_told_by_its_reference(tmp_path):
    with pytest.raises(PushFailed, match="env:NOT_THERE"):
        target_of(Address("https://copy.example", secret=Secret("env:NOT_THERE")), tmp_path)
