"""Rules of `[mail]`, `[notices]`, `[sms]` and `[[relay]]`: by what news go out."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from ipaddress import ip_network
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from status.config.addresses import is_loopback
from status.config.checks import check_secret_file
from status.config.findings import Findings
from status.config.lines import KeyPath
from status.config.model import SMS, Mail, Maintnote, Notices, Relay, Settings
from status.config.statements import MAIL
from status.domain.ways_out import Snare, snare_of

MOST: Final = 10
MAIL_KINDS: Final = frozenset({"smtp"})
"""Kinds of checks that watch what sends mail."""

_PREFIX: Final = re.compile(r"\+[0-9]{0,10}")
_COUNTRY: Final = re.compile(r"[1-9][0-9]{0,2}")
_HEADER: Final = re.compile(r"[A-Za-z0-9-]{1,60}")


def check_mail(mail: Mail, findings: Findings) -> None:
    """Note addresses no mail can come from."""
    for name in ("address", "bounces", "reply_to"):
        address = getattr(mail, name)
        if address and not MAIL.fullmatch(address):
            findings.add(("mail", name), f"found {address!r}, expected one like 'status@example.net'")
        elif not address.isascii():
            found = f"found {address!r}, expected ASCII letters alone, a domain as 'xn--…': few relays take others"
            findings.add(("mail", name), found)
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


def check_sms(sms: SMS, findings: Findings) -> None:
    """Note a gateway that lacks what it needs, and a secret that would cross the network openly."""
    if sms.password is not None:
        check_secret_file(sms.password, ("sms", "password"), findings)
    for index, prefix in enumerate(sms.prefixes):
        if not _PREFIX.fullmatch(prefix):
            findings.add(("sms", "prefixes", index), f"found {prefix!r}, expected one like '+33', or '+' for all")
    if sms.country and not _COUNTRY.fullmatch(sms.country):
        findings.add(("sms", "country"), f"found {sms.country!r}, expected a country's code like '33'")
    if not sms.url:
        if sms.fields:
            findings.add(("sms", "url"), "missing: the gateway's address")
        return
    url = urlsplit(sms.url)
    if url.scheme not in {"http", "https"} or not url.hostname or url.username is not None:
        findings.add(("sms", "url"), f"found {sms.url!r}, expected an address like 'https://sms.example.net/send'")
    elif url.scheme == "http" and not is_loopback(url.hostname):
        findings.add(("sms", "url"), "found http: numbers and the password would cross the network unprotected")
    if not sms.prefixes:
        findings.add(("sms", "prefixes"), "missing: the numbers that are paid for, like ['+33']")
    _check_request(sms, findings)


def _check_request(sms: SMS, findings: Findings) -> None:
    said = str(sms.fields)
    for name in ("{to}", "{text}"):
        if name not in said:
            findings.add(("sms", "fields"), f"found no {name}: the gateway would not be told it")
    is_flat = all(isinstance(value, str) for value in sms.fields.values())
    if (sms.format == "form" or sms.method == "GET") and not is_flat:
        findings.add(("sms", "fields"), "found lists, tables or numbers, expected texts alone: a form has no others")
    for name, value in sms.headers.items():
        if not _HEADER.fullmatch(name) or not value.isprintable():
            findings.add(("sms", "headers", name), f"found {name!r}, expected a header like 'X-API-Key', on one line")
    if sms.user and sms.password is None:
        findings.add(("sms", "user"), "found a user without a password")


def snare(settings: Settings) -> Snare | None:
    """Tell what is amiss with the relays, seen from what is watched here (domain.ways_out)."""
    parents = {component.slug: component.parent for component in settings.component}
    watched: set[str] = set()
    for check in settings.check:
        slug: str | None = check.component
        while slug is not None and slug not in watched:
            watched.add(slug)
            slug = parents.get(slug)
    mail_is_watched = any(check.kind in MAIL_KINDS for check in settings.check)
    return snare_of([relay.component for relay in settings.relay], watched, mail_is_watched=mail_is_watched)


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
