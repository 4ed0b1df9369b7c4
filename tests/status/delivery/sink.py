"""A mail server on loopback that keeps what it is given, and can be told to refuse, to hang or to go away."""

from __future__ import annotations

import email.policy
import time
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage

from aiosmtpd.controller import Controller

from tests.lab.runner import free_port


class Sink:
    """`mails` are the accepted ones in order. `answer` decides by the recipient what is said to RCPT ("": it hangs
    up), `takes` is said to MAIL.
    """

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.answer: Callable[[str], str] = lambda _recipient: "250 2.1.5 ok"
        self.takes = "250 2.1.0 ok"
        self.sessions = 0
        self._controller: Controller | None = None
        self.port = free_port()

    def start(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
        self._controller = None

    async def handle_HELO(self, _server, session, _envelope, hostname):  # noqa: N802 - aiosmtpd's names
        self.sessions += 1
        session.host_name = hostname
        return "250 sink"

    async def handle_EHLO(self, _server, session, _envelope, hostname, responses):  # noqa: N802
        self.sessions += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, _server, _session, envelope, address, _options):  # noqa: N802
        envelope.mail_from = address
        return self.takes

    async def handle_RCPT(self, server, _session, envelope, address, _options):  # noqa: N802
        said = self.answer(address)
        if not said:
            server.transport.close()
        if said.startswith("250"):
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802
        self.mails.append(message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 2.0.0 kept"

    def to(self, address: str) -> list[EmailMessage]:
        """Give the mails to an address."""
        return [mail for mail in self.mails if mail["To"].addresses[0].addr_spec == address]


def until(is_true: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait until something holds; fail when it does not in that time."""
    give_up_at = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < give_up_at, "waited in vain"
        time.sleep(0.02)
