"""Relays that don't answer, let us not in, or go away: the next one is used, in time, and it is known what was handed
over."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from probes.types import Secret
from status.config.model import Mail, Relay
from status.notifiers.email import MailCarrier
from status.notifiers.types import NotSent
from tests.servers.loopback import Talk, TCPServer, closed_port
from tests.status.delivery.sink import Sink
from tests.status.notifiers.conftest import MESSAGE, Ways

NEWS = replace(MESSAGE, address="anne@example.org")
LIMIT_S = 0.4
ANSWERS = {
    "EHLO": b"250-relay\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n", "AUTH": b"235 ok\r\n", "MAIL": b"250 ok\r\n",
    "RCPT": b"250 ok\r\n", "DATA": b"354 go on\r\n", ".": b"250 kept\r\n", "QUIT": b"221 bye\r\n",
}  # fmt: skip
STEPS = ("greeting", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", ".")


def drips(connection: socket.socket, over: threading.Event) -> None:
    while not over.wait(0.05):
        connection.sendall(b"250-please wait\r\n")


def is_silent(_connection: socket.socket, over: threading.Event) -> None:
    over.wait()


def hangs_up(_connection: socket.socket, _over: threading.Event) -> None:
    """End the connection, as whoever talks on it returns."""


def relay_that(behaves: Talk, step: str, after: int = 0) -> Talk:
    """Answer as a relay does up to a step; there behave badly, once so many mails were taken."""
    taken: list[bytes] = []

    def talk(connection: socket.socket, over: threading.Event) -> None:
        lines = connection.makefile("rb")
        if step == "greeting":
            return behaves(connection, over)
        connection.sendall(b"220 relay\r\n")
        is_content = False
        for line in lines:
            said = "." if line == b".\r\n" else "" if is_content else line.split()[0].decode().upper()
            if said == step and len(taken) >= after:
                return behaves(connection, over)
            if said:
                connection.sendall(ANSWERS[said])
                is_content = said == "DATA"
            if said == ".":
                taken.append(line)
        return None

    return talk


@pytest.fixture
def other() -> Iterator[Sink]:
    sink = Sink()
    sink.start()
    yield sink
    sink.stop()


@pytest.fixture
def carrier(settings) -> Iterator[Callable[..., MailCarrier]]:
    """Give what makes a carrier with relays on these ports; the settings are those of the first one."""
    made: list[MailCarrier] = []

    def make(*ports: int, **first) -> MailCarrier:
        relays = [Relay(name=f"relay{n}", host="127.0.0.1", port=port, tls="none") for n, port in enumerate(ports)]
        relays[0] = relays[0].model_copy(update={"timeout_s": LIMIT_S, **first})
        mail = Mail(address="status@example.net")
        made.append(MailCarrier(Ways(settings.model_copy(update={"mail": mail, "relay": tuple(relays)}))))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.mark.parametrize("behaves", [drips, is_silent])
@pytest.mark.parametrize("step", STEPS)
def test_a_relay_that_stops_answering_is_left_alone_and_the_next_is_used(behaves, step, carrier, other, monkeypatch):
    monkeypatch.setenv("RELAY_PASSWORD", "secret")
    more = {"AUTH": {"user": "status", "password": Secret("env:RELAY_PASSWORD")}, "STARTTLS": {"tls": "starttls"}}
    with TCPServer(relay_that(behaves, step)) as relay:
        carries = carrier(relay.port, other.port, **more.get(step, {}))
        began = time.monotonic()
        carries.send(NEWS)
        carries.send(NEWS)
        assert (len(other.mails), time.monotonic() - began < 4 * LIMIT_S) == (2, True)


@pytest.mark.parametrize(("behaves", "step", "all_wait"), [
    (is_silent, "greeting", True), (is_silent, "MAIL", True), (hangs_up, "EHLO", True), (hangs_up, "MAIL", True),
    (is_silent, "RCPT", False), (hangs_up, "RCPT", False), (is_silent, "DATA", False), (hangs_up, ".", False),
    (is_silent, ".", False),
])  # fmt: skip
def test_a_try_is_one_once_the_relay_may_have_the_mail_or_has_something_against_the_address(
    behaves, step, all_wait, carrier
):
    with TCPServer(relay_that(behaves, step)) as relay, pytest.raises(NotSent) as caught:
        carrier(relay.port).send(NEWS)
    assert caught.value.all_wait == all_wait


def test_a_relay_that_goes_away_behind_an_open_connection_was_given_nothing(carrier):
    with TCPServer(relay_that(hangs_up, "never")) as relay:
        carries = carrier(relay.port)
        carries.send(NEWS)
    with pytest.raises(NotSent) as caught:
        carries.send(NEWS)
    assert caught.value.all_wait


@pytest.mark.parametrize("step", ["MAIL", "RCPT"])
def test_an_open_connection_that_was_lost_is_made_anew(step, carrier):
    talks = iter([relay_that(hangs_up, step, after=1), relay_that(hangs_up, "never")])

    def talk(connection: socket.socket, over: threading.Event) -> None:
        next(talks)(connection, over)

    with TCPServer(talk) as relay:
        carries = carrier(relay.port)
        carries.send(NEWS)
        carries.send(NEWS)


@pytest.mark.parametrize(("password", "why"), [(None, "has no variable"), ("pässwörd", "ASCII")])
def test_a_relay_that_can_t_be_signed_in_to_is_passed_over_and_logged_once(  # noqa: PLR0917
    password, why, carrier, other, monkeypatch, caplog
):
    if password:
        monkeypatch.setenv("RELAY_PASSWORD", password)
    with TCPServer(relay_that(hangs_up, "never")) as relay, caplog.at_level(logging.WARNING):
        carries = carrier(relay.port, other.port, user="status", password=Secret("env:RELAY_PASSWORD"))
        for _ in range(2):
            carries.send(NEWS)
            carries._relays[0].left_until = 0.0
    assert len(other.mails) == 2
    [logged] = [record for record in caplog.records if record.getMessage() == "relay_left_alone"]
    assert why in str(vars(logged))
    assert "pässwörd" not in caplog.text + str(vars(logged))


def test_without_any_relay_that_can_be_signed_in_to_news_wait(carrier):
    with pytest.raises(NotSent, match="password: env:NO_SUCH: ") as caught:
        carrier(closed_port(), user="status", password=Secret("env:NO_SUCH")).send(NEWS)
    assert caught.value.all_wait
