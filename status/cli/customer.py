"""`travaux customer`: business customers, what they have with us, and their private addresses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from status.cli.context import fail
from status.cli.file_faults import content_of, tell_faults
from status.cli.posting import as_json_option, deed, looking
from status.models import Customer
from status.notifiers.email import canonical
from status.runtime import Runtime
from status.services import customer_tokens, customers, subscribing
from status.services.customer_file import FILE_BYTES, Reading, read_customers
from status.services.customers import House, Taken

customer_argument = click.argument("customer", metavar="CUSTOMER")


@click.group()
def customer() -> None:
    """Say which business customers there are, what they have with us, and whom to tell."""


@customer.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--retire-missing", is_flag=True, help="Retire the customers that are not in the file.")
@click.option("--confirm", is_flag=True, help="Yes, retire them.")
@as_json_option
@click.pass_context
def import_(
    ctx: click.Context, /, file: Path, *, dry_run: bool, retire_missing: bool, confirm: bool, as_json: bool
) -> None:
    """Take in a CSV file: external_ref; name; language; component; circuits; contacts (docs/customers.md).

    A line for each component of a customer. With one line wrong nothing is taken in; customers that are not in the
    file stay as they are.
    """
    with looking(ctx) as (runtime, session):
        reading_ = _read(file, runtime, session)
        gone = [row.external_ref for row in customers.missing(session, reading_.customers)] if retire_missing else []
    if gone and not confirm and not dry_run:
        some = ", ".join(gone[:20]) + (" …" if len(gone) > 20 else "")  # noqa: PLR2004 - as many as a line shows
        fail(f"{len(gone)} customers are not in the file and would be retired ({some}): add --confirm", 1)
    taken = Taken()
    house = House(subscribing.key_of(runtime.places.data), runtime.settings.site.languages[0])
    for some_ in customers.slices(reading_.customers):
        with deed(ctx, as_json=as_json) as doing:
            customers.take_in(doing.session, some_, house, taken, doing.author, now=doing.now)
            if dry_run:
                doing.session.rollback()
    for ref in gone:
        taken.retired += 1
        if not dry_run:
            with deed(ctx, as_json=as_json) as doing:
                customers.retire(doing.session, customers.find(doing.session, ref), doing.author, doing.now)
    _tell(taken, dry_run=dry_run, as_json=as_json)


@customer.command("list")
@click.option("--all", "everyone", is_flag=True, help="Retired ones too.")
@as_json_option
@click.pass_context
def list_(ctx: click.Context, /, *, everyone: bool, as_json: bool) -> None:
    """List the customers: external_ref, language, name."""
    with looking(ctx) as (_, session):
        rows = [row for row in customers.listed(session) if everyone or row.retired_at is None]
    if as_json:
        click.echo(json.dumps([_brief(row) for row in rows], ensure_ascii=False, indent=2))
        return
    for row in rows:
        gone = f"  retired on {row.retired_at:%Y-%m-%d}" if row.retired_at else ""
        click.echo(f"{row.external_ref:20}  {row.language}  {row.name}{gone}")
    if not rows:
        click.echo("none")


@customer.command()
@customer_argument
@as_json_option
@click.pass_context
def show(ctx: click.Context, /, customer: str, *, as_json: bool) -> None:
    """Show a customer: its components with circuits, its contacts, its tokens. CUSTOMER is its external_ref or uid."""
    with looking(ctx) as (_, session):
        data = _whole(session, customers.find(session, customer))
    if as_json:
        click.echo(json.dumps(data, ensure_ascii=False, indent=2))
        return
    click.echo(
        f"{data['external_ref']}  {data['name']}  ({data['language']}){'  retired' if data['retired_at'] else ''}"
    )
    for slug, circuits in data["components"].items():
        click.echo(f"  component  {slug:24}  {', '.join(circuits)}")
    for contact in data["contacts"]:
        click.echo(f"  contact    {contact['kind']:10}  {contact['address']}  {contact['state']}")
    for token in data["tokens"]:
        gone = f"revoked on {token['revoked_at'][:10]}" if token["revoked_at"] else "good"
        click.echo(f"  token      {token['start']}…  made on {token['created_at'][:10]}, {gone}")


@customer.command()
@customer_argument
@click.pass_context
def retire(ctx: click.Context, /, customer: str) -> None:
    """Let a customer go: its private addresses answer no more, its contacts are told nothing. Import brings it back."""
    with deed(ctx, as_json=False) as doing:
        row = customers.find(doing.session, customer)
        customers.retire(doing.session, row, doing.author, doing.now)
        doing.said.append((f"{row.external_ref} ({row.name}) is retired", {}))


@customer.group()
def token() -> None:
    """Make, rotate and revoke the tokens of a customer's private addresses."""


@token.command()
@customer_argument
@click.pass_context
def new(ctx: click.Context, /, customer: str) -> None:
    """Make one more private address and print it, this once; those before stay good."""
    with deed(ctx, as_json=False) as doing:
        made = customer_tokens.make(doing.session, customers.find(doing.session, customer), doing.author, doing.now)
    click.echo(_address(doing.runtime, made))


@token.command()
@customer_argument
@click.pass_context
def rotate(ctx: click.Context, /, customer: str) -> None:
    """Make a new private address and print it, this once; those before answer no more."""
    with deed(ctx, as_json=False) as doing:
        made = customer_tokens.rotate(doing.session, customers.find(doing.session, customer), doing.author, doing.now)
    click.echo(_address(doing.runtime, made))


@token.command()
@customer_argument
@click.argument("token", metavar="TOKEN")
@click.pass_context
def revoke(ctx: click.Context, /, customer: str, token: str) -> None:
    """Let an address answer no more. TOKEN is its uid or its first characters, as `customer show` has them."""
    with deed(ctx, as_json=False) as doing:
        row = customer_tokens.find(doing.session, customers.find(doing.session, customer), token.rstrip("…"))
        customer_tokens.revoke(doing.session, row, doing.author, doing.now)
        doing.said.append((f"token {row.start}… is revoked", {}))


def _address(runtime: Runtime, made: str) -> str:
    return f"{runtime.settings.site.public_url.rstrip('/')}/c/{made}"


def _read(file: Path, runtime: Runtime, session: Session) -> Reading:
    content = content_of(file, FILE_BYTES)
    settings = runtime.settings
    found = read_customers(content, customers.components(session), lambda text: canonical(text, settings))
    if found.faults:
        tell_faults(file, found.faults)
    return found


def _tell(taken: Taken, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        counts = {name: getattr(taken, name) for name in ("added", "changed", "revived", "unchanged", "retired")}
        data = {**counts, "stopped": taken.stopped, "dry_run": dry_run}
        click.echo(json.dumps([data], ensure_ascii=False, indent=2))
        return
    line = (
        f"{taken.added} added, {taken.changed} changed, {taken.revived} brought back, {taken.unchanged} as they were, "
        f"{taken.retired} retired"
    )
    click.echo(f"{line}; a trial: nothing was written" if dry_run else line)
    for ref, count in taken.stopped.items():
        click.echo(f"{ref}: {count} of its contacts said stop, and are told nothing until they subscribe again")


def _brief(row: Customer) -> dict[str, object]:
    retired = row.retired_at.isoformat() if row.retired_at else None
    return {
        "uid": row.uid, "external_ref": row.external_ref, "name": row.name, "language": row.language,
        "retired_at": retired,
    }  # fmt: skip


def _whole(session: Session, row: Customer) -> dict[str, Any]:
    return {
        **_brief(row),
        "components": customers.circuits_of(session, row.uid),
        "contacts": [
            {"address": each.address, "kind": each.contact.value if each.contact else "", "state": each.state.value}
            for each in customers.contacts_of(session, row.uid)
        ],
        "tokens": [
            {
                "uid": each.uid, "start": each.start, "created_at": each.created_at.isoformat(),
                "revoked_at": each.revoked_at.isoformat() if each.revoked_at else None,
            }
            for each in customer_tokens.listed(session, row.uid)
        ],
    }  # fmt: skip
