"""The words of alerts to the desk's own people."""

from __future__ import annotations

from datetime import datetime

from status.domain.states import Impact, Publication
from status.wording import labels
from status.wording.languages import msg, say
from status.wording.times import clock_time, date_and_time, duration


def alert_subject(language: str, title: str) -> str:
    """Head an alert."""
    return say(language, msg("ALERT: {title}"), title=title)


def over_subject(language: str, title: str, publication: Publication) -> str:
    """Head what tells that it is over, and how."""
    said = {
        Publication.WITHDRAWN: msg("Withdrawn, a false alarm: {title}"),
        Publication.MERGED: msg("Goes on as another incident: {title}"),
    }.get(publication, msg("Over: {title}"))
    return say(language, said, title=title)


def lasted(language: str, seconds: float) -> str:
    """Say how long it lasted."""
    return say(language, msg("It lasted {lasted}."), lasted=duration(seconds, language))


def what(language: str, impact: Impact, severity: int, since: datetime, zone: str) -> str:
    """Say what customers feel, how grave it is, since when."""
    return say(
        language, msg("{impact}, severity {severity}, since {since}"),
        impact=labels.impact(impact, language).capitalize(), severity=labels.severity(severity, language),
        since=date_and_time(since, language, zone),
    )  # fmt: skip


def unconfirmed(language: str, start_at: datetime, now: datetime, zone: str) -> str:
    """Say that works came to their hour unconfirmed."""
    said = msg("Its hour came at {time} and nobody has confirmed these works: they do not start by themselves.")
    return say(language, said, time=clock_time(start_at, now, language, zone))


def touched(language: str, names: str) -> str:
    """Name what is touched."""
    return say(language, msg("Touched: {names}"), names=names)


def draft(language: str) -> str:
    """Say that customers see nothing of it yet."""
    return say(language, msg("Customers do not see it yet: it is a draft."))


def on_it(language: str) -> str:
    """Name the link that acknowledges."""
    return say(language, msg("I am on it (for an hour, without signing in)"))


def at_the_desk(language: str) -> str:
    """Name the link to the event's page at the desk."""
    return say(language, msg("The event at the desk"))


def leads_to(language: str, label: str) -> str:
    """Name a link on the line before it."""
    return say(language, msg("{label}:"), label=label)


def test_subject(language: str, site: str) -> str:
    """Head a test."""
    return say(language, msg("{site}: this is a test of your alerts"), site=site)


def test_text(language: str) -> str:
    """Say what a test is."""
    return say(language, msg("You are reached by this way. Nothing is broken; there is nothing to do."))
