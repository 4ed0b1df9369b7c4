"""Words as a search compares them: small letters, no accents, no ligatures, one space between words."""

from __future__ import annotations

import unicodedata
from typing import Final

_LIGATURES: Final = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ı": "i"})


def fold(text: str) -> str:
    """Fold a text: `Réception  retardée` becomes `reception retardee`."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_LIGATURES))
    return " ".join("".join(each for each in plain if not unicodedata.combining(each)).split())
