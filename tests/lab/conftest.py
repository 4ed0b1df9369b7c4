"""The lab's servers as fixtures: one of each per test module, fresh folder, free ports, ended at the end."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab import servers
from tests.lab.ca import Authority
from tests.lab.servers import Lab


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder that servers with a user of their own can walk into (pytest's are for the owner only)."""
    with tempfile.TemporaryDirectory(prefix="travaux-lab-") as made:
        Path(made).chmod(0o711)
        yield Path(made)


@pytest.fixture(scope="module")
def authority(folder: Path) -> Authority:
    """The authority that signed the servers' certificates."""
    (folder / "pki").mkdir()
    return Authority(folder / "pki")


def _place(folder: Path, name: str) -> Path:
    place = folder / name
    place.mkdir()
    return place


@pytest.fixture(scope="module")
def nginx(folder: Path, authority: Authority) -> Iterator[Lab]:
    """A running nginx."""
    lab = servers.nginx(_place(folder, "nginx"), authority)
    with lab.server:
        yield lab


@pytest.fixture(scope="module")
def bind(folder: Path) -> Iterator[Lab]:
    """A running BIND."""
    lab = servers.bind(_place(folder, "bind"))
    with lab.server:
        yield lab


@pytest.fixture(scope="module")
def postfix(folder: Path, authority: Authority) -> Iterator[Lab]:
    """A running Postfix."""
    lab = servers.postfix(_place(folder, "postfix"), authority)
    with lab.server:
        yield lab


@pytest.fixture(scope="module")
def dovecot(folder: Path, authority: Authority) -> Iterator[Lab]:
    """A running Dovecot."""
    lab = servers.dovecot(_place(folder, "dovecot"), authority)
    with lab.server:
        yield lab


@pytest.fixture(scope="module")
def delivering_postfix(folder: Path, authority: Authority, dovecot: Lab) -> Iterator[Lab]:
    """A running Postfix that delivers into the running Dovecot's mailboxes."""
    lab = servers.delivering_postfix(_place(folder, "delivering"), authority, folder / "dovecot" / "mail")
    with lab.server:
        yield lab


@pytest.fixture(scope="module")
def kamailio(folder: Path) -> Iterator[Lab]:
    """A running Kamailio."""
    lab = servers.kamailio(_place(folder, "kamailio"))
    with lab.server:
        yield lab


@pytest.fixture(scope="module")
def freeradius(folder: Path) -> Iterator[Lab]:
    """A running FreeRADIUS."""
    lab = servers.freeradius(_place(folder, "freeradius"))
    with lab.server:
        yield lab
