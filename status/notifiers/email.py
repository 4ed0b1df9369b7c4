"""News by mail: multipart, readable as plain text, no image, nothing that tells us it was read.

One connection is kept open to the relay in use. The first relay whose component is well takes the mail; one that can't
be reached is left alone for a while and the next is tried.
"""

from __future__ import annotations

import logging
import re
import smtplib
import ssl
import time
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final

from markupsafe import Markup

from probes.net.system import ascii_name
from status.config.model import Relay, Settings
from status.domain.alerting import TryKind
from status.domain.bounces import is_hard
from status.domain.bucket import Bucket
from status.domain.refused import Refused
from status.domain.subscriptions import CONFIRM
from status.log import fields
from status.notifiers.relaying import CannotSignIn, Server, connect, is_late
from status.notifiers.types import Channel, NotSent, Outgoing, Ways, Words
from status.wording import mails
from status.wording.lines import folded

log = logging.getLogger(__name__)

LONGEST: Final = 254
"""Characters of an address (RFC 5321 §4.5.3.1.3, less the brackets)."""

LEAVE_S: Final = 30.0
"""So long a relay that could not be reached is left alone."""

IDLE_S: Final = 60.0
"""An older connection is made anew: many servers end it after five minutes."""

CALENDAR: Final = "maintenance.ics"
LOCAL: Final = 64
"""Characters before the @ (RFC 5321 §4.5.3.1.1)."""

_LOCAL: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
"""A dot-atom (RFC 5322 §3.2.3): what a relay without SMTPUTF8 takes, and no header can be made of. Quoted local parts
are refused: nearly nobody has one but forgers."""

_DOMAIN: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_STYLE: Final = (
    "body{margin:0;padding:1em;font:16px/1.5 sans-serif;max-width:42em;overflow-wrap:anywhere}"
    "h1{font-size:1.2em;line-height:1.3}h2{font-size:1em;margin:1.5em 0 0}h2+p{margin-top:.25em}"
    "hr{margin:2em 0;border:0;border-top:1px solid #b9c1cb}"
    "a{color:#0b4fb3}footer{margin-top:2em;font-size:.85em;color:#5a6472}footer a{display:inline-block;padding:.5em 0}"
    "a.act{display:inline-block;padding:.7em 1.2em;border-radius:8px;background:#0b4fb3;color:#fff;font-weight:bold;"
    "text-decoration:none}"
    "@media(prefers-color-scheme:dark){body{background:#10151c;color:#e8edf3}a{color:#9cc2ff}footer{color:#a7b1bf}"
    "hr{border-color:#4a5766}a.act{background:#9cc2ff;color:#10151c}}"
)
"""`a.act` is what the mail is for, where it is for one thing."""


def canonical(text: str, _settings: Settings) -> tuple[str, str]:
    """Give an address as it is kept, and its domain; the domain in small ASCII letters. Raise Refused."""
    local, _, domain = text.strip().rpartition("@")
    try:
        ascii_domain = "" if domain.endswith(".") else ascii_name(domain)
    except ValueError:
        ascii_domain = ""
    address = f"{local}@{ascii_domain}"
    is_local = len(local) <= LOCAL and _LOCAL.fullmatch(local) is not None
    if len(address) > LONGEST or not is_local or _DOMAIN.fullmatch(ascii_domain) is None:
        raise Refused("address", f"found {text[:80]!r}, expected a mail address like 'name@example.net'")
    return address, ascii_domain


def mailbox_of(address: str) -> str:
    """Give what addresses of one mailbox have in common: many servers ignore case, dots, and what follows a +.

    For limits alone; a mail goes to the address as it was given.
    """
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0].replace('.', '').casefold()}@{domain}"


def lacks(settings: Settings) -> str:
    """Say what mail needs here."""
    return "" if settings.mail.address and settings.relay else "[mail] address and a [[relay]]"


@dataclass(slots=True)
class _Way:
    """A relay: its pace, until when (steady seconds) it is left alone, and what was logged of why."""

    relay: Relay
    pace: Bucket
    left_until: float = float("-inf")
    said: str = ""


class _Away(Exception):
    """A relay takes no mail just now; its argument is the code it gave."""


@dataclass(slots=True)
class MailCarrier:
    """Sends mails through the relays, over one connection. Held by one thread."""

    ways: Ways
    _relays: list[_Way] = field(init=False)
    _open: Server | None = field(init=False, default=None)
    _through: _Way | None = field(init=False, default=None)
    _used_at: float = field(init=False, default=0.0)
    _handed: bool = field(init=False, default=False)
    """Whether a relay that did not answer may have the mail of just now, or went away over its address."""

    def __post_init__(self) -> None:
        """Begin with no connection."""
        self._relays = [
            _Way(relay, Bucket(relay.per_second, max(1.0, relay.per_second / 4))) for relay in self.ways.settings.relay
        ]

    def send(self, outgoing: Outgoing) -> int | None:
        """Hand a mail to a relay. Raise NotSent: for all when no relay was given anything of it."""
        mail = compose(outgoing, self.ways.settings)
        why, self._handed = "no relay is configured", False
        for way in self._in_order():
            _keep_pace(way)
            why = self._tried(way, mail, outgoing)
            if not why:
                way.said = ""
                return None
            self._leave_alone(way, why)
        raise NotSent(why, all_wait=not self._handed)

    def close(self) -> None:
        """End the connection."""
        if self._open is not None:
            self._open.leave()
        self._open = None

    def _leave_alone(self, way: _Way, why: str) -> None:
        way.left_until = time.monotonic() + LEAVE_S
        if why != way.said:
            log.warning("relay_left_alone", extra=fields(relay=way.relay.name, why=why, seconds=LEAVE_S))
        way.said = why

    def _in_order(self) -> list[_Way]:
        """Give the relays whose component is well, else all; those that are left alone come in only when all are."""
        well = [way for way in self._relays if self.ways.is_open(way.relay.component)] or self._relays
        now = time.monotonic()
        return [way for way in well if way.left_until <= now] or well

    def _tried(self, way: _Way, mail: EmailMessage, outgoing: Outgoing) -> str:
        """Try a relay, twice when the open connection turns out to be lost; give why not, "" when it took the mail."""
        for _ in range(2):
            try:
                server = self._connected(way)
            except (CannotSignIn, OSError, smtplib.SMTPException) as error:
                self._drop()
                return f"relay {way.relay.name}: {_said(error)}"
            try:
                if self._sent(server, way, mail, outgoing):
                    return ""
            except (_Away, OSError) as error:
                self._drop()
                return f"relay {way.relay.name}: {_said(error)}"
        return f"relay {way.relay.name}: the connection was lost"

    def _connected(self, way: _Way) -> Server:
        fresh = time.monotonic() - self._used_at < IDLE_S
        if self._open is not None and self._through is way and fresh:
            return self._open
        self.close()
        self._open, self._through, self._used_at = connect(way.relay), way, time.monotonic()
        return self._open

    def _sent(self, server: Server, way: _Way, mail: EmailMessage, outgoing: Outgoing) -> bool:
        """Send over the open connection; False when it was lost before the relay answered.

        Raise NotSent when the relay refused this mail, _Away when it takes none, OSError when it does not answer.
        """
        settings = self.ways.settings.mail
        sender = settings.bounces or settings.address
        try:
            server.hand_over(mail, sender, outgoing.address)
        except smtplib.SMTPServerDisconnected as error:
            self._handed = self._handed or server.is_given
            self._drop()
            if is_late(error):
                raise TimeoutError from error
            return False
        except smtplib.SMTPRecipientsRefused as error:
            code, answer = error.recipients[outgoing.address]
            raise _refused(way, code, answer) from error
        except smtplib.SMTPSenderRefused as error:  # it takes no mail of ours at all
            raise _Away(error.smtp_code) from error
        except smtplib.SMTPResponseException as error:
            self._drop()
            raise _refused(way, error.smtp_code, error.smtp_error, for_address=False) from error
        except smtplib.SMTPException as error:  # an address this relay knows no way to write (no SMTPUTF8)
            self._drop()
            raise NotSent(f"relay {way.relay.name}: {_said(error)}") from error
        self._used_at = time.monotonic()
        return True

    def _drop(self) -> None:
        if self._open is not None:
            self._open.close()
        self._open = None


def compose(outgoing: Outgoing, settings: Settings) -> EmailMessage:
    """Write the mail: words, the subscriber's own links, and the headers programs look for (RFC 8058, RFC 3834)."""
    mail, words, links = EmailMessage(), outgoing.words, outgoing.links
    local, _, domain = settings.mail.address.rpartition("@")
    host = domain or "localhost"
    mail["From"] = Address(_line(settings.mail.name or settings.site.name), local, domain)
    mail["To"] = Address(addr_spec=outgoing.address)
    if settings.mail.reply_to:
        mail["Reply-To"] = settings.mail.reply_to
    mail["Subject"] = _line(words.subject)
    mail["Date"] = format_datetime(outgoing.frozen_at)
    mail["Message-ID"] = f"<{outgoing.uid}@{host}>"
    mail["X-Event-Id"] = outgoing.uid
    if words.thread:
        mail["References"] = f"<{words.thread}@{host}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    if _is_of_the_desk(words):
        mail["Importance"] = "high" if words.payload["kind"] == TryKind.ALERT.value else "low"  # RFC 2156
    else:
        mail["List-Id"] = f"<travaux.{host}>"
        mail["List-Unsubscribe"] = f"<{links.stop}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(_text(outgoing, settings.site.name), cte="quoted-printable")
    mail.add_alternative(_html(outgoing, settings.site.name), subtype="html", cte="quoted-printable")
    if words.calendar:
        mail.add_attachment(
            words.calendar, subtype="calendar", params={"method": "PUBLISH"}, filename=CALENDAR, cte="base64"
        )
    mail["Content-Language"] = words.language
    return mail


def _line(text: str) -> str:
    """Give a text as one line: no header can be made of what follows a line end, of whatever kind."""
    return " ".join(text.splitlines())


def _text(outgoing: Outgoing, site: str) -> str:
    words, links, language = outgoing.words, outgoing.links, outgoing.words.language
    if words.payload.get("kind") == CONFIRM:
        return folded(f"{words.text}\n\n{links.confirm}\n\n{mails.confirm_else(language)}\n")
    if _is_of_the_desk(words):
        return folded(f"{words.text}\n")
    why = words.why or mails.why(language, site)
    change, stop = f"{mails.change(language)}\n{links.manage}", f"{mails.stop(language)}\n{links.stop}"
    return folded(f"{words.text}\n-- \n{why}\n\n{change}\n\n{stop}\n")


def _html(outgoing: Outgoing, site: str) -> str:
    words, links, language = outgoing.words, outgoing.links, outgoing.words.language
    if words.payload.get("kind") == CONFIRM:
        body = Markup('<h1>{}</h1><p>{}</p><p><a class="act" href="{}">{}</a></p><p>{}</p>').format(
            words.subject, words.text, links.confirm, mails.confirm_button(language), mails.confirm_else(language)
        )
    elif _is_of_the_desk(words):
        body = Markup(words.html)  # noqa: S704 - made of escaped parts when it was frozen
    else:
        end = Markup('<footer><p>{}</p><p><a href="{}">{}</a><br><a href="{}">{}</a></p></footer>').format(
            words.why or mails.why(language, site),
            links.manage,
            mails.change(language),
            links.stop,
            mails.stop(language),
        )
        body = Markup(words.html) + end  # noqa: S704 - made of escaped parts when it was frozen
    head = Markup(
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        '<meta name="color-scheme" content="light dark"><title>{}</title>'
    ).format(words.subject)
    style = Markup("<style>{}</style>").format(Markup(_STYLE))  # noqa: S704 - ours
    return str(
        Markup('<!doctype html><html lang="{}"><head>{}{}</head><body>{}</body></html>').format(
            language, head, style, body
        )
    )


def _is_of_the_desk(words: Words) -> bool:
    """Whether it goes to one of the desk's own people, who subscribed to nothing."""
    return words.payload.get("kind") in {kind.value for kind in TryKind}


def _keep_pace(way: _Way) -> None:
    while (wait_s := way.pace.take(time.monotonic())) > 0:
        time.sleep(wait_s)


def _refused(way: _Way, code: int, answer: bytes | str, *, for_address: bool = True) -> NotSent:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    status = re.match(r"[245]\.\d{1,3}\.\d{1,3}", text)
    why = f"relay {way.relay.name} said {code} {status[0] if status else ''}".rstrip()
    return NotSent(why, for_good=for_address and is_hard(f"{code} {text}"))


def _said(error: Exception) -> str:
    if isinstance(error, _Away):
        return f"it said {error} to our address"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"it said {error.smtp_code}"
    if isinstance(error, smtplib.SMTPServerDisconnected) and is_late(error):
        return TimeoutError.__name__
    if isinstance(error, CannotSignIn):
        return str(error)
    return type(error).__name__ if isinstance(error, (TimeoutError, ssl.SSLError)) else str(error)[:120]


CHANNEL = Channel("email", canonical, MailCarrier, by_domain=True, lacks=lacks, counted_as=mailbox_of)
