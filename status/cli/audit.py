"""`travaux audit`: who did what, and whether the record still holds together."""

from __future__ import annotations

import json
from collections.abc import Iterator

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.cli.context import fail
from status.cli.posting import as_json_option, looking
from status.domain.chain import Link, first_break
from status.models import AuditEntry
from status.services.auditing import said_of

AT_ONCE = 1_000
HASH_LENGTH = 64


@click.group()
def audit() -> None:
    """Look into the record of deeds, and verify it."""


@audit.command()
@click.option(
    "--expect",
    "expected",
    metavar="N:HASH",
    callback=lambda _ctx, _param, text: _anchor(text),
    help="An entry and its hash kept elsewhere: finds what was cut off the end.",
)
@as_json_option
@click.pass_context
def verify(ctx: click.Context, /, *, expected: tuple[int, str] | None, as_json: bool) -> None:
    """Walk the whole chain; leave with 1 and name the first entry that does not hold.

    Prints the last entry's number and hash: keep that line elsewhere, and give it to --expect later.
    """
    with looking(ctx) as (_runtime, session):
        broken = first_break(_links(session))
        last = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.n.desc()).limit(1)).first()
        kept = session.get(AuditEntry, expected[0]) if expected else None
    why = f"the chain is broken: {broken.why}" if broken else ""
    if not why and expected and (kept is None or kept.hash != expected[1]):
        found = "is missing: the end was cut off" if kept is None else "has another hash: the chain was made anew"
        why = f"the chain is broken: entry {expected[0]} {found}"
    anchor = f"{last.n}:{last.hash}" if last else ""
    if as_json:
        click.echo(json.dumps({"holds": not why, "why": why, "last": anchor}))
    elif not why:
        click.echo(f"the chain holds; its last entry: {anchor}" if last else "the chain is empty")
    if why:
        fail(why, 1)


@audit.command("list")
@click.option("--from", "first", type=click.IntRange(1), help="Begin with this entry. Default: the last 50.")
@as_json_option
@click.pass_context
def list_(ctx: click.Context, /, *, first: int | None, as_json: bool) -> None:
    """List deeds: who, when, what, what was before and after."""
    with looking(ctx) as (_runtime, session):
        if first is None:
            newest = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.n.desc()).limit(50)).all()
            rows = newest[::-1]
        else:
            rows = session.scalars(sa.select(AuditEntry).where(AuditEntry.n >= first).order_by(AuditEntry.n)).all()
    if as_json:
        entries = [{"n": row.n, **said_of(row), "hash": row.hash} for row in rows]
        click.echo(json.dumps(entries, ensure_ascii=False, indent=2))
        return
    for row in rows:
        changed = " ".join(_changes(row))
        click.echo(
            f"{row.n:6}  {row.at:%Y-%m-%d %H:%M:%S} UTC  {row.actor:24}  {row.action:24}  {row.subject}  {changed}"
        )
    if not rows:
        click.echo("none")


def _anchor(text: str | None) -> tuple[int, str] | None:
    """Read `N:HASH`, as `verify` prints it."""
    if text is None:
        return None
    number, _, said = text.partition(":")
    if not number.isdigit() or len(said) != HASH_LENGTH:
        raise click.BadParameter(f"found {text[:80]!r}, expected what `travaux audit verify` printed before")
    return int(number), said


def _links(session: Session) -> Iterator[Link]:
    entries = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.n).execution_options(yield_per=AT_ONCE))
    for entry in entries:
        yield Link(entry.n, said_of(entry), entry.hash)


def _changes(row: AuditEntry) -> Iterator[str]:
    for name in sorted(row.before.keys() | row.after.keys()):
        after = json.dumps(row.after.get(name), ensure_ascii=True)
        before = f"{json.dumps(row.before[name], ensure_ascii=True)}→" if name in row.before else ""
        yield f"{name}={before}{after}"
