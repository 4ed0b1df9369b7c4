"""What a person asked and may not have."""

from __future__ import annotations


class Refused(Exception):
    """A request against a rule of the product. `reason` is a slug; `message` says what was found and what to do."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
