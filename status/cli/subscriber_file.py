"""`travaux subscriber import` and `export`: subscribers from a file, and to one that is read again identically."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import click

from status.cli.context import fail
from status.cli.file_faults import content_of, tell_faults
from status.cli.posting import Deed, as_json_option, deeds, looking
from status.clock import utc
from status.domain.subscriptions import SubscriptionState
from status.notifiers.registry import channels
from status.notifiers.types import Channel
from status.queries.subscribers import Sought, all_subscribers
from status.runtime import Runtime
from status.services import auditing, bringing_in, subscribing
from status.services.bringing_in import SLICE, BroughtIn, Consent
from status.services.sealing import opened, seal
from status.services.subscriber_file import (
    COLUMNS,
    FILE_BYTES,
    Canonical,
    Wanted,
    known_here,
    read_subscribers,
    write_csv,
    write_json,
)

BREATH_S: Final = 0.01
"""Between two transactions, so that others who wait to write get their turn."""

SUBJECT: Final = "subscribers"
WRITERS: Final = {"csv": write_csv, "json": write_json}


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--confirmed", is_flag=True, help="They said yes elsewhere: each needs its consent, or --consent.")
@click.option("--consent", default="", metavar="TEXT", help="How they said yes, for lines without a consent of theirs.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@as_json_option
@click.pass_context
def import_(ctx: click.Context, /, file: Path, *, confirmed: bool, consent: str, dry_run: bool, as_json: bool) -> None:
    """Take subscribers in from CSV or JSON, as `export` writes it (docs/subscriptions.md).

    Without --confirmed each is sent a mail with a link first. Who is known keeps what he chose; who said stop is never
    brought back. With one line wrong nothing is taken in.
    """
    if consent and not confirmed:
        fail("--consent says how they said yes: it needs --confirmed")
    if len(consent) > subscribing.MAX_CONSENT:
        fail(f"--consent: expected at most {subscribing.MAX_CONSENT} characters")
    said = consent if confirmed else None
    wanted = _read(ctx, file, said)
    taken = (_try if dry_run else _take)(ctx, wanted, said)
    told = {"added": taken.added, "known": taken.known, "ended": taken.ended, "dry_run": dry_run}
    words = "confirmed" if confirmed else "asked by a message to say yes"
    line = f"{taken.added} {words}, {taken.known} known already, {taken.ended} ended and not brought back"
    click.echo(json.dumps(told, indent=2) if as_json else line + ("\na trial: nothing was written" if dry_run else ""))


@click.command()
@click.option("--format", "form", type=click.Choice(tuple(WRITERS)), default="csv", show_default=True)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="A file of your own alone (0600).")
@click.option("--with-secrets", is_flag=True, help="The secrets of web-hooks' signatures as well.")
@click.pass_context
def export(ctx: click.Context, /, form: str, output: Path | None, *, with_secrets: bool) -> None:
    """Write the subscribers that said yes, paused ones too, for a backup or another installation.

    Without --with-secrets a web-hook is given a new secret where it is brought in.
    """
    columns = [name for name in COLUMNS if with_secrets or name != "secret"]
    with looking(ctx) as (runtime, session):
        said_yes = Sought(frozenset({SubscriptionState.ACTIVE, SubscriptionState.PAUSED}))
        records = (
            {**each.cells(), "secret": opened(runtime.places.data, each.sealed) if with_secrets and each.sealed else ""}
            for each in all_subscribers(session, said_yes)
        )
        _write(output, WRITERS[form](records, columns))


def _write(output: Path | None, lines: Iterator[str]) -> None:
    if output is None:
        for line in lines:
            click.echo(line, nl=False)
        return
    try:
        descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        fail(f"{output}: {error.strerror}; name a file that is not there yet", 1)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        file.writelines(lines)


def _read(ctx: click.Context, file: Path, consent: str | None) -> Sequence[Wanted]:
    """Read a file; leave with 2 and every fault where there is one. `consent` None: they are asked."""
    content = content_of(file, FILE_BYTES)
    with looking(ctx) as (runtime, session):
        signing = [name for name, channel in channels().items() if channel.has_secret]
        here = known_here(session, _channels(runtime), runtime.settings.site.languages, signing)
        found = read_subscribers(content, here)
        now = utc(runtime.clock().wall)
        late = bringing_in.faults_of_consent(found.wanted, consent, now) if consent is not None else ()
    if found.faults or late:
        tell_faults(file, [*found.faults, *late])
    return found.wanted


def _channels(runtime: Runtime) -> Mapping[str, Canonical]:
    def canonical(channel: Channel, text: str) -> tuple[str, str]:
        return channel.canonical(text, runtime.settings)

    return {name: partial(canonical, channel) for name, channel in channels().items()}


def _try(ctx: click.Context, wanted: Sequence[Wanted], consent: str | None) -> BroughtIn:
    """Say what would be done."""
    taken = BroughtIn()
    with looking(ctx) as (runtime, session):
        key = subscribing.key_of(runtime.places.data)
        for some in _slices(wanted):
            taken += bringing_in.sort_out(session, key, some, _known_in(consent))[1]
    return taken


def _take(ctx: click.Context, wanted: Sequence[Wanted], consent: str | None) -> BroughtIn:
    """Bring them in, a slice a transaction; the record is the last one's, and says how many."""
    taken = BroughtIn()
    with deeds(ctx) as transaction:
        for some in _slices(wanted):
            with transaction() as doing:
                taken += _take_slice(doing, some, consent)
            time.sleep(BREATH_S)
        with transaction() as doing:
            said = {"added": taken.added, "known": taken.known, "ended": taken.ended, "confirmed": consent is not None}
            auditing.record(doing.session, doing.author, "subscriber.import", SUBJECT, doing.now, after=said)
    return taken


def _take_slice(doing: Deed, some: Sequence[Wanted], consent: str | None) -> BroughtIn:
    data, site = doing.runtime.places.data, doing.runtime.settings.site.name
    key = subscribing.key_of(data)
    new, taken = bringing_in.sort_out(doing.session, key, some, _known_in(consent))

    def sealed(one: Wanted) -> str:
        secret = one.secret or (subscribing.new_secret() if channels()[one.address.channel].has_secret else "")
        return seal(data, secret, doing.now) if secret else ""

    if consent is None:
        bringing_in.ask_all(doing.session, key, new, site, doing.now, sealed)
    else:
        bringing_in.bring_in(doing.session, key, new, Consent(consent, doing.now), sealed)
    return taken


def _known_in(consent: str | None) -> tuple[SubscriptionState, ...]:
    return bringing_in.ASKED if consent is None else bringing_in.SAID_YES


def _slices(wanted: Sequence[Wanted]) -> Iterator[Sequence[Wanted]]:
    return (wanted[at : at + SLICE] for at in range(0, len(wanted), SLICE))
