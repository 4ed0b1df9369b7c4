"""`travaux location`: other places to look from: added with a token, listed, given a new token, retired."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import click

from status.cli.context import fail
from status.cli.posting import Deed, as_json_option, deed, looking
from status.clock import utc
from status.config.addresses import is_loopback
from status.monitor.rules import self_test_rule
from status.queries.locations import Place, places
from status.services import locations

slug_argument = click.argument("slug", metavar="LOCATION")
token_file_option = click.option(
    "--token-file",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="Where the token is written, 0600; - prints it. Default: agents/LOCATION.token in the data folder.",
)
server_option = click.option("--server", help="Where agents reach this travaux. Default: [site] public_url.")


@click.group()
def location() -> None:
    """Look from other locations too: each runs `travaux agent` with a token of its own."""


@location.command()
@slug_argument
@server_option
@token_file_option
@click.pass_context
def add(ctx: click.Context, /, slug: str, server: str | None, token_file: Path | None) -> None:
    """Make a location (or bring a retired one back), write its token, print the command that runs its agent."""
    with deed(ctx, as_json=False) as doing:
        here = doing.runtime.settings.monitor.location
        token = locations.add(doing.session, slug, here, doing.author, doing.now)
        lines = _handed_out(doing, slug, token, server, token_file)
    click.echo("\n".join(lines))


@location.command()
@slug_argument
@server_option
@token_file_option
@click.pass_context
def rotate(ctx: click.Context, /, slug: str, server: str | None, token_file: Path | None) -> None:
    """Give a location a new token; the old one is refused from now on."""
    with deed(ctx, as_json=False) as doing:
        token = locations.rotate(doing.session, slug, doing.author, doing.now)
        lines = _handed_out(doing, slug, token, server, token_file)
    click.echo("\n".join(lines))


@location.command()
@slug_argument
@click.pass_context
def retire(ctx: click.Context, /, slug: str) -> None:
    """Let a location look no more. Its token is refused, its history stays."""
    with deed(ctx, as_json=False) as doing:
        locations.retire(doing.session, slug, doing.author, doing.now)
    click.echo(f"location {slug} is retired; `travaux location add {slug}` brings it back")


@location.command("list")
@as_json_option
@click.pass_context
def list_(ctx: click.Context, /, *, as_json: bool) -> None:
    """List every location: who looks from there, when it was last heard, and whether it counts."""
    with looking(ctx) as (runtime, session):
        settings = runtime.settings
        silent_after_s = self_test_rule(settings).silent_after_s
        rows = places(session, settings.monitor.location, utc(runtime.clock().wall), silent_after_s)
    if as_json:
        click.echo(json.dumps([_data(row) for row in rows], ensure_ascii=False, indent=2))
        return
    for row in rows:
        looks = "agent" if row.is_agent else "monitor"
        heard = f"{row.heard_at:%Y-%m-%d %H:%M:%S} UTC" if row.heard_at else "never" if row.is_agent else "-"
        click.echo(f"{row.slug:20}  {looks:7}  {heard:23}  {_state(row)}")
    if not rows:
        click.echo("none")


def _handed_out(doing: Deed, slug: str, token: str, server: str | None, token_file: Path | None) -> list[str]:
    """Write or show the token; give what to tell. Leave, and nothing is kept, when it can't be written."""
    address = (server or doing.runtime.settings.site.public_url).rstrip("/")
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        fail(f"--server: found {address!r}, expected an address like 'https://status.example.net'")
    flag = "" if parts.scheme == "https" or is_loopback(parts.hostname) else " --insecure-http"
    command = f"travaux agent --location {slug} --server {address} --token-file"
    if str(token_file) == "-":
        return [token, f"Put it into a file F that only the agent can read; there: {command} F{flag}"]
    path = token_file or doing.runtime.places.data / "agents" / f"{slug}.token"
    _write(path, token)
    lines = [f"The token of location {slug} is in {path}: copy it to that machine, then run there:"]
    lines.append(f"  {command} {path}{flag}")
    if flag:
        lines.append("Without TLS anybody on the way reads the token: let agents come by https:// instead.")
    return lines


def _write(path: Path, token: str) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{token}\n")
    except OSError as error:
        _not_written(path, error)


def _not_written(path: Path, error: OSError) -> NoReturn:
    fail(f"{path}: {error.strerror or error}; nothing was changed. Choose another --token-file, or - to print it", 1)


def _state(row: Place) -> str:
    if row.retired_at is not None:
        return f"retired on {row.retired_at:%Y-%m-%d}"
    if row.set_aside_reason:
        return f"set aside: {row.set_aside_reason}"
    return "silent: left out" if row.silent else "well"


def _data(row: Place) -> dict[str, Any]:
    times = {name: at.isoformat() if (at := getattr(row, name)) else None for name in _TIMES}
    return {**asdict(row), **times, "state": _state(row)}


_TIMES = ("heard_at", "set_aside_at", "retired_at")
