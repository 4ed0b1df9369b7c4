"""Words, numbers, dates and durations in the reader's language. Knows nothing of Flask: feeds and the robot use it too.

Catalogues stand in `translations/{language}/LC_MESSAGES/{pages,words}.po`; message ids are English. A language that has
one can be chosen in `[site] languages`; what people write, and the steps of help, fall back on another where it has
none. A wheel carries compiled `.mo` files; a checkout reads the `.po` files themselves.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

DOMAINS = ("pages", "words")
BUILT_IN: Final = ("fr", "en")

_CODE: Final = re.compile(r"[a-z]{2,3}", re.ASCII)


def spoken(catalogues: Traversable) -> tuple[str, ...]:
    """Give the languages travaux speaks: the two it is written in, then each other that has a catalogue."""
    folders = (each.name for each in catalogues.iterdir() if each.is_dir())
    return (*BUILT_IN, *sorted(name for name in folders if _CODE.fullmatch(name) and name not in BUILT_IN))


LANGUAGES: Final = spoken(files("status") / "translations")
"""Part of the code as it stands: a third language is one more folder there."""

LOCALES: Final[Mapping[str, str]] = {each: each for each in LANGUAGES} | {"fr": "fr_FR", "en": "en_GB"}
"""Whose dates and figures each of them writes."""


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
