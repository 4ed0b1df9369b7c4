"""A location's own line: a network namespace that can be cut off."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress

NOWHERE = "02:00:00:00:00:99"


class Line:
    """A network namespace behind a pair of virtual interfaces; what is looked at stands on this side, `host`."""

    def __init__(self, number: int) -> None:
        self.name = f"tvx{os.getpid()}-{number}"
        self.near, self.far = f"{self.name}n", f"{self.name}f"
        self.host, self.guest = (f"10.214.{os.getpid() % 250}.{4 * number + side}" for side in (1, 2))

    @contextmanager
    def laid(self) -> Iterator[None]:
        ip("netns", "add", self.name)
        try:
            ip("link", "add", self.near, "type", "veth", "peer", "name", self.far, "netns", self.name)
            ip("addr", "add", f"{self.host}/30", "dev", self.near)
            ip("link", "set", self.near, "up")
            ip("-n", self.name, "addr", "add", f"{self.guest}/30", "dev", self.far)
            ip("-n", self.name, "link", "set", self.far, "up")
            yield
        finally:
            with suppress(subprocess.CalledProcessError):
                ip("link", "del", self.near)
            ip("netns", "del", self.name)

    def cut(self) -> None:
        """Send the packets of both directions to a machine that does not exist: nobody is told anything."""
        ip("neigh", "replace", self.guest, "lladdr", NOWHERE, "dev", self.near, "nud", "permanent")
        ip("-n", self.name, "neigh", "replace", self.host, "lladdr", NOWHERE, "dev", self.far, "nud", "permanent")

    def mend(self) -> None:
        ip("neigh", "del", self.guest, "dev", self.near)
        ip("-n", self.name, "neigh", "del", self.host, "dev", self.far)


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
