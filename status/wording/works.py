"""What is posted on works by the machine's own motion, in every language."""

from __future__ import annotations

from status.wording.languages import in_every_language, msg


def series_ended() -> dict[str, str]:
    """Say that an announced work does not take place, because these works no longer come again."""
    return in_every_language(msg("These recurring works have come to an end: this one will not take place."))
