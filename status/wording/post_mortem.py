"""What is posted when a post-mortem is published."""

from __future__ import annotations

from status.wording.languages import in_every_language, msg


def announced() -> dict[str, str]:
    """Say in each language that it can be read."""
    return in_every_language(msg("What happened, and what we do about it, can now be read on a page of its own."))
