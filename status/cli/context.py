"""What every command begins with: the configuration it was given, and a runtime made of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

import click
from sqlalchemy.exc import OperationalError

from probes.types import SecretMissing
from status.config.errors import ConfigError
from status.config.load import find_config, load
from status.domain.refused import Refused
from status.places import places_of
from status.runtime import Runtime, make_runtime

EXIT_CONFIG = 2


def runtime_of(ctx: click.Context) -> Runtime:
    """Load the configuration and build a runtime; print every fault and leave with 2 when there are any."""
    config, base = find_config(ctx.find_object(Path), Path.cwd())
    try:
        settings = load(config)
    except ConfigError as error:
        fail(str(error))
    if settings.demo is not None:
        # A demonstration's files (`var/demo/…`) are named from where its data lies, whatever folder this is typed in.
        config, base = config.absolute(), base.absolute()
        os.chdir(base)
    try:
        return make_runtime(settings, places_of(settings, config, base))
    except SecretMissing as error:
        fail(f"[database] password: {error}")


def require_schema(runtime: Runtime) -> None:
    """Leave with a message when the database's schema is not this release's: nothing is written by another's rules.

    A database that can't be reached is left to the caller.
    """
    from status.models.migrate import require_head

    try:
        is_head = require_head(runtime.engine)
    except Refused as error:
        refused(error)
    except OperationalError:
        return
    if not is_head:
        fail("the database is not at this release's schema; `travaux db upgrade`, or `travaux run`, brings it there", 1)


def fail(message: str, code: int = EXIT_CONFIG) -> NoReturn:
    """Print `message` on standard error and leave with `code`."""
    click.echo(message, err=True)
    raise SystemExit(code)


def refused(error: Refused) -> NoReturn:
    """Tell a person what was refused and leave with 1."""
    fail(error.message, 1)
