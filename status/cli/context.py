"""What every command begins with: the configuration it was given, and a runtime made of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

import click

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


def fail(message: str, code: int = EXIT_CONFIG) -> NoReturn:
    """Print `message` on standard error and leave with `code`."""
    click.echo(message, err=True)
    raise SystemExit(code)


def refused(error: Refused) -> NoReturn:
    """Tell a person what was refused and leave with 1."""
    fail(error.message, 1)
