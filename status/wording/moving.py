"""What is posted when incidents become one, or a part of one goes its own way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from status.wording.languages import LANGUAGES, join_names, msg, pick, say

Names = Sequence[Mapping[str, str]]
"""Components' names, each by language; only those the public may read."""

_MOST = 10


def came_in(events: Sequence[tuple[int | None, Names]]) -> dict[str, str]:
    """Say what an incident takes in: the numbers that had one, each with its components. Empty for nothing public."""
    return {language: _came_in(events, language) for language in LANGUAGES}


def went_out(number: int | None, names: Names) -> dict[str, str]:
    """Say which components left an incident, and the number (None: not public yet) that tells of them from now on."""
    apart = msg("Now followed in {event}: {names}.")
    message = apart if number is not None else msg("No longer part of this incident: {names}.")
    return {
        language: say(language, message, event=f"FS#{number}", names=_names(names, language)) if names else ""
        for language in LANGUAGES
    }


def came_from(number: int | None) -> dict[str, str]:
    """Say that an incident was part of the one with this number; nothing where that one is not public."""
    message = msg("Until now this was part of {event}, where its first posts are.")
    return {language: say(language, message, event=f"FS#{number}") if number else "" for language in LANGUAGES}


def with_words(generated: Mapping[str, str], written: Mapping[str, str]) -> dict[str, str]:
    """Put a person's words below generated ones, in each language that has either."""
    return {key: "\n".join(part for part in (generated.get(key), written.get(key)) if part) for key in LANGUAGES}


def _came_in(events: Sequence[tuple[int | None, Names]], language: str) -> str:
    said = []
    for number, names in events:
        listed = _names(names, language)
        if number is not None:
            said.append(f"FS#{number} ({listed})" if listed else f"FS#{number}")
        elif listed:
            said.append(listed)
    return say(language, "Now followed here: {what}.", what=join_names(said, language, _MOST)) if said else ""


def _names(names: Names, language: str) -> str:
    return join_names([pick(name, language)[0] for name in names], language)
