"""`--words FILE`: a work's title and text in every language from one file, so that a long text need not be typed."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from status.wording.languages import LANGUAGES

KINDS = ("title", "text")
LONGEST_BYTES = 1_000_000

Words = Mapping[str, Mapping[str, str]]


def read_words(_ctx: click.Context, _option: click.Parameter, path: Path | None) -> Words:
    """Read the file while options are read, before any transaction; the command ends when it cannot be used."""
    if path is None:
        return {}
    try:
        with path.open("rb") as file:
            document = tomllib.loads(file.read(LONGEST_BYTES).decode())
    except (OSError, ValueError) as error:
        raise click.BadParameter(f"{path} cannot be read: {error}") from error
    for kind, texts in document.items():
        if kind not in KINDS or not isinstance(texts, dict):
            raise click.BadParameter(f"{path} has {kind!r}, expected the sections [title] and [text]")
        for language, text in texts.items():
            if language not in LANGUAGES or not isinstance(text, str):
                raise click.BadParameter(
                    f"{path}: [{kind}] {language}, expected a text for one of {', '.join(LANGUAGES)}"
                )
    return document


def with_file(kind: str, words: Words, options: Mapping[str, str]) -> dict[str, str]:
    """Put what the options say over what the file says."""
    return {**words.get(kind, {}), **options}


def words_option(command: Any) -> Any:
    """Add `--words FILE`; it arrives as `words`."""
    said = "A TOML file with [title] and [text], each with fr and en. What is given as an option goes before it."
    file = click.Path(exists=True, dir_okay=False, path_type=Path)
    return click.option("--words", type=file, callback=read_words, help=said)(command)
