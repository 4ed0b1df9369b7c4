"""Rules of `[[alert]]`, `[[rota]]` and `[heartbeat]`: who is alerted, of what."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from status.config.findings import Findings
from status.config.lines import KeyPath
from status.config.model import AlertRule, Heartbeat, RotaEntry
from status.domain.states import AREAS

MOST: Final = 100
YEARS: Final = range(2000, 2200)
"""Of a rota's first day: far from where a calendar ends."""


def check_alerts(
    alerts: Sequence[tuple[int, AlertRule]], slugs: Collection[str], rotas: Collection[str], findings: Findings
) -> None:
    """Note names given twice, places and rotas that aren't there, and rules that alert nobody."""
    seen: set[str] = set()
    for index, alert in alerts:
        path: KeyPath = ("alert", index)
        _check_name(alert.name, path, seen, findings)
        for key, known in (("areas", AREAS), ("components", slugs)):
            for position, slug in enumerate(getattr(alert, key)):
                if slug not in known:
                    near = findings.nearest(slug, known)
                    findings.add((*path, key, position), f"unknown {key[:-1]} {slug!r}{near}")
        if bool(alert.rota) == bool(alert.accounts):
            findings.add((*path, "rota"), "expected either a rota or accounts: whom to alert")
        if alert.rota and alert.rota not in rotas:
            findings.add((*path, "rota"), f"unknown rota {alert.rota!r}{findings.nearest(alert.rota, rotas)}")
        if len(set(alert.accounts)) < len(alert.accounts):
            findings.add((*path, "accounts"), "found an account twice: each has one place in the order")
        if not alert.of:
            findings.add((*path, "of"), "found nothing, expected 'incidents', 'local' or 'works'")


def check_rotas(rotas: Sequence[tuple[int, RotaEntry]], findings: Findings) -> None:
    """Note names given twice, zones and days that are none, people without a first day."""
    seen: set[str] = set()
    for index, rota in rotas:
        path: KeyPath = ("rota", index)
        _check_name(rota.name, path, seen, findings)
        if rota.zone and not _is_zone(rota.zone):
            near = findings.nearest(rota.zone, available_timezones())
            findings.add((*path, "zone"), f"unknown time zone {rota.zone!r}{near}")
        if rota.starts_on and not _is_day(rota.starts_on):
            findings.add((*path, "starts_on"), f"found {rota.starts_on!r}, expected a day like '2026-01-05'")
        if bool(rota.people) != bool(rota.starts_on):
            findings.add(
                (*path, "starts_on"), "people in turns need the day of the first turn, and that day needs people"
            )
        if len(set(rota.people)) < len(rota.people):
            findings.add((*path, "people"), "found a person twice: each has one place in the order")
        if rota.ical and not Path(rota.ical).is_absolute():
            findings.add((*path, "ical"), f"found {rota.ical!r}, expected an absolute path (/etc/…)")


def check_heartbeat(heartbeat: Heartbeat, findings: Findings) -> None:
    """Note an address that can't be asked. It is not repeated: it may be all it takes to beat in our name."""
    try:
        parts = urlsplit(heartbeat.url)
        named = parts.scheme in {"https", "http"} and bool(parts.hostname) and "@" not in parts.netloc
        sound = not heartbeat.url or named
    except ValueError:
        sound = False
    if not sound:
        findings.add(("heartbeat", "url"), "expected an address like 'https://beats.example.org/…'")


def _check_name(name: str, path: KeyPath, seen: set[str], findings: Findings) -> None:
    if name in seen:
        findings.add((*path, "name"), f"found {name!r} twice")
    if len(seen) >= MOST:
        findings.add((*path, "name"), f"expected at most {MOST} of these")
    seen.add(name)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).year in YEARS
    except ValueError:
        return False
