"""What the web process tells its workers, through the environment they are started with."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from status.places import Places
from status.runtime import Runtime

VARIABLE: Final = "TRAVAUX_WORKER"


@dataclass(frozen=True, slots=True)
class Task:
    """What the web process tells its workers. `parent` is its pid."""

    parent: int
    places: Places
    cache_bytes: int
    line_limit: int

    @classmethod
    def of(cls, runtime: Runtime) -> Task:
        """Make the task of this process's workers."""
        server = runtime.settings.server
        return cls(os.getpid(), runtime.places, server.cache_bytes, server.request_line_bytes)

    def hand_over(self) -> None:
        """Leave it in the environment, where processes started from here find it."""
        os.environ[VARIABLE] = json.dumps(asdict(self), default=str)

    @classmethod
    def received(cls) -> Task:
        """Read it from the environment."""
        document: dict[str, Any] = json.loads(os.environ[VARIABLE])
        places = Places(**{name: Path(path) for name, path in document.pop("places").items()})
        return cls(places=places, **document)
