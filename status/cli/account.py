"""`travaux account`: who may use the desk: added, listed, given a link to begin anew, disabled, enabled, their role."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import click

from status.cli.account_contact import contact
from status.cli.context import fail
from status.cli.posting import Deed, as_json_option, deed, looking
from status.domain.permissions import Role
from status.domain.states import AREAS
from status.models import Account
from status.services import accounts, one_time_links
from status.services.accounts import Details

name_argument = click.argument("name", metavar="NAME")
areas_option = click.option(
    "--area", "areas", multiple=True, type=click.Choice(AREAS), help="Limit the role to this area; repeatable."
)


@click.group()
def account() -> None:
    """Say who may use the desk. Each person sets password and second factor by a one-time link."""


@account.command()
@name_argument
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@areas_option
@click.option("--email", default="", help="Where mails of this person come from and go to.")
@click.option("--display-name", default="", help="The person's name. Default: NAME.")
@click.option("--language", type=click.Choice(["fr", "en"]), help="Default: the site's first.")
@click.pass_context
def add(ctx: click.Context, /, name: str, **options: Any) -> None:
    """Make an account and print its invitation, which works once, for an hour."""
    with deed(ctx, as_json=False) as doing:
        language = options["language"] or doing.runtime.settings.site.languages[0]
        details = Details(
            Role(options["role"]), language, options["display_name"], options["email"], tuple(options["areas"])
        )
        found = accounts.create(doing.session, name, details, doing.author, doing.now)
        link = _link(doing, found)
    click.echo(f"account {found.name} is made. This link works once, for an hour:\n{link}")


@account.command()
@name_argument
@click.pass_context
def reset(ctx: click.Context, /, name: str) -> None:
    """Print a link by which a person chooses a password and sets up a second factor anew."""
    with deed(ctx, as_json=False) as doing:
        link = _link(doing, accounts.named(doing.session, name))
    click.echo(f"This link works once, for an hour:\n{link}")


@account.command()
@name_argument
@click.pass_context
def disable(ctx: click.Context, /, name: str) -> None:
    """Let a person in no more; sessions, tokens and links end at once."""
    with deed(ctx, as_json=False) as doing:
        accounts.disable(doing.session, accounts.named(doing.session, name), doing.author, doing.now)
    click.echo(f"account {name} is disabled; `travaux account enable {name}` lets it in again, without its tokens")


@account.command()
@name_argument
@click.pass_context
def enable(ctx: click.Context, /, name: str) -> None:
    """Let a disabled person in again."""
    with deed(ctx, as_json=False) as doing:
        accounts.enable(doing.session, accounts.named(doing.session, name), doing.author, doing.now)
    click.echo(f"account {name} is enabled")


@account.command()
@name_argument
@click.argument("role", type=click.Choice([role.value for role in Role]))
@areas_option
@click.pass_context
def role(ctx: click.Context, /, name: str, role: str, areas: tuple[str, ...]) -> None:
    """Give a person another role, in the named areas or in all."""
    with deed(ctx, as_json=False) as doing:
        found = accounts.named(doing.session, name)
        details = replace(accounts.details_of(found), role=Role(role), areas=areas)
        accounts.change(doing.session, found, details, doing.author, doing.now)
    click.echo(f"account {name} is {role} in {', '.join(areas) or 'all areas'}")


@account.command("list")
@as_json_option
@click.pass_context
def list_(ctx: click.Context, /, *, as_json: bool) -> None:
    """List every account with its role, its areas and how it stands."""
    with looking(ctx) as (_runtime, session):
        rows = accounts.listed(session)
    if as_json:
        click.echo(json.dumps([_data(row) for row in rows], ensure_ascii=False, indent=2))
        return
    for row in rows:
        areas = ", ".join(row.areas) or "all areas"
        seen = f"{row.signed_in_at:%Y-%m-%d %H:%M} UTC" if row.signed_in_at else "never"
        click.echo(f"{row.name:20}  {row.role.value:9}  {areas:30}  {seen:20}  {_state(row)}")
    if not rows:
        click.echo("none")


account.add_command(contact)


def _link(doing: Deed, found: Account) -> str:
    if found.disabled_at is not None:
        fail(f"account {found.name} is disabled: `travaux account enable {found.name}` first", 1)
    purpose = one_time_links.RESET if found.password_hash else one_time_links.INVITE
    token = one_time_links.make(doing.session, purpose, found, doing.author, doing.now)
    return f"{doing.runtime.settings.site.public_url.rstrip('/')}/desk/link/{token}"


def _state(row: Account) -> str:
    if row.disabled_at is not None:
        return f"disabled on {row.disabled_at:%Y-%m-%d}"
    if row.demonstration:
        return "of the demonstration"
    return "well" if row.totp_confirmed_at else "not set up yet"


def _data(row: Account) -> dict[str, object]:
    return {
        "uid": row.uid, "name": row.name, "display_name": row.display_name, "email": row.email,
        "language": row.language, "role": row.role.value, "areas": row.areas, "state": _state(row),
        "created_at": row.created_at.isoformat(),
        "signed_in_at": row.signed_in_at.isoformat() if row.signed_in_at else None,
    }  # fmt: skip
