"""`travaux agent`: run the checks from another location. Needs no configuration and no database."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import click

from probes.agent import Task, main
from probes.agent_buffer import KEEP_BYTES, KEEP_S
from probes.agent_folder import FolderTaken
from status import __version__
from status.cli.context import fail
from status.clock import system_clock
from status.config.addresses import is_loopback, split_resolver
from status.log import configure

EXIT_TAKEN = 3

FILE = click.Path(path_type=Path, dir_okay=False, exists=True, readable=True)


@click.command()
@click.option("--location", required=True, help="The name this location was added under.")
@click.option("--server", required=True, help="Where the travaux it looks for is reached: https://…")
@click.option("--token-file", required=True, type=FILE, help="The token that `travaux location add` wrote.")
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="Its folder. Default: ./agent-LOCATION.")
@click.option("--ca", type=FILE, help="The authority of the server's certificate. Default: the usual ones.")
@click.option(
    "--resolver", "resolvers", multiple=True, help="A name server for checks; repeatable. Default: the system's."
)
@click.option("--concurrency", default=1_000, show_default=True, type=click.IntRange(1, 20_000), help="Runs at once.")
@click.option("--keep-s", default=KEEP_S, show_default=True, help="Results of so long are kept while cut off.")
@click.option("--keep-bytes", default=KEEP_BYTES, show_default=True, help="At most so many bytes of them.")
@click.option(
    "--insecure-http", is_flag=True, help="Allow http:// beyond this machine: the token travels in the clear."
)
def agent(
    *,
    location: str,
    server: str,
    token_file: Path,
    data: Path | None,
    ca: Path | None,
    resolvers: tuple[str, ...],
    concurrency: int,
    keep_s: float,
    keep_bytes: int,
    insecure_http: bool,
) -> None:
    """Fetch orders, look, deliver what was seen; cut off, go on for an hour and deliver later.

    Connections are outbound only. Secrets that checks refer to (env:, file:) are read on this machine. Leaves with 0
    after SIGTERM, with 2 when an option is wrong or the folder can't be written, with 3 when another agent has it.
    """
    configure("agent")
    _require_server(server, insecure_http=insecure_http)
    _require_resolvers(resolvers)
    task = Task(
        location=location,
        server=server,
        token_file=token_file.absolute(),
        data=(data or Path(f"agent-{location}")).absolute(),
        ca=ca.absolute() if ca else None,
        resolvers=resolvers,
        concurrency=concurrency,
        version=__version__,
        keep_s=keep_s,
        keep_bytes=keep_bytes,
    )
    try:
        raise SystemExit(main(task, system_clock))
    except FolderTaken as error:
        fail(str(error), EXIT_TAKEN)
    except OSError as error:
        fail(f"{task.data}: {error.strerror or error}. Make room or rights there, or choose another --data")


def _require_server(server: str, *, insecure_http: bool) -> None:
    parts = urlsplit(server)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        fail(f"--server: found {server!r}, expected an address like 'https://status.example.net'")
    if parts.scheme == "http" and not is_loopback(parts.hostname) and not insecure_http:
        fail(f"--server: {server} is not https: anybody on the way would read the token. Use https, or --insecure-http")


def _require_resolvers(resolvers: tuple[str, ...]) -> None:
    for resolver in resolvers:
        try:
            split_resolver(resolver)
        except ValueError as error:
            fail(f"--resolver: {error}")
