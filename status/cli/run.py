"""`travaux run`: everything, supervised; or one process of it alone with --only."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Final, NoReturn

import click

import status
from status.domain.refused import Refused
from status.life import die_with_parent, supervisor_pid
from status.log import configure
from status.places import Places
from status.web.task import Task

if TYPE_CHECKING:
    from status.cli.first_link import FirstLink
    from status.runtime import Runtime

NEED_DATABASE: Final = ("monitor", "publisher", "alerting")
"""Started alone they find the database as it is; among the others, the supervisor has prepared it."""

NICER: Final = 5
"""How much the publisher steps back behind the probes and the web (nice(2))."""


@click.command("run")
@click.option(
    "--only",
    type=click.Choice(["monitor", "publisher", "alerting", "web", "demo"]),
    help="Start this process alone.",
)
@click.option(
    "--mirror",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="With --only web: serve this copy (docs/mirror.md) instead; without configuration and database.",
)
@click.option("--listen", default="", help="With --mirror: the address, like 0.0.0.0:8080. Default: 127.0.0.1:8080.")
@click.pass_context
def run(ctx: click.Context, only: str | None, mirror: Path | None, listen: str) -> None:
    """Watch, decide and publish: start everything, or one part with --only.

    Leaves with 0 after SIGTERM or SIGINT, with 2 when the configuration is faulty or the disk refuses, with 3 when the
    port is in use or another travaux runs on the same data.
    """
    supervisor = supervisor_pid()
    if only is not None:
        die_with_parent(supervisor)
    configure(only or "supervisor")
    if mirror is not None:
        sys.exit(_run_mirror(only, mirror, listen))
    if only == "web" and supervisor is not None and (task := Task.received()) is not None:
        _serve(task)
        return
    runtime = _runtime(ctx)
    if only is None or supervisor is None:
        make_folders(runtime.places)
    if only is None:
        sys.exit(_run_everything(runtime, ctx.find_object(Path)))
    if only == "web" and supervisor is None:
        sys.exit(_run_web_alone(runtime))
    if only in NEED_DATABASE and supervisor is None:
        from status.cli.context import require_schema

        require_schema(runtime)
    sys.exit(PROCESSES[only](runtime))


def _runtime(ctx: click.Context) -> Runtime:
    # Imported here: the web process, which must be back within seconds, needs neither configuration nor database.
    from status.cli.context import runtime_of

    return runtime_of(ctx)


def _fail(message: str, code: int = 2) -> NoReturn:
    from status.cli.context import fail

    fail(message, code)


def make_folders(places: Places) -> None:
    """Make the data folders and write into each; leave with a message when the disk refuses."""
    for folder, setting in ((places.data, "data"), (places.published, "published"), (places.run, "data")):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with TemporaryFile(dir=folder) as trial:
                trial.write(bytes(4096))
                trial.flush()
                os.fsync(trial.fileno())
        except OSError as error:
            why = error.strerror or str(error)
            _fail(f"{folder}: cannot be written: {why}. Make room or rights there, or set [paths] {setting}")


def argv_of(runtime: Runtime, given: Path | None, name: str) -> list[str]:
    """Give the command line of a child: the same configuration, found the same way, from the same working folder."""
    config = ["--config", str(runtime.places.config.absolute())] if given is not None else []
    return [sys.executable, "-m", "status.cli", *config, "run", "--only", name]


def _run_everything(runtime: Runtime, given: Path | None) -> int:
    from sqlalchemy.exc import DatabaseError

    from status.supervisor import supervise

    Task.of(runtime).hand_down()
    _import_from_here()
    herald = _Herald()
    try:
        return supervise(
            runtime,
            lambda name: argv_of(runtime, given, name),
            prepare=lambda: _prepare(runtime, herald),
            tell=herald.tell,
        )
    except Refused as error:
        _fail(error.message)
    except DatabaseError as error:
        _fail(f"the database can't be used: {error.orig}. Restore a backup, or set [database] url")


def _import_from_here() -> None:
    """Have children import this very travaux, not a folder `status` that lies in the working folder."""
    root = str(Path(status.__file__).parent.parent)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    os.environ["PYTHONSAFEPATH"] = "1"


def _run_web_alone(runtime: Runtime) -> int:
    from status.supervisor.port import Address, Occupied, claimed

    try:
        with claimed(Address.of(runtime.settings.server.listen)):
            _web(runtime)
    except Occupied as error:
        _fail(str(error), code=3)
    return 0


def _run_mirror(only: str | None, folder: Path, listen: str) -> int:
    """Serve a copy's folder: nothing of it depends on a configuration."""
    from tempfile import TemporaryDirectory

    from status.config.addresses import split_listen
    from status.config.model import Server
    from status.supervisor.port import Address, Occupied, claimed

    if only != "web":
        _fail("--mirror serves a copy: give --only web with it")
    server = Server(listen=listen) if listen else Server()
    try:
        split_listen(server.listen)
    except ValueError as error:
        _fail(f"--listen: {error}")
    with TemporaryDirectory(prefix="travaux-mirror-") as run_folder:
        here = Path(run_folder)
        task = Task(
            server.listen, server.workers, server.threads, Places(here, here, here, here, here), server.cache_bytes,
            server.request_line_bytes, mirror=str(folder.resolve()),
        )  # fmt: skip
        try:
            with claimed(Address.of(server.listen)):
                _serve(task)
        except Occupied as error:
            _fail(str(error), code=3)
    return 0


class _Herald:
    """Tells the person at the terminal: where the page is, then the first link, whichever of them is known first."""

    def __init__(self) -> None:
        self._url = ""
        self._link: FirstLink | None = None

    def tell(self, line: str) -> None:
        """Print a line; the first one is the page's address."""
        click.echo(line)
        if not self._url:
            self._url = line
            self._tell_link()

    def link(self, link: FirstLink | None) -> None:
        """Take the link there is to tell."""
        self._link = link
        if self._url:
            self._tell_link()

    def _tell_link(self) -> None:
        if self._link is not None:
            click.echo(f"{self._link.said}\n  {self._link.base or self._url}{self._link.path}")
            self._link = None


def _prepare(runtime: Runtime, herald: _Herald) -> None:
    """Bring the database to this release; give a new one its catalogue, a new demonstration its keys and its past.

    Raise Refused, before anything of it is published, for a newer database and for a demonstration's among real ones.
    """
    from sqlalchemy.exc import OperationalError

    from status.cli.first_link import first_link
    from status.clock import utc
    from status.models.engine import writing
    from status.models.migrate import upgrade
    from status.services import catalogue, installation
    from status.supervisor.children import NotYet

    try:
        upgrade(runtime.engine, runtime.places.data / "backups")
        if runtime.settings.demo is not None:
            from status.demo.beginning import begin

            begin(runtime)
        with writing(runtime.sessions) as session:
            now = utc(runtime.clock().wall)
            installation.ensure(session, runtime.settings, now)
            catalogue.begin(session, runtime.settings, now)
        _index(runtime)
        herald.link(first_link(runtime))
    except OperationalError as error:
        raise NotYet(str(error.orig)) from error
    finally:
        runtime.engine.dispose()


def _index(runtime: Runtime) -> None:
    """Make events findable that an earlier release wrote: 20,000 take some seconds, once."""
    from status.models.engine import writing
    from status.services.indexing import index_missing

    more = True
    while more:
        with writing(runtime.sessions) as session:
            more = index_missing(session)


def _monitor(runtime: Runtime) -> int:
    from status.monitor.process import main

    return main(runtime)


def _publisher(runtime: Runtime) -> None:
    from status.app import create_app, make_render
    from status.delivery.process import Deliveries
    from status.publication.process import main
    from status.web.assets import assets
    from status.web.brand import brand_of

    os.nice(NICER)
    look = brand_of(runtime.settings.site, runtime.places.base)
    main(runtime, make_render(create_app(runtime)), assets(look), Deliveries(runtime))


def _alerting(runtime: Runtime) -> None:
    from status.alerting.process import main

    main(runtime)


def _web(runtime: Runtime) -> None:
    _serve(Task.of(runtime))


def _serve(task: Task) -> None:
    from status.web.process import main

    main(task)


def _demo(runtime: Runtime) -> None:
    from status.demo.process import main

    main(runtime)


PROCESSES: Final[Mapping[str, Callable[[Runtime], int | None]]] = {
    "monitor": _monitor,
    "publisher": _publisher,
    "alerting": _alerting,
    "web": _web,
    "demo": _demo,
}
