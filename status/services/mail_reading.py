"""A mail read: who wrote, to which addresses, whether a person did, and his words. Proves nothing, stores nothing.

    bytes ─▶ headers, kind ─▶ the part that is words ─▶ plain text ─▶ Mail
                       └ a mail server's report (RFC 3464) ─▶ what it says of each recipient

What comes here was written by anybody: whatever the standard library's parser raises on it is one `Unreadable`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from enum import Enum
from hashlib import sha256
from typing import Final

from status.services.bouncing import Report
from status.services.mail_html import text_of_html

WORDS_LENGTH: Final = 200_000
"""So many characters of a mail's words are looked at; the reply stands at one end of them."""

RECIPIENT_HEADERS: Final = ("to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to")
AUTOMATIC_HEADERS: Final = ("x-autoreply", "x-auto-reply", "x-autorespond", "x-autoresponder", "x-mail-autoreply")
LIST_HEADERS: Final = ("list-id", "list-post", "list-unsubscribe", "mailing-list")
UNATTENDED: Final = re.compile(r"(?:mailer-daemon|postmaster|no-?reply)@|mailer-daemon$", re.IGNORECASE)
STATUS_TYPE: Final = "message/delivery-status"
HEADERS_TYPE: Final = "text/rfc822-headers"
MOST_RECIPIENTS: Final = 50
"""Our mails have one recipient each."""

SEALS: Final = frozenset({"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"})


class Unreadable(ValueError):
    """These bytes are no mail that can be read."""


class Kind(Enum):
    """What sent a mail."""

    PERSON = "person"
    AUTOMATIC = "automatic"
    BOUNCE = "bounce"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as far as it is looked at.

    `identity` is the SHA-256 of its Message-ID, of all its bytes when it has none. `senders` holds every address of
    every From, lower case. `recipients` is the text of the headers that name recipients. `attachments` counts files.
    """

    identity: str
    senders: tuple[str, ...]
    recipients: str
    kind: Kind
    words: str
    attachments: int
    reports: tuple[Report, ...] = ()


def read_mail(raw: bytes) -> Mail:
    """Read a mail. Raise Unreadable."""
    try:
        message = message_from_bytes(raw, policy=policy.default)
        assert isinstance(message, EmailMessage)
        kind = _kind(message)
        return Mail(
            identity=_identity(message, raw),
            senders=_senders(message),
            recipients="\n".join(_values(message, *RECIPIENT_HEADERS)),
            kind=kind,
            words=_words(message)[:WORDS_LENGTH],
            attachments=sum(map(_is_attachment, _leaves(message))),
            reports=_reports(message) if kind is Kind.BOUNCE else (),
        )
    except Exception as error:  # the parser raises whatever it stumbles over, RecursionError too
        raise Unreadable(f"{type(error).__name__} while it was parsed") from error


def _identity(message: EmailMessage, raw: bytes) -> str:
    given = "".join(_values(message, "message-id")).strip()
    return sha256(given.encode("utf-8", "surrogateescape") if given else raw).hexdigest()


def _senders(message: EmailMessage) -> tuple[str, ...]:
    headers = message.get_all("from", [])
    return tuple(address.addr_spec.lower() for header in headers for address in header.addresses)


def _values(message: EmailMessage, *names: str) -> list[str]:
    return [str(value) for name in names for value in message.get_all(name, [])]


def _kind(message: EmailMessage) -> Kind:
    """Tell whether a person wrote it (RFC 3834 §5, RFC 3464, RFC 2919, and what older programs say)."""
    if _is_bounce(message):
        return Kind.BOUNCE
    precedence = " ".join(_values(message, "precedence")).strip().lower()
    if precedence == "list" or _values(message, *LIST_HEADERS):
        return Kind.LIST
    submitted = " ".join(_values(message, "auto-submitted")).partition(";")[0].strip().lower()
    if submitted not in {"", "no"} or precedence in {"bulk", "junk", "auto_reply"}:
        return Kind.AUTOMATIC
    return Kind.AUTOMATIC if _values(message, *AUTOMATIC_HEADERS) else Kind.PERSON


def _is_bounce(message: EmailMessage) -> bool:
    unattended = any(UNATTENDED.match(sender) for sender in _senders(message))
    empty = any(value.strip() == "<>" for value in _values(message, "return-path"))
    report = message.get_content_type() == "multipart/report"
    return unattended or empty or report or bool(_values(message, "x-failed-recipients"))


def _reports(message: EmailMessage) -> tuple[Report, ...]:
    """Read a delivery status notification (RFC 3464): each recipient that failed, and the mail that is enclosed."""
    leaves = list(_leaves(message))
    original = next(filter(None, map(_original_id, leaves)), "")
    statuses = (part for part in leaves if part.get_content_type() == STATUS_TYPE)
    blocks = [block for part in statuses for block in _blocks(part)][:MOST_RECIPIENTS]
    return tuple(
        Report(original, address, f"{_line(block, 'status')} {_line(block, 'diagnostic-code')}")
        for block in blocks
        if _line(block, "action").lower() == "failed"
        for address in [_recipient(block)]
        if original and address
    )


def _blocks(part: Message) -> list[Message]:
    """Give the fields of each recipient; the first block, of the mail as a whole, has no action."""
    payload = part.get_payload()
    return [block for block in payload if isinstance(block, Message)] if isinstance(payload, list) else []


def _recipient(block: Message) -> str:
    """Give the address as we wrote it, where it is told, else the one it was at last."""
    given = _line(block, "original-recipient") or _line(block, "final-recipient")
    return given.partition(";")[2].strip()


def _original_id(part: Message) -> str:
    """Give the key of the mail a part encloses, whole or its headers alone; "" when it encloses none."""
    type_, payload = part.get_content_type(), part.get_payload()
    if type_.startswith("message/") and type_ != STATUS_TYPE and isinstance(payload, list) and payload:
        headers = payload[0]
    elif type_ == HEADERS_TYPE:
        headers = message_from_bytes(_bytes(part), policy=policy.default)
    else:
        return ""
    return _line(headers, "x-event-id") or _line(headers, "message-id") if isinstance(headers, Message) else ""


def _line(message: Message, name: str) -> str:
    return " ".join(str(message.get(name, "")).split())


def _words(message: EmailMessage) -> str:
    """Give the mail's words as plain text: its text part, or the text of its HTML where that is all there is."""
    plain = message.get_body(("plain",))
    text = _decoded(plain) if plain is not None else ""
    if text.strip():
        assert plain is not None
        return unfolded(text) if _parameter(plain, "format") == "flowed" else text
    html = message.get_body(("html",))
    return text_of_html(_decoded(html)) if html is not None else ""


def _decoded(part: Message) -> str:
    """Decode a part's bytes by the charset it names; by UTF-8, else Windows' Latin, when that can't be."""
    content = _bytes(part)
    named = _parameter(part, "charset")
    latin = {"iso-8859-1", "latin1", "us-ascii", "ascii", ""}  # as the web does: those who say so mean Windows' Latin
    for charset in ("utf-8", "cp1252") if named in latin else (named, "utf-8"):
        try:
            return content.decode(charset)
        except (LookupError, ValueError):
            continue
    return content.decode("cp1252", "replace")


def _bytes(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _parameter(part: Message, name: str) -> str:
    return str(part.get_param(name) or "").strip().lower()


def unfolded(text: str) -> str:
    """Join the lines of a paragraph that were folded for transport (RFC 3676); a signature's `-- ` stands alone."""
    lines: list[str] = []
    joins = False
    for line in text.replace("\r\n", "\n").split("\n"):
        starts = line.startswith(">") or line == "-- "
        if joins and not starts:
            lines[-1] += line.removeprefix(" ")
        else:
            lines.append(line)
        joins = line.endswith(" ") and not starts
    return "\n".join(lines)


def _leaves(message: Message) -> Iterator[Message]:
    """Give the parts that hold no others; an enclosed mail is one."""
    if not message.is_multipart() or message.get_content_maintype() == "message":
        yield message
        return
    for part in message.iter_parts() if isinstance(message, EmailMessage) else ():
        yield from _leaves(part)


def _is_attachment(part: Message) -> bool:
    """Whether a part is a file somebody attached, not a seal nor an image that the HTML shows."""
    if part.get_content_type() in SEALS or (part.get_content_disposition() == "inline" and part["content-id"]):
        return False
    if part.get_content_disposition() == "attachment" or part.get_filename():
        return True
    return part.get_content_maintype() not in {"text", "multipart"} and not part["content-id"]
