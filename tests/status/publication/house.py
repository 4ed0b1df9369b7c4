"""A provider with its real publisher, pages and pushes: what tests of mirrors begin with."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from status.models import Base
from status.models.engine import create_file, make_engine, make_sessions, writing
from status.places import places_of
from status.publication.mirror import Site
from status.publication.mirroring import taken_by
from status.publication.publisher import Publisher
from status.publication.push import Pushed, Pusher
from status.publication.push_directory import Directory
from status.publication.push_ledger import Ledger
from status.publication.push_targets import Target
from status.publication.speaking import Speech, hear, tell, utter
from status.runtime import Runtime
from status.services.emergency import Emergency
from status.services.emergency_taking import take_emergencies
from status.services.instructions import take_instructions
from status.web.assets import assets
from tests.status.publication.provider import FakeClock, Provider, make_provider

SITE = Site("https://status.example", "Europe/Paris")
WORDS = "Incendie à Lille : téléphonie coupée. <b>Prochaine</b> information à 15 h."


@contextmanager
def new_house(folder: Path, prepare: Callable[[Provider], None] = lambda _provider: None) -> Iterator[House]:
    """A provider on SQLite in a folder, prepared, published and pushed to `copy` there."""
    engine = make_engine(f"sqlite:///{folder}/travaux.db")
    create_file(engine)
    Base.metadata.create_all(engine)
    provider = make_provider(make_sessions(engine), engine, folder, site={"public_url": "https://status.example"})
    prepare(provider)
    house = House.of(provider, folder / "copy")
    house.both()
    yield house
    engine.dispose()


@contextmanager
def same_house(old: House, folder: Path) -> Iterator[House]:
    """The same once more in another folder, to be changed."""
    shutil.copytree(old.root.parent, folder, dirs_exist_ok=True)
    settings, clock = old.provider.runtime.settings, FakeClock(old.provider.clock.at)
    engine = make_engine(f"sqlite:///{folder}/travaux.db")
    places = places_of(settings, folder / "config.toml", folder)
    runtime = Runtime(settings, places, engine, make_sessions(engine), clock)
    yield House.of(Provider(runtime, clock, dict(old.provider.ids)), folder / "copy")
    engine.dispose()


def unpushed(house: House, target: Target) -> None:
    """Let a house have another mirror, of which nothing is known yet."""
    shutil.rmtree(house.provider.runtime.places.published / "mirrors")
    house.target = target


@dataclass
class House:
    """`root` is the mirror's folder; `target` may be another place."""

    provider: Provider
    root: Path
    target: Target
    site: Site = SITE

    @classmethod
    def of(cls, provider: Provider, root: Path) -> House:
        return cls(provider, root, Directory(root))

    def publish(self) -> None:
        publisher = Publisher(self.provider.runtime, self.provider.render, assets(), lambda: None, lambda: None)
        while publisher.turn():
            pass

    def push(self) -> Pushed:
        """Push until nothing is left to look at; give the last push."""
        published = self.provider.runtime.places.published
        ledger = Ledger.of(published, "copy")
        return Pusher(published, self.target, ledger, self.site, taken_by(self.provider.runtime)).push(
            self.provider.now
        )

    def both(self) -> Pushed:
        self.publish()
        return self.push()

    def later(self, seconds: float) -> None:
        """Let time pass, with everything verified at its end."""
        self.provider.clock.pass_time(seconds)
        self.provider.verify()

    def say(self, text: str = WORDS, *, areas: tuple[str, ...] = ("telephony",), until: str = "", **texts) -> Emergency:
        speech = Speech({"": text, **texts}, areas, until)
        host, now = "copy.example", self.provider.now
        heard = hear(self.target, host, now)
        return tell(self.target, heard, utter([heard], speech, host, now))[0]

    def decide(self) -> bool:
        """Do what the decider does with what was handed over."""
        with writing(self.provider.sessions) as session:
            return take_emergencies(session, take_instructions(session, self.provider.now), self.provider.now)

    def text(self, file: str) -> str:
        return (self.root / file).read_text(encoding="utf-8")

    def files(self) -> set[str]:
        return {str(path.relative_to(self.root)) for path in self.root.rglob("*") if path.is_file()}

    def pages(self) -> dict[str, str]:
        return {file: self.text(file) for file in self.files() if file.endswith("index.html")}
