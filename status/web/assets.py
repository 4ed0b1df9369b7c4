"""The static files of the public pages: one stylesheet and the icon, each under an address that names its content.

The sources in `static/` are joined in a fixed order and lightly minified; there is no build step.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

STYLESHEETS = ("tokens.css", "base.css", "components.css", "print.css")
"""Joined in this order; a later one may override an earlier one."""

CACHE_CONTROL = "public, max-age=31536000, immutable"
"""Only addresses that carry the hash of their content are cached (SPEC §5)."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is served."""

    content_type: str
    body: bytes


@cache
def assets() -> Mapping[str, Asset]:
    """Give every static file by its address (`/static/travaux.<hash>.css`). Made once per process."""
    folder = files("status") / "static"
    css = minify("\n".join((folder / name).read_text(encoding="utf-8") for name in STYLESHEETS)).encode()
    icon = (folder / "icon.svg").read_bytes().strip()
    return {
        _address("travaux", "css", css): Asset("text/css; charset=utf-8", css),
        _address("icon", "svg", icon): Asset("image/svg+xml", icon),
    }


def address_of(name: str) -> str:
    """Give the address of `travaux.css` or `icon.svg` with its hash. Raise KeyError for another name."""
    stem, _, ending = name.rpartition(".")
    for path in assets():
        if path.startswith(f"/static/{stem}.") and path.endswith(f".{ending}"):
            return path
    raise KeyError(name)


def minify(css: str) -> str:
    """Drop comments and the space that means nothing. Leaves strings and `calc()` operators alone."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    css = re.sub(r"\s+", " ", css)
    css = re.sub(r"\s*([{};,>])\s*", r"\1", css)
    css = re.sub(r":\s+", ":", css)
    return css.replace(";}", "}").strip()


def _address(stem: str, ending: str, body: bytes) -> str:
    return f"/static/{stem}.{hashlib.sha256(body).hexdigest()[:12]}.{ending}"
