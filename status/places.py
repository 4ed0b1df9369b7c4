"""Where a process finds and leaves things on disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from status.config.model import Settings


@dataclass(frozen=True, slots=True)
class Places:
    """Where a process finds and leaves things on disk. `published` outlives the database."""

    config: Path
    base: Path
    data: Path
    published: Path
    run: Path

    @property
    def demo_socket(self) -> Path:
        """The Unix socket that `travaux demo` speaks to."""
        return self.data / "demo.sock"


def places_of(settings: Settings, config: Path, base: Path) -> Places:
    """Work out the directories; relative ones stand against `base` (the config's folder; the working one in a demo).

    Nothing is created.
    """
    data = (base / settings.paths.data).resolve()
    if settings.demo is not None:
        data = data / "demo"
    published = (base / settings.paths.published).resolve() if settings.paths.published else data / "published"
    return Places(config=config, base=base, data=data, published=published, run=data / "run")
