"""`travaux incident alert-link`: the link by which one person acknowledges one event without signing in."""

from __future__ import annotations

import click

from status.cli.posting import as_json_option, deed, event_argument
from status.services import accounts, acknowledging
from status.services.events import find


@click.command("alert-link")
@event_argument
@click.option("--account", "name", required=True, help="The sign-in name of who may acknowledge by it.")
@as_json_option
@click.pass_context
def alert_link(ctx: click.Context, event: str, name: str, *, as_json: bool) -> None:
    """Print a link that lets one person acknowledge one event within an hour, without signing in."""
    with deed(ctx, as_json=as_json) as doing:
        account, found = accounts.named(doing.session, name), find(doing.session, event)
        token = acknowledging.make_link(doing.session, account, found, doing.author, doing.now)
        link = f"{doing.runtime.settings.site.public_url.rstrip('/')}/a/{token}"
        until = (doing.now + acknowledging.LASTS).isoformat(timespec="seconds")
        doing.said.append((link, {"link": link, "until": until}))
