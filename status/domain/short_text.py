"""Text for an SMS: what the phone network's own alphabet can write, counted as it counts. Sans-IO.

A message in the GSM 7-bit alphabet (3GPP TS 23.038 §6.2.1) has 160 characters, some of which count twice; with one
character more that is outside it, 70. So everything is written inside it: accents it lacks are left off.
"""

from __future__ import annotations

import unicodedata
from typing import Final

ONE_PART: Final = 160
OF_SEVERAL: Final = 153
"""Characters of each part of a longer message (3GPP TS 23.040 §9.2.3.24.1)."""

BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
TWICE: Final = frozenset("^{}\\[~]|€\f")
OTHERWISE: Final = {
    "’": "'", "‘": "'", "“": '"', "”": '"', "«": '"', "»": '"', "…": "...", "–": "-", "—": "-", "−": "-", "•": "-",
    "·": "-", "œ": "oe", "Œ": "OE", "ç": "c", "⁄": "/",
}  # fmt: skip
CUT: Final = "..."


def plain(text: str) -> str:
    """Write a text in the alphabet; what it has no letter for becomes one like it, or a question mark."""
    return "".join(map(_letter, " ".join(text.split())))


def length(text: str) -> int:
    """Count a text of the alphabet as the network does."""
    return sum(2 if letter in TWICE else 1 for letter in text)


def fit(text: str, most: int) -> str:
    """Cut a text of the alphabet to so many characters, dots at its end; a whole word where one ends near."""
    if length(text) <= most:
        return text
    kept = text
    while length(kept) > most - len(CUT):
        kept = kept[:-1]
    whole, space, _ = kept.rpartition(" ")
    return (whole if space and len(whole) >= len(kept) * 3 // 4 else kept).rstrip() + CUT


def _letter(letter: str) -> str:
    if letter in BASIC or letter in TWICE:
        return letter
    if letter in OTHERWISE:
        return OTHERWISE[letter]
    parts = (OTHERWISE.get(part, part) for part in unicodedata.normalize("NFKD", letter))
    kept = "".join(part for part in parts if BASIC.union(TWICE).issuperset(part))
    return kept or ("" if unicodedata.category(letter).startswith(("M", "C")) else "?")
