"""Every fault of every service, as a client meets it."""

from __future__ import annotations

import socket
import time

import pytest

from status.demo.control import Complaint
from tests.status.demo import clients
from tests.status.demo.conftest import Running

WELL = {"http": "200 True", "dns": "127.0.0.1", "smtp": "220", "sip": "200", "radius": "accept"}
WRONG = {"http": "500 False", "dns": "192.0.2.66", "smtp": "554", "sip": "503", "radius": "reject"}
REFERENCES = (10, 11, 12, 13)


def refuses(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except ConnectionRefusedError:
        return True
    return False


@pytest.mark.parametrize("service", WELL)
def test_a_broken_service_refuses_and_a_healed_one_answers(running: Running, service: str) -> None:
    running.ask("break", service)
    with pytest.raises((ConnectionRefusedError, TimeoutError)) as caught:
        clients.say(service, running.ports_from, running.keys, 0.2)
    assert service == "dns" or caught.type is ConnectionRefusedError  # dnspython does not connect its sockets
    running.ask("heal", service)
    assert clients.say(service, running.ports_from, running.keys) == WELL[service]


@pytest.mark.parametrize("service", WELL)
def test_a_hung_service_never_answers(running: Running, service: str) -> None:
    running.ask("hang", service)
    with pytest.raises(TimeoutError):
        clients.say(service, running.ports_from, running.keys, 0.2)


@pytest.mark.parametrize("service", ["http", "dns", "smtp", "sip"])
def test_a_hung_service_still_accepts_tcp_connections(running: Running, service: str) -> None:
    running.ask("hang", service)
    assert not refuses(running.ports_from + clients.OFFSETS[service])


@pytest.mark.parametrize("service", WELL)
def test_a_slow_service_answers_rightly_and_late(running: Running, service: str) -> None:
    running.ask("slow", service, seconds=0.3)
    began = time.monotonic()
    assert clients.say(service, running.ports_from, running.keys) == WELL[service]
    assert 0.3 <= time.monotonic() - began < 1.5


@pytest.mark.parametrize("service", WELL)
def test_a_wrong_service_answers_wrongly(running: Running, service: str) -> None:
    running.ask("wrong", service)
    assert clients.say(service, running.ports_from, running.keys) == WRONG[service]


def test_a_service_that_refuses_mail_says_so_until_quit(running: Running) -> None:
    running.ask("wrong", "smtp")
    with socket.create_connection(("127.0.0.1", running.ports_from + 3), 5) as line:
        line.sendall(b"EHLO a\r\nQUIT\r\n")
        answers = line.makefile("rb").read().splitlines()
    assert [answer[:3] for answer in answers] == [b"554", b"503", b"221"]


def test_https_hangs_and_breaks_with_http(running: Running) -> None:
    running.ask("break", "http")
    assert refuses(running.ports_from + 1)
    running.ask("hang", "http")
    assert not refuses(running.ports_from + 1)


def test_a_connection_at_hand_ends_when_its_service_breaks(running: Running) -> None:
    with socket.create_connection(("127.0.0.1", running.ports_from + 12), 5) as line:
        assert line.recv(100)
        running.ask("break", "uplink")
        assert line.recv(100) == b""


def test_breaking_dns_leaves_the_resolver_well(running: Running) -> None:
    running.ask("break", "dns")
    assert clients.address(running.ports_from + 10, name="www.demo.invalid") == "127.0.0.1"


@pytest.mark.parametrize("mode", ["break", "hang"])
def test_a_cut_uplink_takes_everything_away(running: Running, mode: str) -> None:
    running.ask(mode, "uplink")
    for service in WELL:
        with pytest.raises((ConnectionRefusedError, TimeoutError)):
            clients.say(service, running.ports_from, running.keys, 0.1)
    for offset in REFERENCES:
        assert refuses(running.ports_from + offset) == (mode == "break")


def test_a_healed_uplink_gives_each_service_its_own_fault_back(running: Running) -> None:
    running.ask("wrong", "sip")
    running.ask("break", "uplink")
    running.ask("break", "smtp")
    running.ask("heal", "uplink")
    assert clients.say("sip", running.ports_from, running.keys) == "503"
    assert refuses(running.ports_from + 3)
    assert clients.say("http", running.ports_from, running.keys) == "200 True"


def test_healing_all_heals_the_uplink_too(running: Running) -> None:
    for service in ("http", "uplink"):
        running.ask("hang", service)
    assert {row["mode"] for row in running.ask("heal", "all")} == {"well"}
    assert clients.say("http", running.ports_from, running.keys) == "200 True"


def test_the_state_tells_each_fault_and_whether_it_can_be_reached(running: Running) -> None:
    running.ask("slow", "sip", seconds=3)
    rows = {row["service"]: row for row in running.ask("hang", "uplink")}
    assert (rows["sip"]["mode"], rows["sip"]["seconds"], rows["sip"]["reachable"]) == ("slow", 3.0, False)
    assert rows["sip"]["ports"] == [running.ports_from + 4]
    assert rows["uplink"]["mode"] == "hang"


@pytest.mark.parametrize(
    ("action", "service", "seconds", "said"),
    [
        ("explode", "sip", 1, "expected one of break, hang, slow, wrong, heal"),
        ("break", "fax", 1, "expected one of http, dns, smtp, sip, radius, uplink"),
        ("break", "all", 1, "'all' only to heal"),
        ("break", None, 1, "service None"),
        ("slow", "sip", "soon", "expected a number"),
        ("slow", "sip", float("nan"), "expected a number"),
        ("wrong", "uplink", 1, "can't answer wrongly"),
    ],
)
def test_a_senseless_request_is_refused_with_what_would_do(running, action, service, seconds, said) -> None:
    with pytest.raises(Complaint, match=said):
        running.ask(action, service, seconds=seconds)


def test_a_port_taken_meanwhile_leaves_the_service_broken_and_says_by_whom(running: Running) -> None:
    running.ask("break", "smtp")
    with socket.create_server(("127.0.0.1", running.ports_from + 3)):
        with pytest.raises(Complaint, match=rf"port {running.ports_from + 3}/tcp .* pid \d+"):
            running.ask("heal", "smtp")
        assert running.ask("status")[2]["mode"] == "break"
    assert running.ask("heal", "smtp")[2]["mode"] == "well"
