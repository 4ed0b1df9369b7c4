"""The static files, each under an address that names its content: stylesheets for all and for the desk, icons, scripts.

The sources in `static/` are joined in a fixed order and lightly minified; there is no build step.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from status.web.brand import PLAIN, Brand

STYLESHEETS = ("tokens.css", "base.css", "components.css", "print.css")
"""Joined in this order; a later one may override an earlier one."""

DESK_STYLESHEETS = ("desk_door.css", "desk_events.css", "desk_watching.css")
"""What the desk's pages add to them: `desk.css`."""

PERIOD_STYLESHEETS = ("periods.css",)
"""What calendar, history and availability add: the front page is not to carry it."""

ICONS = ("icon", "icon-down", "icon-degraded", "icon-maintenance", "icon-unknown")
"""The icon of a page, by the state it shows. When all is well it is the bare sign, which claims nothing."""

SCRIPTS = ("live", "desk")
CACHE_CONTROL = "public, max-age=31536000, immutable"
"""Only addresses that carry the hash of their content are cached (SPEC §5)."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is served."""

    content_type: str
    body: bytes


@cache
def assets(brand: Brand = PLAIN) -> Mapping[str, Asset]:
    """Give every static file by its address (`/static/travaux.<hash>.css`). Made once per process and look."""
    return {_address(name, asset.body): asset for name, asset in _by_name(brand).items()}


def address_of(name: str, brand: Brand = PLAIN) -> str:
    """Give the address of a static file with its hash (`travaux.css`). Raise KeyError for another name."""
    return _addresses(brand)[name]


@cache
def _addresses(brand: Brand) -> Mapping[str, str]:
    return {name: _address(name, asset.body) for name, asset in _by_name(brand).items()}


def _by_name(brand: Brand) -> dict[str, Asset]:
    folder = files("status") / "static"
    css = "\n".join((folder / name).read_text(encoding="utf-8") for name in STYLESHEETS) + brand.css
    periods = "\n".join((folder / name).read_text(encoding="utf-8") for name in PERIOD_STYLESHEETS)
    subscribe = (folder / "subscribe.css").read_text(encoding="utf-8")
    desk = "\n".join((folder / name).read_text(encoding="utf-8") for name in DESK_STYLESHEETS)
    found = {
        "travaux.css": Asset("text/css; charset=utf-8", minify(css).encode()),
        "periods.css": Asset("text/css; charset=utf-8", minify(periods).encode()),
        "subscribe.css": Asset("text/css; charset=utf-8", minify(subscribe).encode()),
        "desk.css": Asset("text/css; charset=utf-8", minify(desk).encode()),
    }
    for icon in ICONS:
        found[f"{icon}.svg"] = Asset("image/svg+xml", (folder / f"{icon}.svg").read_bytes().strip())
    for script in SCRIPTS:
        found[f"{script}.js"] = Asset("text/javascript; charset=utf-8", (folder / f"{script}.js").read_bytes())
    for name, logo in (("logo", brand.logo), ("logo-dark", brand.logo_dark)):
        if logo is not None:
            content_type = "image/png" if logo.ending == "png" else "image/svg+xml"
            found[f"{name}.{logo.ending}"] = Asset(content_type, logo.body)
    return found


def minify(css: str) -> str:
    """Drop comments and the space that means nothing. Leaves strings and `calc()` operators alone."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    css = re.sub(r"\s+", " ", css)
    css = re.sub(r"\s*([{};,>])\s*", r"\1", css)
    css = re.sub(r":\s+", ":", css)
    return css.replace(";}", "}").strip()


def _address(name: str, body: bytes) -> str:
    stem, _, ending = name.rpartition(".")
    return f"/static/{stem}.{hashlib.sha256(body).hexdigest()[:12]}.{ending}"
