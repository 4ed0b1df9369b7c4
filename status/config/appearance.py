"""What a provider may change of the look: logo, colour of links and header, links of the footer.

States keep their colours. A colour that can't be read on our backgrounds is refused: WCAG 2.2, 1.4.3 (contrast 4.5).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from status.config.findings import Findings
from status.config.model import Site

LOGO_ENDINGS: Final = (".svg", ".png")
LEAST_CONTRAST: Final = 4.5
LIGHT_GROUNDS: Final = ("#ffffff", "#f6f7f9", "#eceff3")
DARK_GROUNDS: Final = ("#10151b", "#171e26", "#202934")
"""What links stand on: page, card and sunken ground of `static/tokens.css`."""

_COLOUR: Final = re.compile(r"#[0-9a-fA-F]{6}")
_LINEAR_BELOW: Final = 0.04045


def check_appearance(site: Site, findings: Findings) -> None:
    """Note a logo of another make, a colour that is none or can't be read, a link that leads nowhere."""
    for key, name in (("logo", site.logo), ("logo_dark", site.logo_dark)):
        if name and not name.lower().endswith(LOGO_ENDINGS):
            findings.add(("site", key), f"found {name!r}, expected a file that ends in {' or '.join(LOGO_ENDINGS)}")
    if site.logo_dark and not site.logo:
        findings.add(("site", "logo_dark"), "found one without logo, expected both or logo alone")
    _check_colour("colour", site.colour, LIGHT_GROUNDS, findings)
    _check_colour("colour_dark", site.colour_dark, DARK_GROUNDS, findings)
    if bool(site.colour) != bool(site.colour_dark):
        missing = "colour_dark" if site.colour else "colour"
        findings.add(("site", "colour" if site.colour else "colour_dark"), f"found it without {missing}, expected both")
    for index, link in enumerate(site.links):
        if not is_link(link.url):
            message = f"found {link.url!r}, expected an address (https://…) or mailto:"
            findings.add(("site", "links", index, "url"), message)
        if site.languages and site.languages[0] not in link.name:
            findings.add(
                ("site", "links", index, "name"), f"found no name in {site.languages[0]!r}, the first language"
            )


def is_link(url: str) -> bool:
    """Whether a link may stand in the footer: to a page of the web, or to a mail address."""
    try:
        parts = urlsplit(url)
        return (parts.scheme in {"http", "https"} and bool(parts.hostname)) or (
            parts.scheme == "mailto" and "@" in parts.path
        )
    except ValueError:
        return False


def contrast(one: str, other: str) -> float:
    """Give the contrast ratio (1-21) of two colours `#rrggbb`: WCAG 2.2, "contrast ratio"."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _check_colour(key: str, colour: str, grounds: Sequence[str], findings: Findings) -> None:
    if not colour:
        return
    if not _COLOUR.fullmatch(colour):
        findings.add(("site", key), f"found {colour!r}, expected six hexadecimal digits, like '#0b4fb3'")
        return
    worst = min(grounds, key=lambda ground: contrast(colour, ground))
    ratio = contrast(colour, worst)
    if ratio < LEAST_CONTRAST:
        advice = "a darker one" if key == "colour" else "a lighter one"
        message = (
            f"found a contrast of {ratio:.2f} with {worst}, expected {LEAST_CONTRAST} at least: {advice} can be read"
        )
        findings.add(("site", key), message)


def _luminance(colour: str) -> float:
    """Give the relative luminance (0-1) of an sRGB colour: WCAG 2.2, "relative luminance"."""
    shares = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        share / 12.92 if share <= _LINEAR_BELOW else ((share + 0.055) / 1.055) ** 2.4 for share in shares
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
