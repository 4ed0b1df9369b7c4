"""A provider's colours can be read, its links lead somewhere, its audit is told whole."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest

from status.config.appearance import DARK_GROUNDS, LIGHT_GROUNDS, contrast
from status.config.errors import ConfigError
from status.config.load import load


def told(tmp_path: Path, text: str) -> str:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    try:
        load(path)
    except ConfigError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('[site]\ncolour = "#8888ff"\ncolour_dark = "#9cc2ff"', "colour: found a contrast of"),
        ('[site]\ncolour = "#0b4fb3"\ncolour_dark = "#223344"', "colour_dark: found a contrast of"),
        ('[site]\ncolour = "blue"\ncolour_dark = "#9cc2ff"', "expected six hexadecimal digits"),
        ('[site]\ncolour = "#0b4fb3"', "found it without colour_dark"),
        ('[site]\nlogo = "logo.gif"', "expected a file that ends in .svg or .png"),
        ('[site]\nlinks = [{ name = { fr = "x" }, url = "javascript:x" }]', "expected an address"),
        ('[site]\nlinks = [{ name = { en = "x" }, url = "https://x.example" }]', "no name in 'fr'"),
        ('[accessibility]\nconformity = "full"\npercent = 100', "without audited_on and auditor"),
        ('[accessibility]\nconformity = "full"\npercent = 70\naudited_on = "2026-10-01"\nauditor = "x"', "percent"),
        ('[accessibility]\naudited_on = "2026-13-01"', "expected a day"),
        ('[accessibility]\nauditor = "x"', "'not-audited' beside an audit"),
    ],
)
def test_a_fault_is_told(tmp_path, text, fault):
    assert fault in told(tmp_path, text)


def test_a_look_that_can_be_read_is_accepted(tmp_path):
    links = 'links = [{ name = { fr = "x" }, url = "mailto:a@x.example" }]'
    assert told(tmp_path, f'[site]\nlogo = "a.svg"\ncolour = "#0b4fb3"\ncolour_dark = "#9cc2ff"\n{links}') == ""


def test_the_grounds_are_those_of_the_stylesheet():
    css = (files("status") / "static" / "tokens.css").read_text(encoding="utf-8")
    light, dark = (re.findall(r"--(?:card|page|sunken): (#\w{6})", part) for part in css.split("@media")[:2])
    assert (sorted(light), sorted(dark)) == (sorted(LIGHT_GROUNDS), sorted(DARK_GROUNDS))
    assert round(contrast("#ffffff", "#000000"), 2) == 21
