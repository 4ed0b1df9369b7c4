"""`travaux mail`: take a mail in from standard input, and give a signed address to answer to."""

from __future__ import annotations

import logging
import os
import sys

import click
from sqlalchemy.exc import SQLAlchemyError

from status.cli.context import fail, require_schema, runtime_of
from status.cli.posting import event_argument, looking
from status.clock import utc
from status.log import configure
from status.models.engine import writing
from status.runtime import Runtime
from status.services import accounts, receiving, reply_addresses
from status.services.events import find

log = logging.getLogger(__name__)


@click.group()
def mail() -> None:
    """Take in what people answer by mail ([mail_in] in the configuration)."""


@mail.command()
@click.option("--recipient", default="", help="The envelope's recipient, where the mail server tells it (recommended).")
@click.pass_context
def receive(ctx: click.Context, recipient: str) -> None:
    """Take one mail from standard input, as a mail server's pipe.

    Leaves with 0 when it was taken, or dropped on purpose; with 75 (try again later) when the configuration or the
    database can't be used now; with 65 when it is no mail. See sysexits.h.
    """
    configure("mail")
    try:
        runtime = runtime_of(ctx)
        require_schema(runtime)
    except SystemExit as left:
        raise SystemExit(os.EX_TEMPFAIL) from left
    if not runtime.settings.mail_in.address:
        fail("no mail is taken in here: set [mail_in] address", os.EX_TEMPFAIL)
    raw = sys.stdin.buffer.read(runtime.settings.mail_in.limit_bytes + 1)
    try:
        received = _receive(runtime, raw, recipient)
    except (SQLAlchemyError, OSError) as error:
        fail(f"not taken now, to be tried again: {type(error).__name__}: {error}", os.EX_TEMPFAIL)
    except Exception:  # the mail server must keep what a bug of ours could not take
        log.exception("mail_not_taken")
        raise SystemExit(os.EX_TEMPFAIL) from None
    if received.outcome is receiving.Outcome.UNREADABLE:
        raise SystemExit(os.EX_DATAERR)


@mail.command()
@event_argument
@click.option("--account", "name", required=True, help="The sign-in name of who will answer.")
@click.pass_context
def address(ctx: click.Context, event: str, name: str) -> None:
    """Print the address one person answers to about one event, for 24 hours."""
    with looking(ctx) as (runtime, session):
        account, found = accounts.named(session, name), find(session, event)
        mailbox = receiving.door_of(runtime.settings, runtime.places.data).mailbox
        click.echo(reply_addresses.address_for(mailbox, account, found, utc(runtime.clock().wall)))


def _receive(runtime: Runtime, raw: bytes, recipient: str) -> receiving.Received:
    door = receiving.door_of(runtime.settings, runtime.places.data)
    reply = receiving.look_at(raw, door, recipient)
    if isinstance(reply, receiving.Received):
        return reply
    with writing(runtime.sessions) as session:
        return receiving.receive(session, reply, utc(runtime.clock().wall), door)
