"""Rules within `[mail_in]`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from status.config.addresses import is_loopback
from status.config.checks import check_secret_file
from status.config.findings import Findings
from status.config.model import MailIn

LOCAL_LENGTH: Final = 15
"""So much may stand before the @: with `+` and a token of 48 characters that makes the 64 of RFC 5321 §4.5.3.1.1."""

_ADDRESS: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")


def check_mail_in(mail_in: MailIn, findings: Findings) -> None:
    """Note an address that can carry no token, and a mailbox that can't be reached safely."""
    if mail_in.address and not _ADDRESS.fullmatch(mail_in.address):
        findings.add(("mail_in", "address"), f"found {mail_in.address!r}, expected one like 'travaux@example.net'")
    elif len(mail_in.address.partition("@")[0]) > LOCAL_LENGTH:
        message = f"found {mail_in.address!r}, expected at most {LOCAL_LENGTH} characters before the @"
        findings.add(("mail_in", "address"), f"{message}: a token follows them")
    if mail_in.imap_password is not None:
        check_secret_file(mail_in.imap_password, ("mail_in", "imap_password"), findings)
    if mail_in.imap_host:
        _check_mailbox(mail_in, findings)


def _check_mailbox(mail_in: MailIn, findings: Findings) -> None:
    if not mail_in.address:
        findings.add(("mail_in", "address"), "missing: [mail_in] imap_host is set, and mails need an address")
    if not mail_in.imap_user or mail_in.imap_password is None:
        findings.add(("mail_in", "imap_host"), "found no user or no password: set imap_user and imap_password")
    if mail_in.imap_tls == "none" and not is_loopback(mail_in.imap_host):
        message = f"found 'none' with {mail_in.imap_host!r}: the password would cross the network unprotected"
        findings.add(("mail_in", "imap_tls"), f"{message}; expected 'implicit' or 'starttls'")
    if mail_in.imap_ca_file and not Path(mail_in.imap_ca_file).is_absolute():
        found = f"found {mail_in.imap_ca_file!r}, expected an absolute path (/etc/…)"
        findings.add(("mail_in", "imap_ca_file"), found)
    for name in ("imap_folder", "imap_done"):
        folder = getattr(mail_in, name)
        if not (folder.isascii() and folder.isprintable()):
            found = f"found {folder!r}, expected ASCII, as the server spells it (RFC 3501 §5.1.3)"
            findings.add(("mail_in", name), found)
