"""`travaux incident note`, `ack`, `assign`, `link`, `unlink`: who sees to an event, and what it has to do with."""

from __future__ import annotations

import click

from status.cli.posting import as_json_option, deed, event_argument, text_argument
from status.domain.refused import Refused
from status.services import accounts, actors, assigning, linking, notes
from status.services.events import find

other_argument = click.argument("other", metavar="OTHER")


@click.command()
@event_argument
@text_argument
@as_json_option
@click.pass_context
def note(ctx: click.Context, event: str, text: str, *, as_json: bool) -> None:
    """Add an internal note to an event; TEXT '-' reads standard input. Customers never read it."""
    with deed(ctx, as_json=as_json) as doing:
        found = find(doing.session, event)
        notes.add(doing.session, found, text, doing.author, doing.now)
        doing.told.append(found)


@click.command()
@event_argument
@as_json_option
@click.pass_context
def ack(ctx: click.Context, event: str, *, as_json: bool) -> None:
    """Acknowledge an event: somebody has seen it."""
    with deed(ctx, as_json=as_json) as doing:
        found = find(doing.session, event)
        assigning.acknowledge(doing.session, found, doing.author, doing.now)
        doing.told.append(found)


@click.command()
@event_argument
@click.option("--to", "name", help="The sign-in name of who takes care of it.")
@click.option("--nobody", is_flag=True, help="Nobody takes care of it any more.")
@click.option("--note", "said", default="", help="What the next one should know; an internal note.")
@as_json_option
@click.pass_context
def assign(ctx: click.Context, event: str, name: str | None, said: str, *, nobody: bool, as_json: bool) -> None:
    """Give an event to somebody, or hand it over with a note."""
    with deed(ctx, as_json=as_json) as doing:
        if (name is None) is not nobody:
            raise Refused("account", "say who takes care of it: --to NAME, or --nobody")
        found, to = find(doing.session, event), None
        if name is not None:
            account = accounts.named(doing.session, name)
            if account.disabled_at is not None:
                raise Refused("account", f"the account {name} is disabled: name somebody else")
            to = actors.of_account(doing.session, account.uid, account.name)
        assigning.assign(doing.session, found, to, doing.author, doing.now, note=said)
        doing.told.append(found)


@click.command()
@event_argument
@other_argument
@as_json_option
@click.pass_context
def link(ctx: click.Context, event: str, other: str, *, as_json: bool) -> None:
    """Link two events: each one's page names the other once both are public."""
    with deed(ctx, as_json=as_json) as doing:
        found = find(doing.session, event)
        linking.link(doing.session, found, find(doing.session, other), doing.author, doing.now)
        doing.told.append(found)


@click.command()
@event_argument
@other_argument
@as_json_option
@click.pass_context
def unlink(ctx: click.Context, event: str, other: str, *, as_json: bool) -> None:
    """Take a link between two events away."""
    with deed(ctx, as_json=as_json) as doing:
        found = find(doing.session, event)
        linking.unlink(doing.session, found, find(doing.session, other), doing.author, doing.now)
        doing.told.append(found)


HANDS = (note, ack, assign, link, unlink)
