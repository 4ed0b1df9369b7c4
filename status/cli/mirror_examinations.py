"""What `travaux doctor` looks at of the mirrors: how the last push of each went, not the hosts themselves."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from status.cli.doctor import Finding, Grade
from status.clock import utc
from status.config.mirrors import kind_of
from status.publication.mirroring import PUSH_EVERY_S, read_condition
from status.runtime import Runtime

LATE_AFTER: Final = timedelta(seconds=10 * PUSH_EVERY_S)


def examine_mirrors(runtime: Runtime) -> Iterator[Finding]:
    """Tell how each mirror does, by what the publisher wrote down."""
    for mirror in runtime.settings.mirror:
        if kind_of(mirror.to) in {"rsync", "ssh"} and shutil.which("rsync") is None:
            advice = "apt-get install rsync"
            yield Finding("mirrors", Grade.FAULT, f"{mirror.name}: the program rsync is not installed", advice)
            continue
        found = read_condition(runtime.places.published, mirror.name)
        if found is None:
            yield Finding("mirrors", Grade.WARNING, f"{mirror.name}: nothing was pushed yet", "`travaux run` does so")
        elif found.trouble:
            said = f"{mirror.name}: not pushed since {found.since}: {found.trouble}"
            yield Finding("mirrors", Grade.FAULT, said, f"try it by hand: `travaux publish --mirror {mirror.name}`")
        elif utc(runtime.clock().wall) - datetime.fromisoformat(found.pushed_at) > LATE_AFTER:
            said = f"{mirror.name}: last pushed at {found.pushed_at}"
            yield Finding("mirrors", Grade.WARNING, said, "is `travaux run` running?")
        else:
            yield Finding("mirrors", Grade.WELL, f"{mirror.name}: generation {found.number} at {found.pushed_at}")
