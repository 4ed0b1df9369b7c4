"""What a provider's configuration changes of the look: the logo as a static file, the colours as two rules of CSS."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from status.log import fields

if TYPE_CHECKING:
    from flask import Flask

    from status.config.model import Site

LOGO_BYTES: Final = 8_192
"""Script, icon, logo and manifest stay within 12 kB together."""

SHOWN_HEIGHT: Final = 28
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_SIZE_AT: Final = 16
_VIEW_BOX: Final = re.compile(rb'viewBox="[-0-9.]{1,12}[ ,]+[-0-9.]{1,12}[ ,]+([0-9.]{1,12})[ ,]+([0-9.]{1,12})"')


EXTENSION: Final = "travaux.brand"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Logo:
    """A logo file. `width` is in CSS pixels beside a height of `SHOWN_HEIGHT`, so that nothing moves when it comes."""

    ending: str
    body: bytes
    width: int


@dataclass(frozen=True, slots=True)
class Brand:
    """A provider's look; the default is ours."""

    css: str = ""
    logo: Logo | None = None
    logo_dark: Logo | None = None


PLAIN: Final = Brand()


def install(app: Flask, site: Site, base: Path) -> None:
    """Read the look once, for every page of the app."""
    app.extensions[EXTENSION] = brand_of(site, base)


def brand_of_app() -> Brand:
    """Give the look of the running app."""
    # A copy is served without Flask, by a process that reads `Brand` alone.
    from flask import current_app

    brand: Brand = current_app.extensions[EXTENSION]
    return brand


def brand_of(site: Site, base: Path) -> Brand:
    """Read the logos (against the folder `base`) and colours.

    A file that is no logo is logged and left out: the pages of an outage must not wait for it.
    """
    css = ""
    if site.colour and site.colour_dark:
        light, dark = (f":root{{--link:{colour};--focus:{colour}}}" for colour in (site.colour, site.colour_dark))
        css = f"@media screen{{{light}@media (prefers-color-scheme:dark){{{dark}}}}}"
    return Brand(css, _logo(site.logo, base), _logo(site.logo_dark, base))


def _logo(name: str, base: Path) -> Logo | None:
    if not name:
        return None
    try:
        size = (base / name).stat().st_size
        body = (base / name).read_bytes() if size <= LOGO_BYTES else b""
    except OSError as error:
        log.warning("logo_left_out", extra=fields(file=name, error=error.strerror))
        return None
    width, height = _size(body)
    if not width or not height:
        log.warning("logo_left_out", extra=fields(file=name, size_bytes=size, most_bytes=LOGO_BYTES))
        return None
    return Logo("png" if body.startswith(_PNG) else "svg", body, round(SHOWN_HEIGHT * width / height))


def _size(body: bytes) -> tuple[float, float]:
    """Give width and height: of a PNG from its header (RFC 2083 §4.1.1), of an SVG from its viewBox."""
    if body.startswith(_PNG):
        sides = body[_SIZE_AT : _SIZE_AT + 8]
        return int.from_bytes(sides[:4], "big"), int.from_bytes(sides[4:], "big")
    found = _VIEW_BOX.search(body)
    try:
        return (float(found[1]), float(found[2])) if found else (0, 0)
    except ValueError:
        return 0, 0
