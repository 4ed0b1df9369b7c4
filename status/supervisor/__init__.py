"""The parent of `travaux run`: claims folder and port, prepares the database, keeps the children alive.

supervise ─▶ lock.locked ─▶ port.claimed ─▶ prepare ─▶ children.Children ─▶ a child.Child each, with its watch
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Sequence
from typing import Final

from status.log import fields
from status.runtime import Runtime
from status.supervisor.children import Children, NotYet, Ways
from status.supervisor.limits import Limits
from status.supervisor.lock import locked
from status.supervisor.port import Address, Occupied, claimed

log = logging.getLogger(__name__)

EXIT_OCCUPIED: Final = 3

__all__ = ["EXIT_OCCUPIED", "Limits", "NotYet", "supervise"]


def supervise(
    runtime: Runtime,
    argv_for: Callable[[str], Sequence[str]],
    *,
    prepare: Callable[[], None],
    tell: Callable[[str], None],
    limits: Limits | None = None,
) -> int:
    """Run every process until SIGTERM or SIGINT; give the exit code: 0 then, 3 when port or data folder are taken.

    `argv_for` gives the command of a child by its name. `prepare` runs once both are claimed, before any child is
    started (it brings the database to its version); when it raises NotYet the web starts alone, serving what was
    published, and the others once it succeeds. What else it raises goes up, nothing started. `tell` gets the lines
    for a person: where the page is.
    """
    ways = Ways(argv_for, prepare, tell)
    try:
        with (
            locked(runtime.places.run / "supervisor.lock"),
            claimed(Address.of(runtime.settings.server.listen)),
        ):
            prepared = _prepared(prepare)
            asyncio.run(_run(runtime, ways, limits or Limits(), prepared=prepared))
    except Occupied as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_OCCUPIED
    return 0


def _prepared(prepare: Callable[[], None]) -> bool:
    try:
        prepare()
    except NotYet as error:
        log.error("database_not_ready", extra=fields(why=str(error)))  # noqa: TRY400 - expected, no traceback
        return False
    return True


async def _run(runtime: Runtime, ways: Ways, limits: Limits, *, prepared: bool) -> None:
    await Children(runtime, ways, limits).run(prepared=prepared)
