"""What the web process and its workers must know, handed down through the environment they are started with.

The supervisor hands it to the web process, that one to its workers: neither reads config.toml, so that they start, and
serve what was published, also when that is broken by then.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from status.places import Places

if TYPE_CHECKING:
    from status.runtime import Runtime

VARIABLE: Final = "TRAVAUX_WEB"


@dataclass(frozen=True, slots=True)
class Task:
    """Where to listen, with how many workers and threads, from which places; sizes in bytes.

    `mirror` is the folder of a copy that is served instead of a publication, if any. `public_url` and `hub` are what
    feeds say of themselves. `parent` is the pid a worker must not outlive; 0 in the task of the web process itself.
    """

    listen: str
    workers: int
    threads: int
    places: Places
    cache_bytes: int
    line_limit: int
    trusted_proxies: int = 0
    mirror: str = ""
    public_url: str = ""
    hub: str = ""
    parent: int = 0

    @classmethod
    def of(cls, runtime: Runtime) -> Self:
        """Make the task of a web process."""
        server = runtime.settings.server
        return cls(
            listen=server.listen,
            workers=server.workers,
            threads=server.threads,
            places=runtime.places,
            cache_bytes=server.cache_bytes,
            line_limit=server.request_line_bytes,
            trusted_proxies=server.trusted_proxies,
            public_url=runtime.settings.site.public_url,
            hub=runtime.settings.feeds.hub,
        )

    @classmethod
    def received(cls) -> Self | None:
        """Read it from the environment; None when nobody handed one down."""
        text = os.environ.get(VARIABLE)
        if text is None:
            return None
        document: dict[str, Any] = json.loads(text)
        places = Places(**{name: Path(path) for name, path in document.pop("places").items()})
        return cls(places=places, **document)

    def hand_down(self) -> None:
        """Leave it in the environment, where processes started from here find it."""
        os.environ[VARIABLE] = json.dumps(asdict(self), default=str)

    def for_workers(self) -> Self:
        """Give the task of this process's own workers."""
        return replace(self, parent=os.getpid())
