"""Cutting words to what another program takes: characters or bytes, never in the middle of a character."""

from __future__ import annotations

DOTS = "…"


def shortened(text: str, most: int) -> str:
    """Cut a text to so many characters, an ellipsis at its end."""
    return text if len(text) <= most else text[: most - 1].rstrip() + DOTS


def in_bytes(text: str, most: int) -> str:
    """Cut a text to so many bytes of UTF-8, an ellipsis at its end."""
    encoded = text.encode()
    if len(encoded) <= most:
        return text
    return encoded[: most - len(DOTS.encode())].decode("utf-8", "ignore").rstrip() + DOTS


def pieces(text: str, most: int) -> list[str]:
    """Cut a text into pieces of so many characters, between paragraphs, lines or words where there are some."""
    found = []
    while len(text) > most:
        at = max(text.rfind(between, 1, most) for between in ("\n\n", "\n")) if "\n" in text[1:most] else -1
        at = at if at > most // 2 else text.rfind(" ", 1, most)
        at = at if at > 0 else most
        found.append(text[:at].rstrip())
        text = text[at:].lstrip()
    return [*found, text] if text else found
