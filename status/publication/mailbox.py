"""The IMAP mailbox that replies come to, looked at from time to time by a thread of the publisher process.

    sign in ─▶ unread, unflagged messages ─▶ each: fetched, taken in one transaction, marked as read or moved

A database that is away ends the look; the messages wait. One that fails three times for another reason is flagged and
left for a person. Waiting is nearly all this thread does: rendering goes on beside it.
"""

from __future__ import annotations

import imaplib
import logging
import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from probes.types import SecretMissing
from status.clock import utc
from status.config.model import MailIn
from status.log import fields
from status.models.engine import writing
from status.runtime import Runtime
from status.services.receiving import Door, Received, door_of, look_at, receive

log = logging.getLogger(__name__)

TIMEOUT_S: Final = 20.0
AT_ONCE: Final = 50
"""So many messages a look takes at most; the next look goes on."""

TRIES: Final = 3
AWAY: Final = (OSError, imaplib.IMAP4.error, OperationalError, InterfaceError, PoolTimeout)
"""Server or database are away: no message's fault."""


class Mailbox:
    """Looks at the mailbox of `[mail_in]`. Counts in memory how often a message failed."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._settings: MailIn = runtime.settings.mail_in
        self._failed: Counter[str] = Counter()
        self._trouble = ""

    def watch(self, stop: threading.Event) -> None:
        """Look until `stop` is set; trouble is told once, and that it is over."""
        while not stop.is_set():
            try:
                self.look()
            except (OSError, imaplib.IMAP4.error, SecretMissing, SQLAlchemyError) as error:
                self._met(error)
            except Exception:  # a thread that ended would be missed by nobody
                log.exception("mailbox_broken")
            else:
                self._over()
            stop.wait(self._settings.poll_s)

    def look(self) -> int:
        """Take what is new; give how many messages were dealt with. Raise what the server or the database raises."""
        door = door_of(self._runtime.settings, self._runtime.places.data)
        with _signed_in(self._settings) as server:
            answered, _ = server.select(_quoted(self._settings.imap_folder))
            _require(answered, f"the folder {self._settings.imap_folder!r} can't be opened")
            _, found = server.uid("SEARCH", "UNSEEN", "UNFLAGGED", "UNDELETED")
            uids = [uid.decode() for uid in (found[0] or b"").split()][:AT_ONCE]
            for uid in uids:
                self._deal_with(server, uid, door)
        return len(uids)

    def _deal_with(self, server: imaplib.IMAP4, uid: str, door: Door) -> None:
        try:
            self._take(_fetched(server, uid, door.limit_bytes), door)
        except AWAY:
            raise
        except Exception:  # one message must not keep the others waiting for ever
            self._failed[uid] += 1
            if self._failed[uid] < TRIES:
                log.warning("mail_failed", extra=fields(uid=uid, tries=self._failed[uid]), exc_info=True)
                return
            log.exception("mail_not_taken", extra=fields(uid=uid, folder=self._settings.imap_folder))
            server.uid("STORE", uid, "+FLAGS", r"(\Seen \Flagged)")
            return
        self._put_away(server, uid)

    def _take(self, raw: bytes, door: Door) -> None:
        reply = look_at(raw, door)
        if isinstance(reply, Received):
            return
        with writing(self._runtime.sessions) as session:
            receive(session, reply, utc(self._runtime.clock().wall), door)

    def _put_away(self, server: imaplib.IMAP4, uid: str) -> None:
        server.uid("STORE", uid, "+FLAGS", r"(\Seen)")
        done = self._settings.imap_done
        if not done:
            return
        if "MOVE" in server.capabilities:
            answered, _ = server.uid("MOVE", uid, _quoted(done))
        else:
            answered, _ = server.uid("COPY", uid, _quoted(done))
            if answered == "OK":
                server.uid("STORE", uid, "+FLAGS", r"(\Deleted)")
        _require(answered, f"the folder {done!r} takes no message: is it there?")

    def _met(self, error: Exception) -> None:
        said = f"{type(error).__name__}: {error}"
        if said != self._trouble:
            log.error("mailbox_not_read", extra=fields(host=self._settings.imap_host, why=said))
        self._trouble = said

    def _over(self) -> None:
        if self._trouble:
            log.info("mailbox_read_again", extra=fields(host=self._settings.imap_host))
        self._trouble = ""


def start(runtime: Runtime, stop: threading.Event) -> threading.Thread | None:
    """Start looking, where a mailbox is configured; the thread ends with `stop`, at the latest with the process."""
    if not runtime.settings.mail_in.imap_host:
        return None
    thread = threading.Thread(target=Mailbox(runtime).watch, args=(stop,), name="mailbox", daemon=True)
    thread.start()
    return thread


@contextmanager
def _signed_in(settings: MailIn) -> Iterator[imaplib.IMAP4]:
    server = _connected(settings)
    try:
        password = settings.imap_password.resolve() if settings.imap_password is not None else ""
        if "AUTH=PLAIN" in server.capabilities:
            server.authenticate("PLAIN", lambda _: f"\0{settings.imap_user}\0{password}".encode())
        else:
            server.login(settings.imap_user, password)
        server.capabilities = tuple(_capabilities(server))  # more is offered to who has signed in
        yield server
    finally:
        with suppress(OSError, imaplib.IMAP4.error):
            server.logout()


def _capabilities(server: imaplib.IMAP4) -> list[str]:
    _, data = server.capability()
    return (data[-1] or b"").decode("ascii", "replace").upper().split()


def _connected(settings: MailIn) -> imaplib.IMAP4:
    host, port = settings.imap_host, settings.imap_port
    if settings.imap_tls == "none":
        return imaplib.IMAP4(host, port, timeout=TIMEOUT_S)
    context = ssl.create_default_context(cafile=settings.imap_ca_file or None)
    if settings.imap_tls == "implicit":
        return imaplib.IMAP4_SSL(host, port, ssl_context=context, timeout=TIMEOUT_S)
    server = imaplib.IMAP4(host, port, timeout=TIMEOUT_S)
    try:
        server.starttls(context)
    except BaseException:
        server.shutdown()
        raise
    return server


def _fetched(server: imaplib.IMAP4, uid: str, limit_bytes: int) -> bytes:
    """Fetch a message, of one that is too long a byte more than is taken; it stays unread."""
    _, data = server.uid("FETCH", uid, f"(BODY.PEEK[]<0.{limit_bytes + 1}>)")
    literals = [part[1] for part in data if isinstance(part, tuple)]
    return literals[0] if literals else b""


def _quoted(folder: str) -> str:
    return '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _require(answered: str, otherwise: str) -> None:
    if answered != "OK":
        raise imaplib.IMAP4.error(otherwise)
