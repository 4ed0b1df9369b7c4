"""`travaux token`: API tokens: made for an account, listed, revoked."""

from __future__ import annotations

import json
from datetime import timedelta

import click

from status.cli.posting import as_json_option, deed, looking
from status.clock import utc
from status.domain.permissions import Scope
from status.models import ApiToken
from status.services import accounts, tokens

DAYS = 365


@click.group()
def token() -> None:
    """Let programs in: each comes with a token that may do a part of what its account may."""


@token.command()
@click.argument("account", metavar="ACCOUNT")
@click.argument("name", metavar="NAME")
@click.option(
    "--scope", "scopes", multiple=True, required=True, type=click.Choice([scope.value for scope in Scope]),
    help="What it may do; repeatable.",
)  # fmt: skip
@click.option(
    "--days", type=click.IntRange(0, 3_650), default=DAYS, show_default=True, help="It ends after so long; 0: never."
)
@click.pass_context
def add(ctx: click.Context, /, account: str, name: str, scopes: tuple[str, ...], days: int) -> None:
    """Make a token of ACCOUNT, called NAME after what it is for, and print it, this once."""
    with deed(ctx, as_json=False) as doing:
        owner = accounts.named(doing.session, account)
        ends_at = doing.now + timedelta(days=days) if days else None
        wanted = {Scope(each) for each in scopes}
        made = tokens.make(doing.session, owner, name, wanted, ends_at, doing.author, doing.now)
    click.echo(made)


@token.command("list")
@as_json_option
@click.pass_context
def list_(ctx: click.Context, /, *, as_json: bool) -> None:
    """List every token: whose it is, what it may do, how long, when it was used last. Never the token itself."""
    with looking(ctx) as (runtime, session):
        now = utc(runtime.clock().wall)
        owners = {row.uid: row.name for row in accounts.listed(session)}
        rows = [(row, owners[row.account_uid], tokens.is_live(row, now)) for row in tokens.listed(session)]
    if as_json:
        click.echo(json.dumps([_data(*row) for row in rows], ensure_ascii=False, indent=2))
        return
    for row, owner, live in rows:
        used = f"used {row.used_at:%Y-%m-%d %H:%M}" if row.used_at else "never used"
        end = f"until {row.expires_at:%Y-%m-%d}" if row.expires_at else "without end"
        state = end if live else "revoked" if row.revoked_at else "ran out"
        click.echo(f"{row.start}…  {owner:20}  {row.name:20}  {' '.join(row.scopes):30}  {state}, {used}")
    if not rows:
        click.echo("none")


@token.command()
@click.argument("token", metavar="TOKEN")
@click.pass_context
def revoke(ctx: click.Context, /, token: str) -> None:
    """Refuse a token from now on. TOKEN is its uid or its first characters, as the list shows them."""
    with deed(ctx, as_json=False) as doing:
        row = tokens.find(doing.session, token.rstrip("…"))
        tokens.revoke(doing.session, row, doing.author, doing.now)
    click.echo(f"token {row.start}… ({row.name}) is revoked")


def _data(row: ApiToken, owner: str, live: bool) -> dict[str, object]:  # noqa: FBT001 - a row's three parts
    times = {name: at.isoformat() if (at := getattr(row, name)) else None for name in _TIMES}
    return {
        "uid": row.uid, "start": row.start, "name": row.name, "account": owner, "scopes": row.scopes, "live": live,
        **times,
    }  # fmt: skip


_TIMES = ("created_at", "expires_at", "used_at", "revoked_at")
