"""`travaux publish`: push the current publication to a mirror, now."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import click

from probes.types import Secret, SecretMissing
from status.cli.context import fail
from status.config.errors import ConfigError
from status.config.load import example_config, find_config, load
from status.config.mirrors import kind_of
from status.config.model import Mirror, Settings
from status.places import Places, places_of

Command = TypeVar("Command", bound=Callable[..., Any])

EXIT_FAILED: Final = 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which mirrors a command is about: one given with --to, or those of the configuration (one by its name)."""

    to: str | None
    mirror: str | None
    url: str
    endpoint: str
    region: str
    user: str
    secret: str | None
    ssh_key: str
    ca_file: str

    def mirrors(self, settings: Settings | None) -> tuple[Mirror, ...]:
        """Give them; leave with a message when there are none."""
        if self.to is not None:
            return (self._given(self.to),)
        if settings is None:
            fail("no configuration, and no --to: say where the mirror is written")
        found = tuple(each for each in settings.mirror if self.mirror in {None, each.name})
        if not found:
            if self.mirror is None:
                fail("no mirror in the configuration: name one with --to, or add [[mirror]]")
            known = ", ".join(each.name for each in settings.mirror) or "none"
            fail(f"no mirror {self.mirror} in the configuration (it has: {known}); name one with --to")
        return found

    def _given(self, to: str) -> Mirror:
        try:
            kind_of(to)
            secret = Secret(self.secret) if self.secret else None
        except ValueError as error:
            fail(str(error))
        return Mirror(
            name="given", to=to, url=self.url, endpoint=self.endpoint, region=self.region, user=self.user,
            secret=secret, ssh_key=self.ssh_key, ca_file=self.ca_file,
        )  # fmt: skip


OPTIONS: Final = (
    click.option("--to", help="A folder, rsync://…, user@host:path, s3://bucket/prefix or https://host/path."),
    click.option("--mirror", help="One of the configuration, by its name. Default: all of them."),
    click.option("--url", default="", help="With --to: where the copy is read."),
    click.option("--endpoint", default="", help="With --to s3://: the store's address."),
    click.option("--region", default="", help="With --to s3://: its region."),
    click.option("--user", default="", help="With --to: who writes there; the access key's id."),
    click.option("--secret", help="With --to: a reference to password, token or key, env:NAME or file:/path."),
    click.option("--ssh-key", default="", help="With --to user@host:path: the private key's file."),
    click.option("--ca-file", default="", help="With --to https://: the authorities that are trusted."),
)


def about_mirrors(command: Command) -> Command:
    """Give a command the options that name mirrors."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def configured(ctx: click.Context, *, required: bool) -> tuple[Settings, Places] | None:
    """Read the configuration without touching its database; None when there is none, or a faulty one not `required`."""
    config, base = find_config(ctx.find_object(Path), Path.cwd())
    if not required and config == example_config():
        return None
    try:
        settings = load(config)
    except ConfigError as error:
        if required:
            fail(str(error))
        return None
    return settings, places_of(settings, config, base)


def shown(mirror: Mirror) -> str:
    """Give what a mirror is called in a message: its name, or where it is."""
    return mirror.name if mirror.name != "given" else urlsplit(mirror.to)._replace(query="", fragment="").geturl()


@click.command()
@about_mirrors
@click.pass_context
def publish(ctx: click.Context, /, **options: Any) -> None:
    """Push the current publication to a mirror, now. `travaux run` does so by itself to those of the configuration.

    Leaves with 1 when one of them could not be reached.
    """
    found = configured(ctx, required=True)
    assert found is not None
    settings, places = found
    outcomes = [_push(settings, places, mirror) for mirror in Wanted(**options).mirrors(settings)]
    sys.exit(0 if all(outcomes) else EXIT_FAILED)


def _push(settings: Settings, places: Places, mirror: Mirror) -> bool:
    from status.publication.push_targets import PushFailed

    written = removed = 0
    try:
        for pushed in _pushes(settings, places, mirror):
            written, removed = written + pushed.written, removed + pushed.removed
    except (PushFailed, OSError) as error:
        click.echo(f"{shown(mirror)}: {error}", err=True)
        return False
    click.echo(f"{shown(mirror)}: {written} files written, {removed} removed, generation {pushed.number}")
    return True


def _pushes(settings: Settings, places: Places, mirror: Mirror) -> Iterator[Any]:
    from status.clock import utc_now
    from status.publication.mirroring import address_of, site_of, taken_by
    from status.publication.push import Pusher
    from status.publication.push_ledger import Ledger
    from status.publication.push_targets import target_of
    from status.runtime import make_runtime

    try:
        runtime = make_runtime(settings, places)
    except SecretMissing as error:
        fail(f"[database] password: {error}")
    ledger = Ledger.of(places.published, mirror.to)
    target = target_of(address_of(mirror), Path.cwd() if mirror.name == "given" else places.base)
    pusher = Pusher(places.published, target, ledger, site_of(settings, mirror), taken_by(runtime))
    try:
        while True:
            pushed = pusher.push(utc_now())
            yield pushed
            if not pushed.more:
                return
    finally:
        runtime.engine.dispose()
