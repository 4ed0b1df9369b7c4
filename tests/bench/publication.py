"""The publication at 2,000 components and 20,000 past events: `./travaux bench publication [--small]`.

CPU time of the publisher's own process (user + system), and beside it what the clock on the wall said: the machine may
be shared. The pages are the app's own, the store is on disk. `--small`: a tenth of it, to try the bench itself.
"""

from __future__ import annotations

import argparse
import gc
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import sqlalchemy as sa

from status.app import create_app, make_render
from status.clock import system_clock, utc_now
from status.config.model import Settings
from status.domain.states import AREAS, EventState, Impact, Verdict
from status.life import SUPERVISOR_VARIABLE
from status.models import Base, Event, Installation, VerdictInterval
from status.models.engine import create_file, make_engine, make_sessions, refresh_statistics, writing
from status.places import places_of
from status.publication.hub import Hub
from status.publication.index import open_current
from status.publication.manifest import current_path, read_current
from status.publication.objects import Objects
from status.publication.process import COLLECT_AFTER
from status.publication.publisher import Publisher
from status.runtime import Runtime
from status.services import incidents
from status.services.actors import cli_user
from status.services.updating import Update, update
from status.web.assets import assets
from status.web.task import Task
from tests.bench.many import Many, seed
from tests.bench.measuring import pace, rss_mb
from tests.bench.serving import free_port

TO_REACH = {
    "full rebuild": 90.0,
    "first swap of a change": 2.0,
    "first swap during a rebuild": 2.0,
    "400 components at once": 20.0,
    "memory of the web process": 150.0,
}


@dataclass(frozen=True)
class Spent:
    """What this process has spent so far (s of CPU), and the clock (s)."""

    cpu: float
    wall: float

    @classmethod
    def now(cls) -> Spent:
        return cls(time.process_time(), time.monotonic())


@dataclass
class House:
    """A seeded provider and its publisher; what was rendered is counted and timed by kind of page."""

    runtime: Runtime
    many: Many
    publisher: Publisher = field(init=False)
    rendered: Counter[str] = field(default_factory=Counter)
    spent: Counter[str] = field(default_factory=Counter)
    public: Spent = field(default_factory=Spent.now)
    reached: bool = True

    def __post_init__(self) -> None:
        render = make_render(create_app(self.runtime))

        def timed(session, path, audience, moment):
            began = time.process_time()
            rendered = render(session, path, audience, moment)
            kind = kind_of(path) if rendered.status == 200 else "not published"
            self.rendered[kind] += 1
            self.spent[kind] += time.process_time() - began
            return rendered

        self.publisher = Publisher(self.runtime, timed, assets(), lambda: None, lambda: None, cast("Hub", self))

    def changing(self, _old: object, _new: object) -> None:
        """Be told of a swap beforehand, as a hub is."""

    def swapped(self) -> None:
        """Note when something new was public: the publisher goes on with what is less urgent."""
        self.public = Spent.now()

    def swap_first(self) -> Spent:
        """Turn until something new is public; give when it was."""
        number = self.number
        while self.number == number:
            self.publisher.turn()
        return self.public

    def finish(self) -> None:
        """Turn until nothing is left."""
        while self.publisher.turn():
            pass

    @property
    def number(self) -> int:
        index = open_current(self.runtime.places.published)
        return index.head.number if index else 0

    def open(self, slug: str) -> None:
        with writing(self.runtime.sessions) as session:
            opening = incidents.Opening(
                {self.many.ids[slug]: Impact.FULL}, {"fr": "Panne", "en": "Outage"}, {"fr": "Oui"}
            )
            incidents.open_incident(session, opening, cli_user(session, "anne"), utc_now())

    def write(self, n: int) -> None:
        with writing(self.runtime.sessions) as session:
            event = session.scalars(sa.select(Event).where(Event.n == n)).one()
            words = Update(texts={"fr": "La suite.", "en": "More."}, state=EventState.IDENTIFIED)
            update(session, event, words, cli_user(session, "anne"), utc_now())

    def fall(self, count: int) -> None:
        """Let so many components of one area be down, in one transaction."""
        now = utc_now()
        slugs = [slug for slug in self.many.leaves if slug.startswith(AREAS[0])][:count]
        ids = [self.many.ids[slug] for slug in slugs]
        with writing(self.runtime.sessions) as session:
            is_open = VerdictInterval.component_id.in_(ids) & VerdictInterval.ended_at.is_(None)
            session.execute(sa.update(VerdictInterval).where(is_open).values(ended_at=now))
            fallen = {
                "verdict": Verdict.DOWN,
                "reason": "timeout",
                "began_at": now,
                "decided_at": now,
                "origin": "probe",
            }
            rows = [
                {**fallen, "component_id": id_, "rule_point": "4", "ended_at": None, "superseded_by": None}
                for id_ in ids
            ]
            session.execute(sa.insert(VerdictInterval), rows)
            session.get_one(Installation, 1).revision += 1

    def verify(self) -> None:
        with writing(self.runtime.sessions) as session:
            session.get_one(Installation, 1).verified_at = utc_now()

    def measure(self, name: str, do: Callable[[], Spent | None], since: Spent | None = None) -> None:
        """Do something and print what it took: `since` then, until what it gives or its end."""
        before, began = self.rendered.total(), since or Spent.now()
        ended = do() or Spent.now()
        cpu, wall = ended.cpu - began.cpu, ended.wall - began.wall
        limit = TO_REACH.get(name)
        goal = f"   to reach {limit:g}" if limit else ""
        self.reached &= limit is None or cpu <= limit
        print(f"{name:34}{cpu:8.2f} s CPU{wall:8.2f} s{self.rendered.total() - before:8} renderings{goal}", flush=True)


def kind_of(path: str) -> str:
    parts = path.partition("?")[0].strip("/").split("/")
    last = parts[-1]
    if last.endswith((".rss", ".atom", ".ics")) or last in {"feed.json", "events.json"}:
        return f"{parts[1] if len(parts) > 2 else 'site'} {last}"
    return "/".join(parts[1:2]) if len(parts) > 1 else parts[0] or "/"


def main() -> int:
    """Measure and print; 1 when a figure is not reached."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--small", action="store_true")
    small = parser.parse_args().small
    gc.set_threshold(COLLECT_AFTER)
    print(pace(), flush=True)
    with tempfile.TemporaryDirectory(prefix="travaux-bench-") as name, seeded(Path(name), 10 if small else 1) as house:
        house.measure("full rebuild", house.finish)
        table(house)
        changes(house)
        looked_up(house)
        served(house)
        print(pace())
        return 0 if house.reached else 1


def changes(house: House) -> None:
    """Measure what follows a change: of one component, of all at once, of one while everything is rendered."""
    leaf = house.many.leaves[7]
    house.open(leaf)
    house.measure("first swap of a change", house.swap_first)
    house.measure("the rest of it", house.finish, since=house.public)
    house.fall(400)
    house.measure("400 components at once", house.finish)
    house.open(AREAS[1])
    house.measure("an incident of a whole area", house.finish)
    house.verify()
    house.publisher._renewed_at = float("-inf")
    house.measure("renewal", house.finish)
    anew = House(house.runtime, house.many)
    for _ in range(4):
        anew.publisher.turn()
    anew.write(leaf_event(house))
    anew.measure("first swap during a rebuild", anew.swap_first)
    house.reached &= anew.reached


def leaf_event(house: House) -> int:
    with house.runtime.sessions() as session:
        return (
            session.scalars(sa.select(sa.func.max(Event.n)).where(Event.state == EventState.INVESTIGATING)).one() or 0
        )


def looked_up(house: House) -> None:
    """Measure what a reader of the manifest pays."""
    published = house.runtime.places.published
    size = current_path(published).stat().st_size
    began = time.process_time()
    manifest = read_current(published)
    read_s = time.process_time() - began
    paths = list(manifest.entries)[:: max(1, len(manifest.entries) // 1_000)]
    began = time.process_time()
    index = open_current(published)
    opened_s = time.process_time() - began
    began = time.process_time()
    found = [index.find(path) for path in paths]
    find_s = (time.process_time() - began) / len(paths)
    assert None not in found
    stored = sum(path.stat().st_size for path in Objects(published / "objects").folder.iterdir())
    print(
        f"manifest: {len(manifest.entries)} paths, {size / 1e6:.1f} MB; read whole {read_s * 1e3:.0f} ms, "
        f"taken over {opened_s * 1e3:.2f} ms, a path found in {find_s * 1e6:.0f} µs; objects {stored / 1e6:.0f} MB"
    )


def served(house: House) -> None:
    """Measure a web process, started as the supervisor does, that answered 3,000 published pages and 200 made ones."""
    import http.client

    port = free_port()
    places = house.runtime.places
    places.config.write_text(f'[server]\nlisten = "127.0.0.1:{port}"\n[paths]\ndata = "{places.data}"\n')
    replace(Task.of(house.runtime), listen=f"127.0.0.1:{port}").hand_down()
    os.environ[SUPERVISOR_VARIABLE] = str(os.getpid())
    command = [sys.executable, "-m", "status.cli", "--config", str(places.config), "run", "--only", "web"]
    web = subprocess.Popen(command)
    try:
        entries = read_current(places.published).entries
        asked = [path for path in entries if "?" not in path][:3_000]
        asked += [f"/fr/travaux?page={n}" for n in range(2, 102)] + [
            f"/en/travaux?year={2018 + n % 8}&page={n}" for n in range(1, 101)
        ]
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        for _ in range(200):
            try:
                connection.request("GET", "/fr")
                connection.getresponse().read()
                break
            except (OSError, http.client.HTTPException):
                connection.close()
                time.sleep(0.1)
        for path in asked:
            connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
            connection.getresponse().read()
        used = rss_mb(web.pid)
        house.reached &= used <= TO_REACH["memory of the web process"]
        print(f"memory of the web process: {used:.0f} MB (to reach {TO_REACH['memory of the web process']:g})")
    finally:
        web.terminate()
        web.wait(10)


def table(house: House) -> None:
    """Print what the rebuild spent where."""
    print(f"{'':4}{'kind':34}{'pages':>8}{'ms each':>9}{'s':>8}")
    for kind, spent in house.spent.most_common(14):
        count = house.rendered[kind]
        print(f"{'':4}{kind:34}{count:8}{spent / count * 1e3:9.2f}{spent:8.2f}")
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"    of {sum(house.spent.values()):.1f} s; memory {used:.0f} MB")


@contextmanager
def seeded(folder: Path, part: int) -> Iterator[House]:
    engine = make_engine(f"sqlite:///{folder}/var/travaux.db")
    create_file(engine)
    Base.metadata.create_all(engine)
    settings = Settings()
    places = places_of(settings, folder / "config.toml", folder)
    runtime = Runtime(settings, places, engine, make_sessions(engine), system_clock)
    began = time.process_time()
    with writing(runtime.sessions) as session:
        many = seed(session, utc_now(), components=2_000 // part, events=20_000 // part, exchanges=3_000 // part)
    refresh_statistics(runtime.sessions)
    print(f"seeded in {time.process_time() - began:.1f} s CPU", flush=True)
    yield House(runtime, many)
    engine.dispose()


if __name__ == "__main__":
    sys.exit(main())
