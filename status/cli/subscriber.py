"""`travaux subscriber`: who is told: listed, shown, stopped, resumed, erased; from a file, and to one."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from uuid import UUID

import click
from sqlalchemy.orm import Session

from status.cli.context import fail
from status.cli.posting import Deed, as_json_option, deed, looking
from status.cli.subscriber_file import export, import_
from status.domain.refused import Refused
from status.domain.subscriptions import SubscriptionState
from status.models import Subscription
from status.notifiers.registry import channels
from status.queries.subscribers import Sought, Subscriber, all_subscribers
from status.queries.subscribers import subscriber as read_subscriber
from status.runtime import Runtime
from status.services import auditing, subscribing
from status.services.subscribing import Address

Find = Callable[[Session, bytes, Collection[Address]], Sequence[Subscription]]

who_argument = click.argument("who", metavar="ADDRESS|UID")
channel_option = click.option("--channel", type=click.Choice(tuple(channels())), help="Only on this channel.")


@click.group()
def subscriber() -> None:
    """Look after those who are told (docs/subscriptions.md). Addresses are personal: they are logged nowhere."""


subscriber.add_command(import_)
subscriber.add_command(export)


@subscriber.command("list")
@click.option("--state", type=click.Choice([state.value for state in SubscriptionState]), help="Only in this state.")
@channel_option
@as_json_option
@click.pass_context
def list_(ctx: click.Context, /, state: str | None, channel: str | None, *, as_json: bool) -> None:
    """List subscribers: uid, state, channel, address, what each follows."""
    sought = Sought(frozenset({SubscriptionState(state)}) if state else None, channel)
    with looking(ctx) as (_, session):
        found = all_subscribers(session, sought)
        if as_json:
            click.echo(json.dumps([_data(each) for each in found], ensure_ascii=False, indent=2))
            return
        count = 0
        for count, each in enumerate(found, 1):  # noqa: B007 - the last one is the sum
            click.echo(f"{each.uid}  {each.state.value:11}  {each.channel:8}  {each.address or '-'}  {_what(each)}")
        click.echo(f"{count} subscriber{'s' * (count > 1)}" if count else "none", err=bool(count))


@subscriber.command()
@who_argument
@as_json_option
@click.pass_context
def show(ctx: click.Context, /, who: str, *, as_json: bool) -> None:
    """Show all that is kept of a subscriber, but for what is secret."""
    with looking(ctx) as (runtime, session):
        rows = _named(runtime, session, who)
        found = [each for row in rows if (each := read_subscriber(session, row.uid)) is not None]
    if as_json:
        click.echo(json.dumps([_data(each) for each in found], ensure_ascii=False, indent=2))
        return
    for each in found:
        click.echo("\n".join(f"{name:13} {value}" for name, value in _data(each).items() if value not in ("", None)))


@subscriber.command()
@who_argument
@click.pass_context
def stop(ctx: click.Context, /, who: str) -> None:
    """Send nothing more, as if they had said stop: the address is forgotten but for its keyed hash."""
    with deed(ctx, as_json=False) as doing:
        for row in _noted(doing, who, "stop"):
            subscribing.stop(doing.session, row, doing.now)
    click.echo("stopped: nothing goes out to this address any more, and no import brings it back")


@subscriber.command()
@who_argument
@click.pass_context
def resume(ctx: click.Context, /, who: str) -> None:
    """Write again to an address that was paused after three hard bounces."""
    with deed(ctx, as_json=False) as doing:
        paused = [row for row in _noted(doing, who, "resume") if row.state is SubscriptionState.PAUSED]
        if not paused:
            raise Refused("not_paused", "this address is not paused: nothing is to be done")
        for row in paused:
            subscribing.resume(row, doing.now)
    click.echo("told again, from the next update on")


@subscriber.command()
@who_argument
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def erase(ctx: click.Context, /, who: str, *, yes: bool) -> None:
    """Take everything away that is kept of somebody (GDPR art. 17), what waits for him too.

    Of the address its keyed hash is kept, so that no import brings it back.
    """
    if not yes:
        click.confirm("All that is kept of this address goes for good. Go on?", abort=True)
    with deed(ctx, as_json=False) as doing:
        asked = _asked_as(doing.runtime, doing.session, who)
        for hashed in {row.address_hash for row in _noted(doing, who, "erase", subscribing.all_of_address)}:
            subscribing.erase(doing.session, hashed, doing.now, asked)
    click.echo("erased; of the address its keyed hash is kept. Backups and the mail servers' logs are yours to clear")


def _noted(doing: Deed, who: str, action: str, find: Find = subscribing.at_address) -> Iterator[Subscription]:
    """Give the subscriptions of somebody, each with its entry in the audit, which names no address."""
    for row in _named(doing.runtime, doing.session, who, find):
        auditing.record(doing.session, doing.author, f"subscriber.{action}", f"subscriber:{row.uid}", doing.now)
        yield row


def _asked_as(runtime: Runtime, session: Session, who: str) -> set[str]:
    """Give what the askings of somebody are counted by: of an address, or of the one a uid has."""
    try:
        row = subscribing.by_uid(session, str(UUID(who)))
        addresses = [_as_asked(row)] if row is not None else []
    except ValueError:
        addresses = _addresses(runtime, who)
    key = subscribing.key_of(runtime.places.data)
    return {subscribing.asked_as(key, each) for each in addresses}


def _named(runtime: Runtime, session: Session, who: str, find: Find = subscribing.at_address) -> list[Subscription]:
    """Find somebody by his uid, or by an address on any channel. Raise Refused for nobody."""
    try:
        row = subscribing.by_uid(session, str(UUID(who)))
        found = [row] if row is not None else []
    except ValueError:
        key = subscribing.key_of(runtime.places.data)
        found = list(find(session, key, _addresses(runtime, who)))
    if not found:
        raise Refused("no_such_subscriber", "nobody is told at this address, and no subscriber has this uid")
    return found


def _addresses(runtime: Runtime, who: str) -> list[Address]:
    found = []
    for channel in channels().values():
        try:
            text, domain = channel.canonical(who, runtime.settings)
        except Refused:
            continue
        found.append(Address(channel.name, text, domain, channel.counted_as(text)))
    if not found:
        fail("found neither an address of a channel nor a uid; `travaux subscriber list` shows both", 1)
    return found


def _as_asked(row: Subscription) -> Address:
    channel = channels().get(row.channel)
    return Address(row.channel, row.address, row.domain, channel.counted_as(row.address) if channel else "")


def _what(each: Subscriber) -> str:
    return ", ".join(f"{kind.value} {' '.join(names)}" for kind, names in each.follows.items()) or "everything"


def _data(each: Subscriber) -> dict[str, object]:
    cells = {name: value for name, value in each.cells().items() if name != "secret"}
    times = {"created_at": each.created_at, "ended_at": each.ended_at}
    return {
        "uid": each.uid, **cells, "hard_bounces": each.hard_bounces,
        **{name: at.isoformat() if at else None for name, at in times.items()},
    }  # fmt: skip
