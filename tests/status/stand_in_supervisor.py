"""The product's supervisor over stand-in children: python stand_in_supervisor.py FOLDER PORT [demo] [alert]."""

from __future__ import annotations

import sys
from pathlib import Path

from status.config.model import AlertRule, Demo, Paths, Server, Settings
from status.log import configure
from status.places import Places
from status.runtime import make_runtime
from status.supervisor import Limits, NotYet, supervise

folder, port = Path(sys.argv[1]), sys.argv[2]
limits = Limits(
    tick_s=0.1,
    life_s=1.5,
    silence_s=1.0,
    stopped_s=0.5,
    stop_s=1.0,
    settled_s=60,
    backoff_s=0.2,
    head_start_s=1.0,
    prepare_again_s=0.2,
)
settings = Settings(
    server=Server(listen=f"127.0.0.1:{port}"),
    paths=Paths(data=str(folder)),
    demo=Demo() if "demo" in sys.argv else None,
    alert=(AlertRule(name="night", accounts=("anne",)),) if "alert" in sys.argv else (),
)
places = Places(folder / "config.toml", folder, folder, folder / "published", folder / "run")
child = Path(__file__).with_name("stand_in_child.py")
configure("supervisor")


def prepare() -> None:
    if (folder / "no-database").exists():
        raise NotYet("the database is away")
    (folder / "prepared").touch()


sys.exit(
    supervise(
        make_runtime(settings, places),
        lambda name: [sys.executable, str(child), name, str(folder), port],
        prepare=prepare,
        tell=lambda line: print(line, flush=True),
        limits=limits,
    )
)
