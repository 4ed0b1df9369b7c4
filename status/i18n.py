"""Words, numbers, dates and durations in the reader's language. Knows nothing of Flask: feeds and the robot use it too.

Catalogues stand in `translations/{language}/LC_MESSAGES/{pages,words}.po`; message ids are English. A wheel carries
compiled `.mo` files; a checkout reads the `.po` files themselves.
"""

from __future__ import annotations

import io
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from importlib.resources.abc import Traversable

DOMAINS = ("pages", "words")


@cache
def translations(language: str) -> NullTranslations:
    """Give the catalogue of a language, all domains merged; English is the message ids themselves."""
    merged: NullTranslations = NullTranslations()
    folder = files("status") / "translations" / language / "LC_MESSAGES"
    for domain in DOMAINS:
        catalogue = _read(folder, domain)
        if catalogue is None:
            continue
        catalogue.add_fallback(merged)
        merged = catalogue
    return merged


def _read(folder: Traversable, domain: str) -> GNUTranslations | None:
    source = folder / f"{domain}.po"
    if source.is_file():
        from babel.messages.mofile import write_mo
        from babel.messages.pofile import read_po

        compiled = io.BytesIO()
        write_mo(compiled, read_po(io.BytesIO(source.read_bytes())))
        compiled.seek(0)
        return GNUTranslations(compiled)
    binary = folder / f"{domain}.mo"
    return GNUTranslations(io.BytesIO(binary.read_bytes())) if binary.is_file() else None
