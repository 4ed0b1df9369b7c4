"""Rules of `[mail]`, `[notices]` and `[[relay]]`: by what news go out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from ipaddress import ip_network
from pathlib import Path
from typing import Final

from status.config.addresses import is_loopback
from status.config.checks import check_secret_file
from status.config.findings import Findings
from status.config.lines import KeyPath
from status.config.model import Mail, Maintnote, Notices, Relay
from status.config.statements import MAIL

MOST: Final = 10


def check_mail(mail: Mail, findings: Findings) -> None:
    """Note addresses no mail can come from."""
    for name in ("address", "bounces", "reply_to"):
        address = getattr(mail, name)
        if address and not MAIL.fullmatch(address):
            findings.add(("mail", name), f"found {address!r}, expected one like 'status@example.net'")
    if not mail.address and (mail.bounces or mail.reply_to):
        findings.add(("mail", "address"), "missing: mails are from this address")


def check_notices(notices: Notices, findings: Findings) -> None:
    """Note networks that are none, and pauses that shrink."""
    for index, network in enumerate(notices.webhook_networks):
        try:
            ip_network(network)
        except ValueError:
            found = f"found {network!r}, expected a network like '10.1.0.0/16'"
            findings.add(("notices", "webhook_networks", index), found)
    if notices.retry_last_s < notices.retry_first_s:
        findings.add(("notices", "retry_last_s"), "found a last pause shorter than the first, retry_first_s")


def check_maintnote(maintnote: Maintnote, findings: Findings) -> None:
    """Note an address nobody can write to."""
    if maintnote.organizer and not MAIL.fullmatch(maintnote.organizer):
        findings.add(("maintnote", "organizer"), f"found {maintnote.organizer!r}, expected one like 'noc@example.net'")


def check_relays(relays: Sequence[tuple[int, Relay]], slugs: Collection[str], findings: Findings) -> None:
    """Note names given twice, components that aren't there, and passwords that would cross the network openly."""
    seen: set[str] = set()
    for index, relay in relays:
        path: KeyPath = ("relay", index)
        if len(relays) > MOST:
            findings.add((*path, "name"), f"expected at most {MOST} relays")
        if relay.name in seen:
            findings.add((*path, "name"), f"found {relay.name!r} twice")
        seen.add(relay.name)
        if relay.component and relay.component not in slugs:
            near = findings.nearest(relay.component, slugs)
            findings.add((*path, "component"), f"unknown component {relay.component!r}{near}")
        _check_relay(relay, path, findings)


def _check_relay(relay: Relay, path: KeyPath, findings: Findings) -> None:
    if relay.password is not None:
        check_secret_file(relay.password, (*path, "password"), findings)
    if bool(relay.user) != (relay.password is not None):
        findings.add((*path, "user"), "found a user without a password, or a password without a user")
    if relay.user and relay.tls == "none" and not is_loopback(relay.host):
        message = f"found 'none' with {relay.host!r}: the password would cross the network unprotected"
        findings.add((*path, "tls"), f"{message}; expected 'starttls' or 'implicit'")
    if relay.ca_file and not Path(relay.ca_file).is_absolute():
        findings.add((*path, "ca_file"), f"found {relay.ca_file!r}, expected an absolute path (/etc/…)")
