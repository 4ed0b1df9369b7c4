"""A person's reply by mail becomes a note on the event, or a draft of an update when it begins with `public:`.

    bytes ─read_mail▶ Mail ─▶ a person's? ─▶ address ours, in time? ─▶ From his own? ─▶ may he? ─▶ new? ─▶ note or draft
                              └ a server's report that a mail of ours came back ─▶ bouncing

Nothing is published here: that is a click on the desk. Nobody is answered either: a refused mail is dropped, and the
log says why by identifiers.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from hashlib import sha256
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from status.config.model import Settings
from status.domain.permissions import Deed, Person
from status.domain.refused import Refused
from status.domain.written import TEXT_LIMIT, without_illegal_characters
from status.log import fields
from status.models import Account, Event, ReceivedMail
from status.services import actors, allowing, bouncing, drafts, notes
from status.services.bouncing import Counted, Report
from status.services.changing import line_up
from status.services.mail_reading import Kind, Mail, Unreadable, read_mail
from status.services.reply_addresses import Mailbox, Sender, believed, key_of
from status.services.reply_words import words_of_reply

log = logging.getLogger(__name__)

PUBLIC: Final = re.compile(r"\*{0,2}public[ \u00a0\u202f]*:\*{0,2}\s*", re.IGNORECASE)
SHORTENED: Final = "[…]"
ROOM: Final = 200
"""Characters of a note kept free for what is said after the words."""


class Outcome(Enum):
    """What became of a mail."""

    NOTE = "note"
    DRAFT = "draft"
    DUPLICATE = "duplicate"
    AUTOMATIC = "automatic"
    BOUNCE = "bounce"
    COUNTED = "counted"
    LIST = "list"
    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"
    BAD_ADDRESS = "bad_address"
    EXPIRED = "expired"
    NOT_SENDER = "not_sender"
    FORBIDDEN = "forbidden"
    EMPTY = "empty"


TAKEN: Final = frozenset({Outcome.NOTE, Outcome.DRAFT, Outcome.COUNTED})


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a mail; whose it was and about which event, once its address was believed. `why`: for the log."""

    outcome: Outcome
    why: str = ""
    account_uid: str = ""
    event_uid: str = ""


@dataclass(frozen=True, slots=True)
class Door:
    """What mails are taken in by: the mailbox, the longest mail in bytes, the site's languages (the first: default)."""

    mailbox: Mailbox
    limit_bytes: int
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """A mail that is worth a transaction: its one address that may be ours, and what its author wrote."""

    mail: Mail
    address: str
    words: str


@dataclass(frozen=True, slots=True)
class Returned:
    """A report that mails came back: what it says of each recipient, to be looked up."""

    reports: tuple[Report, ...]


def door_of(settings: Settings, data: Path) -> Door:
    """Give the door that `[mail_in]` describes. Raise OSError when the installation's key can't be read."""
    mailbox = Mailbox(settings.mail_in.address, key_of(data))
    return Door(mailbox, settings.mail_in.limit_bytes, tuple(settings.site.languages))


def look_at(raw: bytes, door: Door, recipient: str = "") -> Reply | Returned | Received:
    """Read a mail without the database; Received when it is dropped for what it is.

    `recipient`: the envelope's, where the mail server tells it; else the headers name it.
    """
    if len(raw) > door.limit_bytes:
        return _told(Received(Outcome.TOO_LARGE, f"{len(raw)} bytes, at most {door.limit_bytes} are taken"))
    try:
        mail = read_mail(raw)
    except Unreadable as error:
        return _told(Received(Outcome.UNREADABLE, str(error)))
    if mail.reports:
        return Returned(mail.reports)
    if mail.kind is not Kind.PERSON:
        return _told(Received(Outcome(mail.kind.value), "no person wrote it"))
    addresses = _addresses(recipient or mail.recipients, door.mailbox.address)
    if len(addresses) != 1:
        return _told(Received(Outcome.BAD_ADDRESS, f"{len(addresses)} signed addresses, expected one"))
    return Reply(mail, addresses.pop(), words_of_reply(mail.words))


def receive(session: Session, reply: Reply | Returned, now: datetime, door: Door) -> Received:
    """Take a reply in: note or draft, when its address, its author and his rights allow it. Never raises Refused.

    Of a report the bounces are counted; one that nobody can place is left alone.
    """
    line_up(session)
    if isinstance(reply, Returned):
        return _told(_count(session, reply, now))
    try:
        sender = believed(session, door.mailbox, reply.address, now)
    except Refused as error:
        return _told(Received(Outcome(error.reason), error.message))
    try:
        with session.begin_nested():  # what is refused half-way leaves nothing
            outcome = _take(session, reply, sender, now, door)
    except Refused as error:
        known = {outcome.value for outcome in Outcome}
        outcome, why = Outcome(error.reason if error.reason in known else "forbidden"), error.message
        return _told(Received(outcome, why, sender.account.uid, sender.event.uid))
    return _told(Received(outcome, "", sender.account.uid, sender.event.uid))


def _count(session: Session, returned: Returned, now: datetime) -> Received:
    """Count what a report says; it is ours when one of its recipients is."""
    bounces = [bouncing.count(session, report, now) for report in returned.reports]
    ours = [each for each in bounces if each.counted is not Counted.UNKNOWN]
    if not ours:
        return Received(Outcome.BOUNCE, "it names no message that was sent to that address")
    for each in ours:
        if each.is_paused:
            log.info("subscription_paused", extra=fields(subscription=each.subscription))
    return Received(Outcome.COUNTED, ", ".join(each.counted.value for each in ours))


def _take(session: Session, reply: Reply, sender: Sender, now: datetime, door: Door) -> Outcome:
    account, event = sender.account, sender.event
    if account.disabled_at is not None:
        raise Refused("forbidden", "the account is disabled")
    if not account.email or reply.mail.senders != (account.email.lower(),):
        raise Refused("not_sender", "From is not the account's own address, alone")
    marked = PUBLIC.match(reply.words)
    words = without_illegal_characters(reply.words[marked.end() :] if marked else reply.words).strip()
    if not words and not reply.mail.attachments:
        raise Refused("empty", "nothing is left of it without quotation and signature")
    if not words and marked:
        raise Refused("empty", "nothing follows public:")
    person = Person(account.uid, account.name, account.role, account.language, frozenset(account.areas))
    allowing.require_on_event(session, person, Deed.POST if marked else Deed.NOTE, event)
    if not _is_new(session, account, reply.mail, now, Outcome.DRAFT if marked else Outcome.NOTE):
        return Outcome.DUPLICATE
    if not marked:
        _note(session, account, event, _with_left_out(words, reply.mail.attachments), now)
        return Outcome.NOTE
    _draft(session, sender, words, now, door)
    if reply.mail.attachments:
        _note(session, account, event, _with_left_out("", reply.mail.attachments), now)
    return Outcome.DRAFT


def _is_new(session: Session, account: Account, mail: Mail, now: datetime, outcome: Outcome) -> bool:
    """Whether this person's mail was not taken before; remembered from now on."""
    key = sha256(f"{account.uid}\n{mail.identity}".encode()).hexdigest()
    if session.get(ReceivedMail, key) is not None:
        return False
    session.add(ReceivedMail(message_hash=key, at=now, outcome=outcome.value))
    return True


def _note(session: Session, account: Account, event: Event, text: str, now: datetime) -> None:
    author = actors.of_account(session, account.uid, account.name)
    notes.add(session, event, text, author, now)


def _draft(session: Session, sender: Sender, words: str, now: datetime, door: Door) -> None:
    account = sender.account
    author = actors.of_account(session, account.uid, account.name)
    language = account.language if account.language in door.languages else door.languages[0]
    drafts.keep(session, sender.event, {"texts": {language: _shortened(words, TEXT_LIMIT)}}, author, now, origin="mail")


def _with_left_out(words: str, attachments: int) -> str:
    files = "1 attachment was" if attachments == 1 else f"{attachments} attachments were"
    said = f"({files} left out)" if attachments else ""
    return "\n\n".join(filter(None, (_shortened(words, TEXT_LIMIT - ROOM), said)))


def _shortened(words: str, length: int) -> str:
    return words if len(words) <= length else words[: length - len(SHORTENED)] + SHORTENED


def _addresses(text: str, mailbox: str) -> set[str]:
    """Find the addresses of a mailbox that carry something after `+`."""
    local, _, domain = mailbox.partition("@")
    if not domain:
        return set()
    pattern = rf"(?<![\w.+-]){re.escape(local)}\+[\w.=-]{{1,64}}@{re.escape(domain)}(?![\w-]|\.\w)"
    return {found.lower() for found in re.findall(pattern, text, re.IGNORECASE | re.ASCII)}


def _told(received: Received) -> Received:
    """Log what became of a mail: identifiers and our own words alone."""
    said = {"outcome": received.outcome.value, "account": received.account_uid, "event": received.event_uid}
    if received.outcome in TAKEN:
        log.info("mail_taken", extra=fields(**said))
    else:
        log.warning("mail_dropped", extra=fields(**said, why=received.why))
    return received
