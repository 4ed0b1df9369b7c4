"""Rules within what is said of the pages themselves: `[accessibility]`, `[security_txt]`."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from status.config.findings import Findings
from status.config.lines import KeyPath
from status.config.model import Accessibility, SecurityTxt

MAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")

_LEAST_PARTIAL: Final = 50
_ALL: Final = 100
"""RGAA 4.1: half of the criteria and more are "partially", all of them "totally" conforming."""


def check_accessibility(said: Accessibility, findings: Findings) -> None:
    """Note an audit told by halves, a result that its figure belies, a day that is none."""
    for key in ("declared_on", "audited_on"):
        _check_day(("accessibility", key), getattr(said, key), "2026-11-23", findings)
    path = ("accessibility", "conformity")
    if said.conformity == "not-audited":
        if said.audited_on or said.auditor:
            findings.add(path, "found 'not-audited' beside an audit, expected its result: none, partial or full")
        return
    missing = [key for key in ("audited_on", "auditor") if not getattr(said, key)]
    if missing:
        findings.add(
            path, f"found {said.conformity!r} without {' and '.join(missing)}, expected who audited it and when"
        )
    expected = "full" if said.percent == _ALL else "partial" if said.percent >= _LEAST_PARTIAL else "none"
    if said.conformity != expected:
        message = f"found {said.percent}, which reads {expected!r}, beside conformity {said.conformity!r}"
        findings.add(("accessibility", "percent"), message)


def check_security_txt(said: SecurityTxt, findings: Findings) -> None:
    """Note a contact that is none or that holds for ever, and what is no address."""
    if said.contact and not MAIL.fullmatch(said.contact) and not said.contact.startswith("https://"):
        message = f"found {said.contact!r}, expected a mail address or the address of a page (https://…)"
        findings.add(("security_txt", "contact"), message)
    for key in ("encryption", "policy"):
        url = getattr(said, key)
        if url and not url.startswith("https://"):
            findings.add(("security_txt", key), f"found {url!r}, expected an address (https://…)")
    if said.contact and not said.expires:
        message = "found a contact without it, expected the day until when it holds, at most a year from now"
        findings.add(("security_txt", "expires"), message)
    _check_day(("security_txt", "expires"), said.expires, "2027-06-30", findings)


def _check_day(path: KeyPath, text: str, example: str, findings: Findings) -> None:
    try:
        if text:
            date.fromisoformat(text)
    except ValueError:
        findings.add(path, f"found {text!r}, expected a day like {example!r}")
