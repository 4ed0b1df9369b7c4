"""SIP messages (RFC 3261) as bytes and values: build an OPTIONS request, read answers, cut a TCP stream.

No sockets and no policy: which answers are good is the kind's business.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

MAX_HEAD_BYTES = 16_384
MAX_BODY_BYTES = 65_536
MAX_HEADERS = 200

COMPACT = {
    "a": "accept-contact",
    "b": "referred-by",
    "c": "content-type",
    "d": "request-disposition",
    "e": "content-encoding",
    "f": "from",
    "i": "call-id",
    "j": "reject-contact",
    "k": "supported",
    "l": "content-length",
    "m": "contact",
    "o": "event",
    "r": "refer-to",
    "s": "subject",
    "t": "to",
    "u": "allow-events",
    "v": "via",
    "x": "session-expires",
}
"""One-letter header names and what they stand for (IANA, SIP Parameters: Header Fields)."""

_STATUS_LINE = re.compile(r"SIP/2\.0 ([1-6][0-9][0-9])(?: (.*))?", re.IGNORECASE)
_REQUEST_LINE = re.compile(r"([\w.!%*+`'~-]+) (\S+) SIP/2\.0", re.IGNORECASE | re.ASCII)
_HEADER = re.compile(r"([\w.!%*+`'~-]+)[ \t]*:(.*)", re.ASCII)
_CSEQ = re.compile(r"([0-9]{1,10})\s+(\S+)", re.ASCII)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"?')  # a missing end is allowed so that no input makes it slow
_BRANCH = re.compile(r";\s*branch\s*=\s*([^\s;,]+)", re.IGNORECASE)


class MalformedMessage(ValueError):
    """Bytes that are no SIP message. The text says what was found and what was expected."""


class MessageTooLarge(MalformedMessage):
    """A head or body larger than we are willing to hold."""


@dataclass(frozen=True, slots=True)
class Message:
    """A SIP request or response. `code` is None in a request, `method` and `uri` are empty in a response.

    Header names are lower case and long (`v` is `via`); the order is the message's.
    """

    headers: tuple[tuple[str, str], ...]
    body: bytes = b""
    code: int | None = None
    phrase: str = ""
    method: str = ""
    uri: str = ""

    def first(self, name: str) -> str:
        """Give the first value of the header `name` (long, lower case), or an empty text."""
        return next((value for header, value in self.headers if header == name), "")

    @property
    def branch(self) -> str:
        """The branch of the topmost Via (RFC 3261 §20.42), or an empty text."""
        top = _QUOTED.sub("", self.first("via")).partition(",")[0]
        found = _BRANCH.search(top)
        return found[1] if found else ""

    @property
    def sequence(self) -> tuple[int, str] | None:
        """Number and method of the CSeq header, or None when it is missing or malformed."""
        found = _CSEQ.fullmatch(self.first("cseq"))
        return (int(found[1]), found[2]) if found else None

    def answers(self, branch: str, sequence: tuple[int, str]) -> bool:
        """Whether this response belongs to the request sent with `branch` and CSeq (RFC 3261 §17.1.3)."""
        return self.code is not None and self.branch == branch and self.sequence == sequence


@dataclass(frozen=True, slots=True)
class OptionsRequest:
    """What an OPTIONS request says (RFC 3261 §11.1). `local` is our `address:port`, IPv6 in brackets.

    `branch` begins with `z9hG4bK`. `sender` and `uri` are SIP URIs without angle brackets.
    """

    uri: str
    sender: str
    transport: str
    local: str
    branch: str
    call_id: str
    tag: str
    number: int = 1

    @property
    def sequence(self) -> tuple[int, str]:
        """What the answer's CSeq must be."""
        return (self.number, "OPTIONS")

    def encode(self) -> bytes:
        """Give the request's bytes. The values must hold no line breaks: raise MalformedMessage otherwise."""
        lines = (
            f"OPTIONS {self.uri} SIP/2.0",
            f"Via: SIP/2.0/{self.transport.upper()} {self.local};branch={self.branch};rport",
            "Max-Forwards: 70",
            f"From: <{self.sender}>;tag={self.tag}",
            f"To: <{self.uri}>",
            f"Call-ID: {self.call_id}",
            f"CSeq: {self.number} OPTIONS",
            f"Contact: <sip:{self.local};transport={self.transport.lower()}>",
            "Accept: application/sdp",
            "User-Agent: travaux",
            "Content-Length: 0",
        )
        if any(not line.isprintable() for line in lines):
            raise MalformedMessage("a header of the request holds a control character")
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


def parse_datagram(data: bytes) -> Message | None:
    """Read one UDP datagram. Give None for a keep-alive (nothing but line breaks; RFC 5626 §4.4.1).

    What follows Content-Length is dropped, without one the rest is the body (RFC 3261 §18.3). Raise MalformedMessage.
    """
    data = data.lstrip(b"\r\n")
    if not data:
        return None
    head, found, body = data.partition(b"\r\n\r\n")
    if not found:
        raise MalformedMessage(f"no empty line ends the head; it begins with {data[:60]!r}")
    message = _parse_head(head)
    length = _content_length(message)
    if length is None:
        return replace(message, body=body)
    if length > len(body):
        raise MalformedMessage(f"Content-Length says {length} bytes, the datagram holds {len(body)}")
    return replace(message, body=body[:length])


class Stream:
    """Cut the messages out of a TCP stream by Content-Length (RFC 3261 §18.3)."""

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> None:
        """Take what arrived."""
        self._buffer += data

    def next(self) -> Message | None:
        """Give the next whole message, or None until more arrives. Raise MalformedMessage, MessageTooLarge.

        A missing Content-Length counts as 0. Line breaks between messages are keep-alives and dropped.
        """
        skip = len(self._buffer) - len(self._buffer.lstrip(b"\r\n"))
        del self._buffer[:skip]
        end = self._buffer.find(b"\r\n\r\n", 0, MAX_HEAD_BYTES + 4)
        if end < 0:
            self._refuse_hopeless()
            return None
        message = _parse_head(bytes(self._buffer[:end]))
        length = _content_length(message) or 0
        if len(self._buffer) < end + 4 + length:
            return None
        body = bytes(self._buffer[end + 4 : end + 4 + length])
        del self._buffer[: end + 4 + length]
        return replace(message, body=body)

    def _refuse_hopeless(self) -> None:
        """Raise when what is held can't become a message any more."""
        if len(self._buffer) > MAX_HEAD_BYTES:
            raise MessageTooLarge(f"a head without end: more than {MAX_HEAD_BYTES} bytes")
        line, complete, _ = self._buffer.partition(b"\r\n")
        if complete:
            _parse_start(_decode(bytes(line)))


def uri_host(host: str) -> str:
    """Give `host` as a SIP URI writes it: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def _decode(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _parse_start(line: str) -> Message:
    """Read a start line into a message without headers."""
    if status := _STATUS_LINE.fullmatch(line):
        return Message((), code=int(status[1]), phrase=(status[2] or "").strip())
    if request := _REQUEST_LINE.fullmatch(line):
        return Message((), method=request[1], uri=request[2])
    raise MalformedMessage(f"expected 'SIP/2.0 <code> <phrase>' or a request line, found {line[:80]!r}")


def _parse_head(head: bytes) -> Message:
    if len(head) > MAX_HEAD_BYTES:
        raise MessageTooLarge(f"a head of {len(head)} bytes; at most {MAX_HEAD_BYTES} are read")
    start, *lines = _decode(head).split("\r\n")
    message = _parse_start(start)
    headers = tuple(_parse_header(line) for line in _unfold(lines))
    if len(headers) > MAX_HEADERS:
        raise MessageTooLarge(f"{len(headers)} headers; at most {MAX_HEADERS} are read")
    return replace(message, headers=headers)


def _unfold(lines: list[str]) -> list[str]:
    """Join continuation lines to the header they belong to (RFC 3261 §7.3.1)."""
    whole: list[list[str]] = []
    for line in lines:
        if line[:1] in {" ", "\t"} and whole:
            whole[-1].append(line.strip(" \t"))
        else:
            whole.append([line])
    return [" ".join(parts) for parts in whole]


def _parse_header(line: str) -> tuple[str, str]:
    found = _HEADER.fullmatch(line)
    if not found:
        raise MalformedMessage(f"expected 'Name: value', found the line {line[:80]!r}")
    name = found[1].lower()
    return COMPACT.get(name, name), found[2].strip()


def _content_length(message: Message) -> int | None:
    text = message.first("content-length")
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise MalformedMessage(f"Content-Length is {text[:40]!r}; expected a number")
    if len(text) > len(str(MAX_BODY_BYTES)) + 4 or int(text) > MAX_BODY_BYTES:
        raise MessageTooLarge(f"Content-Length is {text[:40]}; at most {MAX_BODY_BYTES} bytes are read")
    return int(text)
