"""What the robot posts, in every language: opening, worse, better, joining, return, closing, reopening, work start."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from status.domain.decisions import Action
from status.wording.languages import LANGUAGES, msg, say
from status.wording.reasons import public_sentence
from status.wording.times import duration

NEXT_UPDATE: Final = msg("Next update here as soon as the situation changes.")


def opening(reason: str, area: str, advice: dict[str, str]) -> dict[str, str]:
    """Say what no longer works and what customers can do."""
    return {
        language: _lines(
            public_sentence(reason, language, area),
            say(language, "Detected by our monitoring."),
            advice.get(language, ""),
            say(language, NEXT_UPDATE),
        )
        for language in LANGUAGES
    }


def change(action: Action, reason: str, area: str) -> dict[str, str]:
    """Say that it got worse or better, comes and goes, that more components are touched, or that it is back."""
    message = {
        Action.WORSE: msg("The situation has got worse."),
        Action.BETTER: msg("The situation is getting better."),
        Action.UNSTABLE: msg("The service is unstable: it goes and comes back."),
        Action.JOIN: msg("More services are touched."),
        Action.REOPEN: msg("The trouble is back: this incident is open again."),
    }[action]
    cause = reason if action not in {Action.BETTER, Action.UNSTABLE} else ""
    return {
        language: _lines(
            say(language, message), public_sentence(cause, language, area) if cause else "", say(language, NEXT_UPDATE)
        )
        for language in LANGUAGES
    }


def restored(lasted_s: float, *, closes_by_itself: bool) -> dict[str, str]:
    """Say that the service is back and how long it was away (seconds); `closes_by_itself`: that we keep watching."""
    return {
        language: _lines(
            say(
                language,
                "Service restored: our checks succeed again after {duration}.",
                duration=duration(lasted_s, language),
            ),
            say(language, "We keep watching before we close this incident.") if closes_by_itself else "",
        )
        for language in LANGUAGES
    }


def closed(lasted_s: float) -> dict[str, str]:
    """Say that it is over and how long it lasted (seconds)."""
    return {
        language: say(
            language,
            "The incident is over; it lasted {duration}. We apologise for the trouble.",
            duration=duration(lasted_s, language),
        )
        for language in LANGUAGES
    }


def work_started() -> dict[str, str]:
    """Say that announced works begin."""
    return {language: say(language, "The announced works begin.") for language in LANGUAGES}


def _lines(*parts: str) -> str:
    kept: Sequence[str] = [part for part in parts if part]
    return "\n".join(kept)
