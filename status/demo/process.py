"""The process of `travaux run --only demo`: open the ports, answer the switchboard, wait for the end.

main ─▶ keys.prepare ─▶ control.bind (one demonstration a place) ─▶ Provider.open ─▶ control.serve ─▶ SIGTERM
"""

from __future__ import annotations

import asyncio
import logging
import signal
from typing import Final, NoReturn

from status.clock import utc
from status.log import fields
from status.runtime import Runtime

log = logging.getLogger(__name__)

EXIT_CONFIG: Final = 2
EXIT_OCCUPIED: Final = 3


def main(runtime: Runtime) -> None:
    """Serve the demonstration until SIGTERM or SIGINT.

    When it can't start, leave with one log line that says why: with 2 without `[demo]` or a library, with 3 when a
    port is in use or another demonstration runs in the same place.
    """
    if runtime.settings.demo is None:
        _refuse(EXIT_CONFIG, f"{runtime.places.config} has no [demo]: there is nothing to demonstrate")
    try:
        from status.demo.control import RunsAlready
        from status.demo.ports import NotStarted
        from status.demo.provider import Provider  # noqa: F401 - finds out whether the libraries are there
    except ModuleNotFoundError as error:
        _refuse(EXIT_CONFIG, f"the demonstration needs {error.name}: install it with pip install 'travaux[demo]'")
    try:
        asyncio.run(_serve(runtime, runtime.settings.demo.ports_from))
    except (NotStarted, RunsAlready) as error:
        _refuse(EXIT_OCCUPIED, str(error))


def _refuse(code: int, why: str) -> NoReturn:
    log.error("demo_not_started", extra=fields(why=why))
    raise SystemExit(code)


async def _serve(runtime: Runtime, ports_from: int) -> None:
    from status.demo import control
    from status.demo.keys import prepare
    from status.demo.provider import Provider

    logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # aiosmtpd logs every connection
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    path = runtime.places.demo_socket
    listener = control.bind(path)
    try:
        keys = prepare(runtime.places.data, utc(runtime.clock().wall))
        provider = Provider(ports_from, keys)
        provider.open()
        server = await control.serve(listener, provider.obey)
        log.info("demo_started", extra=fields(ports_from=ports_from))
        await ended.wait()
        server.close()
        provider.close()
    finally:
        listener.close()
        path.unlink(missing_ok=True)
    await asyncio.sleep(0)  # let the ended connections say so
