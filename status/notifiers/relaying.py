"""A connection to a relay that ends in time; smtplib's own time-out is that of one read, so drops hold it for ever.

Each step has the relay's time, whatever comes within it: to connect and sign in, to announce a mail, to hand it over.
"""

from __future__ import annotations

import io
import smtplib
import socket
import ssl
import time
from collections.abc import Sequence
from contextlib import suppress
from email.message import EmailMessage
from typing import Final

from probes.types import SecretMissing
from status.config.model import Relay

BYE_S: Final = 2.0
"""So long the answer to QUIT is waited for."""

LEAST_S: Final = 0.001
"""A time-out of 0 would mean: don't wait, which is another error."""


class CannotSignIn(Exception):
    """A relay can't be signed in to as it is configured; its words say what to do."""


class Server(smtplib.SMTP):
    """An open connection, without TLS or before it. `is_given`: the relay may have the mail of just now."""

    def __init__(self, relay: Relay, **more: ssl.SSLContext) -> None:
        self._limit_s = relay.timeout_s
        self._ends_at = time.monotonic() + self._limit_s
        self._is_used = False
        self.is_given = False
        super().__init__(relay.host, relay.port, timeout=relay.timeout_s, **more)  # type: ignore[arg-type]

    def hand_over(self, mail: EmailMessage, sender: str, recipient: str) -> None:
        """Send a mail; raise what `send_message` does."""
        self.is_given = False
        self.begin()
        self.send_message(mail, from_addr=sender, to_addrs=[recipient])
        self._is_used = True

    def leave(self) -> None:
        """End the connection politely, if that does not take long."""
        self.begin(BYE_S)
        with suppress(OSError, smtplib.SMTPException):
            self.quit()
        self.close()

    def begin(self, limit_s: float | None = None) -> None:
        """Begin a step: it is to end within that time."""
        self._ends_at = time.monotonic() + (self._limit_s if limit_s is None else limit_s)

    def rcpt(self, recip: str, options: Sequence[str] = ()) -> tuple[int, bytes]:
        """Name the recipient. A fresh connection that is lost over him counts as a try: it may be for him alone."""
        self.is_given = not self._is_used
        return super().rcpt(recip, options)

    def data(self, msg: bytes | str) -> tuple[int, bytes]:  # type: ignore[override]
        """Hand the mail over: from here on it may have been taken, whatever is answered."""
        self.is_given = True
        self.begin()
        return super().data(msg)

    def send(self, s: bytes | str) -> None:  # type: ignore[override]
        """Send, within what is left of the step's time."""
        if self.sock is not None:
            self.sock.settimeout(max(self._left_s(), LEAST_S))
        super().send(s)

    def getreply(self) -> tuple[int, bytes]:
        """Read a reply, within what is left of the step's time."""
        if self.file is None and self.sock is not None:
            self.file = io.BufferedReader(_Incoming(self, self.sock))
        return super().getreply()

    def _left_s(self) -> float:
        return self._ends_at - time.monotonic()

    def require(self) -> float:
        """Give the seconds left of the step. Raise TimeoutError when there are none."""
        left_s = self._left_s()
        if left_s <= 0:
            raise TimeoutError("timed out")
        return max(left_s, LEAST_S)


class TLSServer(Server, smtplib.SMTP_SSL):
    """One that speaks TLS from the beginning."""


class _Incoming(io.RawIOBase):
    """What comes from a relay: each read has what is left of the step's time."""

    def __init__(self, server: Server, sock: socket.socket) -> None:
        super().__init__()
        self._server = server
        self._sock = sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        self._sock.settimeout(self._server.require())
        return self._sock.recv_into(buffer)


def connect(relay: Relay) -> Server:
    """Connect to a relay and sign in. Raise CannotSignIn; OSError or SMTPException when it does not let us."""
    password = _password_of(relay)
    context = ssl.create_default_context(cafile=relay.ca_file or None)
    if relay.tls == "implicit":
        server: Server = TLSServer(relay, context=context)
    else:
        server = Server(relay)
    try:
        if relay.tls == "starttls":
            server.starttls(context=context)
        server.ehlo_or_helo_if_needed()
        if password is not None:
            _sign_in(server, relay.user, password)
    except BaseException:
        server.close()
        raise
    return server


def _password_of(relay: Relay) -> str | None:
    if not relay.user or relay.password is None:
        return None
    try:
        return relay.password.resolve()
    except SecretMissing as error:
        raise CannotSignIn(f"[[relay]] password: {error}") from error
    except ValueError:  # its words would show some of it
        raise CannotSignIn(f"[[relay]] password: {relay.password}: found no UTF-8") from None


def _sign_in(server: Server, user: str, password: str) -> None:
    try:
        server.login(user, password)
    except ValueError:  # its words would show some of the password
        raise CannotSignIn(
            "[[relay]] user and password: smtplib sends ASCII alone, and understands challenges in Base64 alone;"
            " have the relay give you others"
        ) from None


def is_late(error: smtplib.SMTPServerDisconnected) -> bool:
    """Whether a connection was given up as the other side took too long; else it was lost."""
    return isinstance(error.__context__, TimeoutError)
