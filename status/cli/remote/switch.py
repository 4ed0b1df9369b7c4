"""Turns a command into the same one at a remote server: its options stay, what it does is asked of the API.

travaux --server … incident update 42 … ─▶ the command's own options ─▶ WAYS["incident", "update"] ─▶ requests
"""

from __future__ import annotations

import copy
import os
from pathlib import Path
from typing import Any, Final

import click

from status.cli.context import fail, refused
from status.cli.posting import EXIT_DATABASE, with_editor
from status.cli.remote import checks, incidents, words, works
from status.cli.remote.far import Far, Way
from status.cli.remote.server import Server, Unreachable
from status.clock import system_clock, utc
from status.domain.refused import Refused

TOKEN_VARIABLE: Final = "TRAVAUX_TOKEN"  # noqa: S105 - a variable's name

WAYS: Final[dict[tuple[str, ...], Way]] = {
    (group, verb): way
    for group, ways in (("incident", incidents.WAYS), ("work", works.WAYS), ("check", checks.WAYS))
    for verb, way in ways.items()
} | {("incident", *verbs): way for verbs, way in words.WAYS.items()}


def over_there(command: click.Command, path: tuple[str, ...], url: str, token_file: Path | None) -> click.Command:
    """Give a command, or a group of them, as it is done at a server."""
    other = copy.copy(command)
    if isinstance(other, click.Group):
        other.commands = {
            name: over_there(each, (*path, name), url, token_file) for name, each in other.commands.items()
        }
        return other
    way = WAYS.get(path)

    def call(**options: Any) -> None:
        if way is None:
            fail(f"`travaux {' '.join(path)}` is for the machine that travaux runs on: leave --server out")
        _do(way, url, token_file, options)

    other.callback = call
    return other


def _do(way: Way, url: str, token_file: Path | None, options: dict[str, Any]) -> None:
    try:
        far = Far(Server(url, _token(token_file)), utc(system_clock().wall), as_json=options.get("as_json", False))
        way(far, with_editor(options))
        far.tell()
    except Refused as error:
        refused(error)
    except Unreachable as error:
        fail(str(error), EXIT_DATABASE)


def _token(token_file: Path | None) -> str:
    if token_file is None:
        return os.environ.get(TOKEN_VARIABLE, "").strip()
    try:
        return token_file.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise Refused("token", f"{token_file}: the token can't be read: {error}") from error
