"""Rules within and between the sections: site, server, database, paths, publication, monitor, self-test, demo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

import sqlalchemy as sa

from probes.registry import kinds
from status.config.addresses import is_loopback, split_listen, split_resolver
from status.config.appearance import check_appearance
from status.config.checks import check_secret_file
from status.config.findings import Findings
from status.config.lines import KeyPath
from status.config.mail_in import check_mail_in
from status.config.model import (
    SMS,
    Accessibility,
    Api,
    Database,
    Demo,
    Desk,
    Detection,
    Feeds,
    Heartbeat,
    Legal,
    Mail,
    MailIn,
    Maintnote,
    Monitor,
    Notices,
    Paths,
    PublicationSettings,
    Reference,
    SecurityTxt,
    SelfTest,
    Server,
    Site,
    Works,
)
from status.config.on_call import check_heartbeat
from status.config.outgoing import check_mail, check_maintnote, check_notices, check_sms
from status.config.reference import REFERENCE_KINDS, reference_options
from status.config.statements import MAIL, check_accessibility, check_security_txt
from status.i18n import LANGUAGES

DEMO_PORTS: Final = 20
"""The demonstration's servers use ports_from and the 19 ports after it."""


@dataclass(frozen=True, slots=True)
class Sections:
    """The sections that are valid in themselves; None stands for one with faults (and for no `[demo]`)."""

    site: Site | None
    server: Server | None
    database: Database | None
    paths: Paths | None
    publication: PublicationSettings | None
    feeds: Feeds | None
    monitor: Monitor | None
    self_test: SelfTest | None
    detection: Detection | None
    desk: Desk | None
    api: Api | None
    mail_in: MailIn | None
    mail: Mail | None
    notices: Notices | None
    sms: SMS | None
    maintnote: Maintnote | None
    heartbeat: Heartbeat | None
    works: Works | None
    legal: Legal | None
    accessibility: Accessibility | None
    security_txt: SecurityTxt | None
    demo: Demo | None


def check_sections(sections: Sections, findings: Findings, *, demo: bool) -> None:
    """Note what is wrong within and between sections. `demo`: the file has a `[demo]`, be it valid or not."""
    if sections.site is not None:
        _check_site(sections.site, findings)
        check_appearance(sections.site, findings)
    if sections.accessibility is not None:
        check_accessibility(sections.accessibility, findings)
    if sections.security_txt is not None:
        check_security_txt(sections.security_txt, findings)
    if sections.server is not None:
        _check_call(("server", "listen"), split_listen, sections.server.listen, findings)
    if sections.database is not None:
        _check_database(sections.database, findings, demo=demo)
    if sections.paths is not None and not sections.paths.data:
        findings.add(("paths", "data"), "found nothing, expected a folder (default: './var')")
    if sections.publication is not None:
        _check_publication(sections.publication, findings)
    if sections.feeds is not None and sections.feeds.hub and not _is_web_address(sections.feeds.hub):
        message = f"found {sections.feeds.hub!r}, expected the address of a hub (like 'https://hub.example.net/')"
        findings.add(("feeds", "hub"), message)
    _check_mails(sections, findings)
    _check_watching(sections, findings)


def _check_mails(sections: Sections, findings: Findings) -> None:
    if sections.mail_in is not None:
        check_mail_in(sections.mail_in, findings)
    if sections.mail is not None:
        check_mail(sections.mail, findings)
    if sections.notices is not None:
        check_notices(sections.notices, findings)
    if sections.sms is not None:
        check_sms(sections.sms, findings)
    if sections.maintnote is not None:
        check_maintnote(sections.maintnote, findings)
    if sections.heartbeat is not None:
        check_heartbeat(sections.heartbeat, findings)


def _check_watching(sections: Sections, findings: Findings) -> None:
    if sections.monitor is not None:
        for position, resolver in enumerate(sections.monitor.resolvers):
            _check_call(("monitor", "resolvers", position), split_resolver, resolver, findings)
    if sections.self_test is not None:
        _check_self_test(sections.self_test, findings)
    if sections.demo is not None:
        _check_demo(sections.demo, sections.server, findings)


def _check_call(path: KeyPath, parse: Callable[[str], object], text: str, findings: Findings) -> None:
    try:
        parse(text)
    except ValueError as error:
        findings.add(path, str(error))


def _check_site(site: Site, findings: Findings) -> None:
    if not site.languages:
        findings.add(("site", "languages"), f"found no language, expected one or more of {', '.join(LANGUAGES)}")
    if len(set(site.languages)) < len(site.languages):
        findings.add(("site", "languages"), f"found a language twice: {', '.join(site.languages)}")
    if not _is_timezone(site.timezone):
        near = findings.nearest(site.timezone, available_timezones())
        findings.add(("site", "timezone"), f"unknown time zone {site.timezone!r}{near}")
    _check_call(("site", "public_url"), _parse_public_url, site.public_url, findings)
    if site.contact and not MAIL.fullmatch(site.contact) and not _is_web_address(site.contact):
        message = f"found {site.contact!r}, expected a mail address or the address of a page (https://…)"
        findings.add(("site", "contact"), message)


def _is_timezone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        return False
    return True


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _parse_public_url(url: str) -> None:
    if not _is_web_address(url):
        raise ValueError(f"found {url!r}, expected scheme and host (like 'https://status.example.net')")
    parts = urlsplit(url)
    if parts.username is not None or parts.password is not None:
        raise ValueError("found a user or password in it, expected scheme and host only")
    if url.endswith("/"):
        raise ValueError(f"found {url!r}, expected no slash at the end")
    if parts.path or parts.query or parts.fragment:
        raise ValueError(f"found {url!r}, expected no path: the pages stand at the root of their host")


def _check_database(database: Database, findings: Findings, *, demo: bool) -> None:
    """Never repeats the address: a password may stand in it."""
    path: KeyPath = ("database", "url")
    if database.password is not None and not demo:
        check_secret_file(database.password, ("database", "password"), findings)
    if not database.url:
        return
    try:
        url = sa.make_url(database.url)
    except (sa.exc.ArgumentError, ValueError):
        findings.add(path, "expected 'sqlite:////absolute/path' or 'postgresql://user@host/database', found neither")
        return
    _check_database_url(url, database, path, findings)
    if demo and url.get_backend_name() == "postgresql" and not is_loopback(url.host or "localhost"):
        findings.add(path, f"[demo] is refused with a database on another machine ({url.host})")


def _check_database_url(url: sa.URL, database: Database, path: KeyPath, findings: Findings) -> None:
    if url.password is not None or "password" in url.query:
        expected = 'set [database] password = "env:NAME" or "file:/path"'
        findings.add(path, f"found a password in it, expected none: {expected}")
    backend = url.get_backend_name()
    if backend not in {"sqlite", "postgresql"}:
        findings.add(path, f"found {backend!r}, expected 'sqlite' or 'postgresql'")
    if backend == "postgresql" and not url.database:
        findings.add(path, "found no name of a database, expected 'postgresql://user@host/database'")
    if backend == "sqlite" and not PurePosixPath(url.database or "").is_absolute():
        expected = "four slashes and an absolute path ('sqlite:////var/lib/travaux/travaux.db'), or [paths] data"
        findings.add(path, f"expected {expected}, found something else")
    if backend == "sqlite" and database.password is not None:
        findings.add(("database", "password"), "SQLite has none; remove it")


def _check_publication(publication: PublicationSettings, findings: Findings) -> None:
    if publication.feed_min_items > publication.feed_max_items:
        message = f"found {publication.feed_min_items}, expected at most feed_max_items ({publication.feed_max_items})"
        findings.add(("publication", "feed_min_items"), message)
    if publication.renew_s >= publication.stale_after_s:
        message = f"found {publication.renew_s:g}, expected less than stale_after_s ({publication.stale_after_s:g})"
        findings.add(("publication", "renew_s"), message)


def _check_self_test(self_test: SelfTest, findings: Findings) -> None:
    number = len(self_test.reference)
    if number and self_test.bad_references > number:
        message = f"found {self_test.bad_references}, expected at most the number of references ({number})"
        findings.add(("self_test", "bad_references"), f"{message}: set it, or give more references (three are advised)")
    for index, reference in enumerate(self_test.reference):
        _check_reference(index, reference, self_test, findings)


def _check_reference(index: int, reference: Reference, self_test: SelfTest, findings: Findings) -> None:
    path: KeyPath = ("self_test", "reference", index)
    possible = [kind for kind in REFERENCE_KINDS if kind in kinds()]
    if reference.timeout_s > self_test.interval_s:
        message = f"found {reference.timeout_s:g}, expected at most interval_s ({self_test.interval_s:g})"
        findings.add((*path, "timeout_s"), message)
    if reference.kind not in possible:
        near = findings.nearest(reference.kind, possible)
        message = f"found {reference.kind!r}, expected one of {', '.join(possible)}{near}"
        findings.add((*path, "kind"), message)
        return
    try:
        kinds()[reference.kind].options.model_validate(reference_options(reference))
    except ValueError as error:
        findings.add((*path, "target"), str(error))


def _check_demo(demo: Demo, server: Server | None, findings: Findings) -> None:
    if server is None:
        return
    try:
        host, port = split_listen(server.listen)
    except ValueError:
        return
    if not is_loopback(host):
        findings.add(("server", "listen"), f"[demo] listens on this machine only, expected 127.0.0.1, found {host!r}")
    if demo.ports_from <= port < demo.ports_from + DEMO_PORTS:
        last = demo.ports_from + DEMO_PORTS - 1
        findings.add(
            ("server", "listen"), f"found port {port}, which the demonstration uses ({demo.ports_from}-{last})"
        )
