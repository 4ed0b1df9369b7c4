"""`travaux account contact`: how a person is reached when he is alerted, one way for each channel."""

from __future__ import annotations

import json

import click

from status.cli.posting import as_json_option, deed, looking
from status.notifiers.registry import canonical, channels
from status.services import accounts, contacting
from status.services.contacting import ENOUGH, Way

name_argument = click.argument("name", metavar="NAME")
channel_argument = click.argument("channel", metavar="CHANNEL")


@click.group()
def contact() -> None:
    """Say how a person is reached when he is alerted: two ways of different kind are asked of who is on duty."""


@contact.command("set")
@name_argument
@channel_argument
@click.argument("address", metavar="ADDRESS")
@click.option("--first", is_flag=True, help="Use it before the others.")
@click.pass_context
def set_(ctx: click.Context, /, name: str, channel: str, address: str, *, first: bool) -> None:
    """Reach a person on CHANNEL at ADDRESS; a signed channel's secret is printed, this once."""
    with deed(ctx, as_json=False) as doing:
        account = accounts.named(doing.session, name)
        way = Way(channel, canonical(channel, address, doing.runtime.settings), channels()[channel].has_secret)
        data = doing.runtime.places.data
        secret = contacting.set_way(doing.session, data, account, way, doing.author, now=doing.now)
        if first:
            contacting.put_first(doing.session, account, channel, doing.author, doing.now)
        ways = [row.channel for row in contacting.listed(doing.session, account.uid)]
    click.echo(f"{account.name} is reached by {', then '.join(ways)}")
    if secret:
        click.echo(f"Its messages are signed with this secret, shown this once:\n{secret}")
    if len(ways) < ENOUGH:
        click.echo("one way is not enough: set another one of a different kind", err=True)


@contact.command()
@name_argument
@channel_argument
@click.pass_context
def remove(ctx: click.Context, /, name: str, channel: str) -> None:
    """Reach a person on CHANNEL no more."""
    with deed(ctx, as_json=False) as doing:
        contacting.remove(doing.session, accounts.named(doing.session, name), channel, doing.author, doing.now)
    click.echo(f"{name} is reached by {channel} no more")


@contact.command("list")
@name_argument
@as_json_option
@click.pass_context
def list_(ctx: click.Context, /, name: str, *, as_json: bool) -> None:
    """List a person's ways in their order."""
    with looking(ctx) as (_runtime, session):
        account = accounts.named(session, name)
        rows = [(row.channel, row.address) for row in contacting.listed(session, account.uid)]
    if as_json:
        click.echo(json.dumps([{"channel": channel, "address": address} for channel, address in rows], indent=2))
        return
    for channel, address in rows:
        click.echo(f"{channel:10}  {address}")
    if not rows:
        click.echo(f"none; alerts go to the mail address of the account: {account.email or 'there is none either'}")
