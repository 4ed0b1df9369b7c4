"""What was pushed to a target, so that only what changed goes there: a file beside the publication, one per target."""

from __future__ import annotations

import fcntl
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from status.publication.objects import write_whole
from status.publication.push_targets import PushFailed

FOLDER: Final = "mirrors"


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as it was pushed: what it was made of, by which links, and what its bytes were (hashes)."""

    key: str
    linked: str
    body: str


@dataclass(slots=True)
class Ledger:
    """The files that stand at a target.

    `token` names the last push, which the target repeats in `mirror.json`; `emergency` is the hash of the
    `emergency.json` that was last seen there.
    """

    path: Path
    token: str = ""
    emergency: str = ""
    files: dict[str, Sent] = field(default_factory=dict)

    @classmethod
    def of(cls, published: Path, to: str) -> Ledger:
        """Read the ledger of a target; an empty one when there is none, or a damaged one."""
        path = published / FOLDER / f"{hashlib.sha256(to.encode()).hexdigest()[:16]}.json"
        try:
            document = json.loads(path.read_bytes())
            files = {file: Sent(*record) for file, record in document["files"].items()}
            return cls(path, str(document["token"]), str(document["emergency"]), files)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return cls(path)

    def save(self) -> None:
        """Write it. Raise OSError when the disk refuses."""
        files = {file: [sent.key, sent.linked, sent.body] for file, sent in self.files.items()}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        document = {"token": self.token, "emergency": self.emergency, "files": files}
        write_whole(self.path, json.dumps(document, separators=(",", ":")).encode())

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep every other push to this target out. Raise PushFailed when one is under way."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.with_suffix(".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise PushFailed("another push to it is under way") from error
            yield


def body_hash(body: bytes) -> str:
    """Name a file's bytes."""
    return hashlib.sha256(body).hexdigest()[:32]
