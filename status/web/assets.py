"""The static files, each under an address that names its content: a stylesheet for all, one for the desk, icon, script.

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

DESK_STYLESHEETS = ("desk_door.css", "desk_events.css", "desk_watching.css")
"""What the desk's pages add to them: `desk.css`."""

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
    desk = minify("\n".join((folder / name).read_text(encoding="utf-8") for name in DESK_STYLESHEETS)).encode()
    icon = (folder / "icon.svg").read_bytes().strip()
    script = (folder / "desk.js").read_bytes()
    return {
        _address("travaux", "css", css): Asset("text/css; charset=utf-8", css),
        _address("desk", "css", desk): Asset("text/css; charset=utf-8", desk),
        _address("icon", "svg", icon): Asset("image/svg+xml", icon),
        _address("desk", "js", script): Asset("text/javascript; charset=utf-8", script),
    }


def address_of(name: str) -> str:
    """Give the address of a stylesheet, the icon or the script with its hash. Raise KeyError for another name."""
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
