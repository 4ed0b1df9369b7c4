"""Rules within `[accessibility]`: who says that an audit was made says when, by whom and with what result."""

from __future__ import annotations

from datetime import date
from typing import Final

from status.config.findings import Findings
from status.config.model import Accessibility

_LEAST_PARTIAL: Final = 50
_ALL: Final = 100
"""RGAA 4.1: half of the criteria and more are "partially", all of them "totally" conforming."""


def check_accessibility(said: Accessibility, findings: Findings) -> None:
    """Note an audit told by halves, a result that its figure belies, a day that is none."""
    for key in ("declared_on", "audited_on"):
        _check_day(key, getattr(said, key), findings)
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


def _check_day(key: str, text: str, findings: Findings) -> None:
    try:
        if text:
            date.fromisoformat(text)
    except ValueError:
        findings.add(("accessibility", key), f"found {text!r}, expected a day like '2026-11-23'")
