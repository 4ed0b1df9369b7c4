"""The lab's real servers and their configurations: nginx, BIND, Postfix, Dovecot, Kamailio, FreeRADIUS on loopback."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

from tests.lab.ca import DAY, Authority
from tests.lab.runner import Server, free_port, require

CONFIGURATIONS = Path(__file__).parent / "data"
IMAP_PASSWORD = "lab-imap"
QUEUES = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "maildrop", "saved", "trace")
RADIUS_SECRET = "labsecret"
RADIUS_USER, RADIUS_PASSWORD = "probe@adsl.lab", "dslpw"


@dataclass(frozen=True, slots=True)
class Lab:
    """One running server and where it listens. `ports` are named by what they speak."""

    server: Server
    ports: dict[str, int]


def nginx(folder: Path, authority: Authority) -> Lab:
    """HTTP on 4 and 6, HTTPS with a good, an expired, a misnamed and a self-signed certificate."""
    require("nginx")
    authority.issue("ok")
    authority.issue("expired", begins=-90 * DAY, ends=-2 * DAY)
    authority.issue("wronghost", ("other.lab.test",))
    authority.issue("selfsigned", self_signed=True)
    ports = {name: free_port("127.0.0.1", "::1") for name in ("http", "https", "expired", "wronghost", "selfsigned")}
    (folder / "html").mkdir()
    (folder / "html" / "index.html").write_text("<p>It works: lab</p>\n")
    (folder / "html" / "big.bin").write_bytes(bytes(2_000_000))
    config = _configure("nginx.conf", folder, ports, pki=authority.pem.parent)
    return Lab(Server(["nginx", "-p", str(folder), "-c", str(config)], ports["http"], folder), ports)


def bind(folder: Path) -> Lab:
    """An authoritative name server for lab.test; broken.test answers SERVFAIL, all else is REFUSED."""
    require("named")
    ports = {"dns": free_port("127.0.0.1", "::1")}
    for zone in CONFIGURATIONS.glob("*.zone"):
        shutil.copy(zone, folder)
    config = _configure("named.conf", folder, ports)
    return Lab(Server(["named", "-g", "-n", "1", "-c", str(config)], ports["dns"], folder), ports)


def postfix(folder: Path, authority: Authority) -> Lab:
    """A mail server: SMTP with STARTTLS on `smtp`, without on `plain`, TLS from the first byte on `smtps`.

    `folder` must be open to its user `postfix`, which walks down to it.
    """
    require("postfix", root=True)
    authority.issue("ok")
    ports = {name: free_port("127.0.0.1", "::1") for name in ("smtp", "plain", "smtps")}
    for name in ("conf", "data", "spool/pid", "spool/private", "spool/public"):
        (folder / name).mkdir(parents=True)
    for name, group in (("data", "postfix"), ("spool/private", "root"), ("spool/public", "postdrop")):
        shutil.chown(folder / name, "postfix", group)
    for name in ("main.cf", "master.cf"):
        _configure(name, folder, ports, pki=authority.pem.parent, into=folder / "conf")
    argv = ["/usr/lib/postfix/sbin/master", "-c", str(folder / "conf"), "-d"]
    return Lab(Server(argv, ports["smtp"], folder, "postfix"), ports)


def delivering_postfix(folder: Path, authority: Authority, mailboxes: Path) -> Lab:
    """A mail server that takes mail for lab.test on `smtp` and puts it into the mailboxes of a Dovecot.

    There are `anne` and `travaux`; a mail to anybody else is taken too, and comes back with a report.
    """
    require("postfix", root=True)
    authority.issue("ok")
    ports = {"smtp": free_port("127.0.0.1")}
    (folder / "spool").mkdir()
    owned = {
        "conf": "root",
        "data": "postfix",
        "spool/pid": "root",
        "spool/private": "root",
        "spool/public": "postdrop",
    }
    for name, group in (owned | {f"spool/{queue}": "root" for queue in QUEUES}).items():
        (folder / name).mkdir()
        shutil.chown(folder / name, "root" if name in {"conf", "spool/pid"} else "postfix", group)
    nobody = pwd.getpwnam("nobody")
    words = {"MAILBOXES": str(mailboxes), "UID": str(nobody.pw_uid), "GID": str(nobody.pw_gid)}
    for name in ("main", "master"):
        written = _configure(f"{name}-delivering.cf", folder, ports, pki=authority.pem.parent, into=folder, **words)
        written.rename(folder / "conf" / f"{name}.cf")
    argv = ["/usr/lib/postfix/sbin/master", "-c", str(folder / "conf"), "-d"]
    return Lab(Server(argv, ports["smtp"], folder, "postfix"), ports)


def dovecot(folder: Path, authority: Authority) -> Lab:
    """An IMAP server: STARTTLS on `imap`, TLS from the first byte on `imaps`; mailboxes are made at the first use."""
    require("dovecot", root=True)
    authority.issue("ok")
    ports = {name: free_port("127.0.0.1") for name in ("imap", "imaps")}
    (folder / "mail").mkdir()
    shutil.chown(folder / "mail", "nobody", "nogroup")
    config = _configure("dovecot.conf", folder, ports, pki=authority.pem.parent, IMAP_PASSWORD=IMAP_PASSWORD)
    return Lab(Server(["dovecot", "-F", "-c", str(config)], ports["imaps"], folder), ports)


def kamailio(folder: Path) -> Lab:
    """A SIP server on UDP and TCP: OPTIONS to itself is 200, to `busy` 486, to `down` 503, to another user 404."""
    require("kamailio")
    ports = {"sip": free_port("127.0.0.1", "::1")}
    config = _configure("kamailio.cfg", folder, ports)
    argv = ["kamailio", "-DD", "-E", "-f", str(config), "-P", str(folder / "pid"), "-Y", str(folder)]
    return Lab(Server([*argv, "-m", "16", "-M", "4"], ports["sip"], folder), ports)


def freeradius(folder: Path) -> Lab:
    """A RADIUS server that knows `probe@adsl.lab`, refuses `suspended@adsl.lab` and accepts `anything@adsl.lab`."""
    require("freeradius")
    ports = {"radius": free_port("127.0.0.1", "::1")}
    folder.chmod(0o700)  # it refuses a folder that others may write
    _configure("radius-users", folder, ports, RADIUS_USER=RADIUS_USER, RADIUS_PASSWORD=RADIUS_PASSWORD)
    config = _configure("radiusd.conf", folder, ports, RADIUS_SECRET=RADIUS_SECRET)
    argv = ["freeradius", "-f", "-l", "stdout", "-d", str(config.parent), "-n", "radiusd"]
    return Lab(Server(argv, lambda: _answers_udp(folder / "freeradius.log"), folder), ports)


def _answers_udp(log: Path) -> bool:
    return "Ready to process requests" in log.read_text(errors="replace")


def _configure(
    name: str, folder: Path, ports: dict[str, int], *, pki: Path | None = None, into: Path | None = None, **words: str
) -> Path:
    """Write the configuration `name` with `@WORDS@` filled in: ports as @PORT_NAME@, LAB and PKI, and `words`."""
    text = (CONFIGURATIONS / name).read_text()
    values = {f"PORT_{port.upper()}": str(number) for port, number in ports.items()}
    values |= {"LAB": str(folder), "PKI": str(pki), "HOST": socket.gethostname(), **words}
    for word, value in values.items():
        text = text.replace(f"@{word}@", value)
    written = (into or folder) / name
    written.write_text(text)
    os.utime(written, (0, 0))  # Postfix reads a file again and again until it is some seconds old
    return written
