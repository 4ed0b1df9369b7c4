"""One request to somebody else's address: to where its name was found, no redirect, little read of the answer.

    look up (our own resolver) ─▶ judge every address ─▶ connect to that one ─▶ POST ─▶ status, the answer's beginning

One deadline spans it all, so that a server that drips a byte a second ends with it. libcurl never looks a name up
(docs/decisions/0002-own-resolver.md).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Self

import certifi
import pycurl

from probes.deadline import Deadline
from probes.net.curl import fresh_curl
from probes.net.resolve import Resolver
from probes.net.system import literal_family
from probes.types import CannotProbe, ProbeFailure
from status.config.model import Settings
from status.domain.refused import Refused
from status.notifiers.addresses import Target, chosen, read_url
from status.notifiers.types import NotSent

MOST_READ: Final = 10_000
MOST_HEADERS: Final = 20_000
WAIT_MOST_S: Final = 3_600.0
OK, FIRST_REDIRECT = 200, 300
STATUS_LINE: Final = re.compile(rb"HTTP/1\.[01][ \t]+([1-5][0-9]{2})(?:[ \t\r\n]|\Z)")
"""RFC 9112 §4: three digits. libcurl reads the first three of however many there are."""

GONE: Final = 410
TOO_MANY: Final = 429
AGENT: Final = "travaux"


@dataclass(slots=True)
class Answer:
    """What the other side said: its status, the beginning of its body, and after how many seconds to come again."""

    status: int = 0
    text: str = ""
    after_s: float | None = None

    @property
    def is_success(self) -> bool:
        """Whether it took what it was sent (2xx, RFC 9110 §15.3)."""
        return OK <= self.status < FIRST_REDIRECT


@dataclass(frozen=True, slots=True)
class Postman:
    """Posts within a time, to public addresses and those of `networks`; None: anywhere, for what the operator names."""

    timeout_s: float
    networks: Sequence[str] | None
    resolvers: tuple[str, ...]

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Make the one for addresses that subscribers give."""
        notices = settings.notices
        return cls(notices.webhook_timeout_s, notices.webhook_networks, settings.monitor.resolvers)

    def post(self, target: Target, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send, and give the answer, whatever it is. Raise NotSent when there is none."""
        return self.request("POST", target, body, headers)

    def request(self, method: str, target: Target, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send by another verb; else as `post`."""
        deadline = Deadline.after(self.timeout_s)
        addresses = self._addresses(target.host, deadline)
        address = addresses[0] if self.networks is None else chosen(target, addresses, self.networks)
        reading = _Reading()
        curl = fresh_curl(target.url, address, target.port)
        try:
            _prepare(curl, method, body, headers, reading)
            curl.setopt(pycurl.TIMEOUT_MS, max(1, int(deadline.left_s() * 1000)))
            curl.perform()
        except pycurl.error as error:
            if not reading.is_whole:
                raise NotSent(f"no answer: {_said(error)}") from error
        finally:
            curl.close()
        if not reading.is_whole:
            raise NotSent("no answer: it has no status")
        return reading.answer()

    def _addresses(self, host: str, deadline: Deadline) -> Sequence[str]:
        if literal_family(host) is not None:
            return (host,)
        try:
            return asyncio.run(_look_up(host, self.resolvers, deadline))
        except (ProbeFailure, CannotProbe) as error:
            raise NotSent(f"its name can't be looked up: {error.reason}") from error


def kept_target(address: str, settings: Settings) -> Target:
    """Read an address that was kept. Raise NotSent when it may not stand there any more."""
    try:
        return read_url(address, settings.notices.webhook_networks)
    except Refused as error:
        raise NotSent("it does not stand at a public address, or is not https", for_good=True) from error


def accepted(answer: Answer, for_good: Collection[int] = (GONE,)) -> int:
    """Give the status of an answer that took the message. Raise NotSent for another: for good for some of them."""
    if answer.is_success:
        return answer.status
    raise NotSent(
        f"it answered {answer.status}", for_good=answer.status in for_good, after_s=answer.after_s,
        answered=answer.status,
    )  # fmt: skip


async def _look_up(host: str, servers: tuple[str, ...], deadline: Deadline) -> tuple[str, ...]:
    resolver = Resolver(servers)
    try:
        return await resolver.resolve(host, "any", deadline)
    finally:
        resolver.close()


@dataclass(slots=True)
class _Reading:
    """What has come of an answer so far. A callback that gives -1 ends the transfer.

    A status stands in the first line alone, and in the one behind what was said for the meantime (1xx): fields may look
    like one, and so may what is sent behind a body.
    """

    status: int = 0
    after: str = ""
    header_bytes: int = 0
    is_at_status: bool = True
    is_over: bool = False
    body: bytearray = field(default_factory=bytearray)

    @property
    def is_whole(self) -> bool:
        """Whether there is an answer, all of its head."""
        return self.is_over and self.status >= OK

    def header(self, line: bytes) -> int:
        self.header_bytes += len(line)
        if self.header_bytes > MOST_HEADERS:
            return -1
        if self.is_over:
            return len(line)
        if self.is_at_status:
            found = STATUS_LINE.match(line)
            self.status, self.after, self.is_at_status = int(found[1]) if found else 0, "", False
        elif not line.strip():
            self.is_at_status = 0 < self.status < OK
            self.is_over = not self.is_at_status
        else:
            name, _, value = line.decode("latin-1").partition(":")
            if name.strip().lower() == "retry-after":
                self.after = value.strip()
        return len(line)

    def write(self, data: bytes) -> int:
        self.body += data[: MOST_READ - len(self.body)]
        return len(data) if len(self.body) < MOST_READ else -1

    def answer(self) -> Answer:
        is_seconds = self.after.isascii() and self.after.isdigit()
        after_s = min(float(self.after), WAIT_MOST_S) if is_seconds else None
        return Answer(self.status, self.body.decode("utf-8", "replace"), after_s)


def _prepare(curl: pycurl.Curl, method: str, body: bytes, headers: Mapping[str, str], reading: _Reading) -> None:
    setopt = curl.setopt
    setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1)
    setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
    setopt(pycurl.PATH_AS_IS, 1)
    setopt(pycurl.CAINFO, certifi.where())
    if method == "POST":
        setopt(pycurl.POSTFIELDS, body)
    elif method == "PUT":
        setopt(pycurl.CUSTOMREQUEST, "PUT")
        setopt(pycurl.POSTFIELDS, body)
    sent = {"User-Agent": AGENT, "Expect": "", **headers}
    setopt(pycurl.HTTPHEADER, [f"{name}: {value}" if value else f"{name}:" for name, value in sent.items()])
    setopt(pycurl.HEADERFUNCTION, reading.header)
    setopt(pycurl.WRITEFUNCTION, reading.write)


def _said(error: pycurl.error) -> str:
    """Say what libcurl says, without the address."""
    code = error.args[0]
    return _WHY.get(code, f"libcurl's error {code}")


_WHY: Final[Mapping[int, str]] = {
    pycurl.E_OPERATION_TIMEDOUT: "not in time",
    pycurl.E_COULDNT_CONNECT: "it takes no connection",
    pycurl.E_GOT_NOTHING: "the connection was closed",
    pycurl.E_RECV_ERROR: "the connection was lost",
    pycurl.E_SEND_ERROR: "the connection was lost",
    pycurl.E_SSL_CONNECT_ERROR: "no TLS",
    pycurl.E_PEER_FAILED_VERIFICATION: "its certificate is not to be trusted",
    pycurl.E_WRITE_ERROR: "its headers have no end",
    pycurl.E_UNSUPPORTED_PROTOCOL: "it does not speak HTTP",
    pycurl.E_FTP_WEIRD_SERVER_REPLY: "it does not speak HTTP",
}
