"""What `travaux doctor` looks at. Nothing here changes anything, except that a write to the database is tried."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import time
from collections.abc import Iterator, Sequence
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa
from pydantic import BaseModel

from probes.net.echo import ADVICE
from probes.types import Observation, Order, OrderType, Outcome, Secret, SecretMissing
from status.cli.channel_examinations import examine_channels
from status.cli.doctor import Examination, Finding, Grade
from status.cli.location_examinations import examine_locations, lacking_references
from status.cli.mirror_examinations import examine_mirrors
from status.cli.on_call_examinations import examine_alerts
from status.clock import utc
from status.config.model import Reference
from status.domain.refused import Refused
from status.models.engine import reading, writing
from status.models.installation import Installation
from status.runtime import Runtime, database_url
from status.services.installation import require_kind

LITTLE_BYTES: Final = 1_000_000_000
TOO_LITTLE_BYTES: Final = 100_000_000
PLAUSIBLE_YEARS: Final = range(2025, 2100)
DRIFT_WARNED_S: Final = 0.1
DRIFT_MOST_S: Final = 2.0
"""Detection sets a location aside when its clocks part by so much within a moment (rule, point 8)."""

OURS: Final = ("status", "probes")


def examine_database(runtime: Runtime) -> Iterator[Finding]:
    """Look whether the database answers, is at this release's version, durable and writable."""
    from status.models.migrate import MENDING, missing, schema_of

    url = database_url(runtime.settings, runtime.places)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        yield Finding("database", Grade.WARNING, f"{url.database} does not exist yet", "`travaux run` makes it")
        return
    try:
        schema = schema_of(runtime.engine)
        with writing(runtime.sessions) as session:
            durability = _durability(session.connection())
            lacks = missing(session.connection()) if schema.is_head else ()
            session.rollback()
    except sa.exc.DBAPIError as error:
        advice = "start the database, or set [database] url and password; give this user the right to write"
        yield Finding("database", Grade.FAULT, f"{url.render_as_string()}: {error.orig}", advice)
        return
    if not schema.known:
        found = f"schema {schema.current} comes from a newer travaux, this one knows up to {schema.head}"
        yield Finding("database", Grade.FAULT, found, "start the newer release, or restore a backup made before it")
    elif not schema.is_head:
        found = f"schema {schema.current or 'empty'}, this release wants {schema.head}"
        yield Finding("database", Grade.WARNING, found, "`travaux db upgrade`, or the next `travaux run`, upgrades it")
    elif lacks:
        yield Finding("database", Grade.FAULT, f"schema {schema.head} lacks {', '.join(lacks)}", MENDING)
    elif mismatch := _mismatch(runtime):
        yield Finding("database", Grade.FAULT, *mismatch.split(": ", 1))
    else:
        yield Finding("database", Grade.WELL, f"schema {schema.head}, writable{durability}")


def _mismatch(runtime: Runtime) -> str:
    """Tell that a demonstration's configuration meets a real database, or the reverse."""
    with reading(runtime.sessions) as session:
        row = session.get(Installation, 1)
    try:
        if row is not None:
            require_kind(row, runtime.settings)
    except Refused as error:
        return error.message
    return ""


def _durability(connection: sa.Connection) -> str:
    if connection.dialect.name != "sqlite":
        return ""
    journal = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
    synchronous = {1: "NORMAL", 2: "FULL", 3: "EXTRA"}.get(
        connection.exec_driver_sql("PRAGMA synchronous").scalar_one(), "OFF"
    )
    return f", journal {journal}, synchronous {synchronous}"


def examine_disk(runtime: Runtime) -> Iterator[Finding]:
    """Look whether the data folders can be written and have room."""
    for folder in dict.fromkeys((runtime.places.data, runtime.places.published)):
        existing = next(place for place in (folder, *folder.parents) if place.exists())
        free = shutil.disk_usage(existing).free
        found = f"{folder}: {free / 1e9:.1f} GB free"
        if not os.access(existing, os.W_OK):
            yield Finding(
                "disk", Grade.FAULT, f"{existing} cannot be written", "give this user the right, or set [paths]"
            )
        elif free < TOO_LITTLE_BYTES:
            yield Finding("disk", Grade.FAULT, found, "make room: nothing can be recorded or published soon")
        elif free < LITTLE_BYTES:
            yield Finding("disk", Grade.WARNING, found, "make room before it is full")
        else:
            yield Finding("disk", Grade.WELL, found)


def examine_port(runtime: Runtime) -> Iterator[Finding]:
    """Look whether the port is free, or ours."""
    from status.supervisor.lock import holder_of
    from status.supervisor.port import Address, Occupied, claimed

    address = Address.of(runtime.settings.server.listen)
    ours = holder_of(runtime.places.run / "supervisor.lock")
    if ours is not None:
        yield Finding("port", Grade.WELL, f"travaux runs (pid {ours}) and has {address}")
        return
    try:
        with claimed(address, patience_s=0):
            yield Finding("port", Grade.WELL, f"{address} is free")
    except Occupied as error:
        yield Finding("port", Grade.FAULT, *str(error).split(": ", 1))


def examine_privileges(runtime: Runtime) -> Iterator[Finding]:
    """Tell what this user may do on the network; only `ping` needs more than plain sockets."""
    raw, ping = _may_open(socket.SOCK_RAW), _may_open(socket.SOCK_DGRAM)
    found = f"raw sockets {'allowed' if raw else 'not allowed'}, ping {'allowed' if ping else 'not allowed'}"
    checks, references = runtime.settings.check, runtime.settings.self_test.reference
    used = "ping" in {*(check.kind for check in checks), *(reference.kind for reference in references)}
    if used and not (raw or ping):
        yield Finding("privileges", Grade.FAULT, f"{found}, and `ping` needs one of them", ADVICE)
    else:
        yield Finding("privileges", Grade.WELL, found if used else f"{found} (no check needs them)")


def _may_open(kind: socket.SocketKind) -> bool:
    try:
        socket.socket(socket.AF_INET, kind, socket.IPPROTO_ICMP).close()
    except PermissionError:
        return False
    return True


def examine_packages(_runtime: Runtime) -> Iterator[Finding]:
    """Look for a foreign package of our import names: PyPI has a `status` that would overwrite ours."""
    foreign = sorted({one.name for one in distributions() if one.name != "travaux" and _shadows(one)})
    if foreign:
        found = f"{', '.join(foreign)} installs files under {' or '.join(OURS)} beside ours"
        yield Finding("packages", Grade.FAULT, found, "install travaux in a virtual environment of its own")
    else:
        yield Finding("packages", Grade.WELL, f"nobody else's {' or '.join(OURS)} is installed")


def _shadows(distribution: Distribution) -> bool:
    listed = (distribution.read_text("top_level.txt") or "").split()
    first = {file.parts[0].removesuffix(".py") for file in distribution.files or ()}
    return bool(first.union(listed) & set(OURS))


def examine_clock(runtime: Runtime) -> Iterator[Finding]:
    """Look whether the wall clock runs with the steady one, shows a plausible year, and the time zone is known."""
    before = runtime.clock()
    time.sleep(1.0)
    after = runtime.clock()
    drift_s = abs((after.wall - before.wall) - (after.steady - before.steady))
    year = utc(after.wall).year
    if year not in PLAUSIBLE_YEARS:
        yield Finding(
            "clock", Grade.FAULT, f"it is {utc(after.wall):%Y-%m-%d %H:%M} UTC here", "set the clock; run NTP"
        )
    elif drift_s > DRIFT_WARNED_S:
        grade = Grade.FAULT if drift_s > DRIFT_MOST_S else Grade.WARNING
        yield Finding("clock", grade, f"wall and steady clock part by {drift_s:.2f} s in 1 s", "run NTP, without steps")
    else:
        yield Finding("clock", Grade.WELL, f"{utc(after.wall):%Y-%m-%d %H:%M:%S} UTC, running evenly")
    try:
        ZoneInfo(runtime.settings.site.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        found = f"no data of the time zone {runtime.settings.site.timezone!r}"
        yield Finding("clock", Grade.FAULT, found, "install tzdata, or correct [site] timezone")


def examine_references(runtime: Runtime) -> Iterator[Finding]:
    """Ask every self-test reference once."""
    references = runtime.settings.self_test.reference
    yield from lacking_references(runtime.settings)
    for reference, seen in zip(references, asyncio.run(_ask(runtime, references)), strict=True):
        name = f"{reference.kind} {reference.target}"
        if seen.outcome in {Outcome.OK, Outcome.SLOW}:
            yield Finding("references", Grade.WELL, f"{name} answers ({seen.duration_s * 1000:.0f} ms)")
        else:
            grade, advice = Grade.FAULT, "look whether this machine's line is well; else choose another reference"
            if runtime.settings.demo is not None:
                grade, advice = Grade.WARNING, "a demonstration's references answer while `travaux run` runs"
            yield Finding("references", grade, f"{name}: {seen.reason}: {seen.detail}", advice)


async def _ask(runtime: Runtime, references: Sequence[Reference]) -> list[Observation]:
    from probes.registry import kinds
    from probes.runner import Runner, make_tools
    from status.config.reference import reference_check

    monitor = runtime.settings.monitor
    runner = Runner(make_tools(monitor.resolvers), kinds(), monitor.pool_size, runtime.clock)
    now = runtime.clock()
    try:
        checks = [reference_check(reference, -index - 1) for index, reference in enumerate(references)]
        orders = [Order(check.name, check.id, monitor.location, OrderType.SINGLE, now.steady + 60) for check in checks]
        runs = [runner.measure(check, order, 0, now, _ignore) for check, order in zip(checks, orders, strict=True)]
        return await asyncio.gather(*runs)
    finally:
        runner.close()


def _ignore(_pending: object) -> None:
    """Don't mind a reference that takes long: its own deadline ends it."""


def examine_secrets(runtime: Runtime) -> Iterator[Finding]:
    """Look whether every secret's reference leads somewhere. No secret is shown."""
    from probes.registry import kinds

    owners = [("[database] password", secret) for secret in _secrets_in(runtime.settings.database)]
    for mirror in runtime.settings.mirror:
        owners += [(f"mirror {mirror.name!r}", secret) for secret in _secrets_in(mirror)]
    owners += [("[sms] password", secret) for secret in _secrets_in(runtime.settings.sms)]
    for relay in runtime.settings.relay:
        owners += [(f"relay {relay.name!r}", secret) for secret in _secrets_in(relay)]
    for check in runtime.settings.check:
        options = kinds()[check.kind].options.model_validate(check.options)
        owners += [(f"check {check.name!r}", secret) for secret in _secrets_in(options)]
    missing, grade, advice = 0, Grade.FAULT, "set it where the prober runs"
    if runtime.settings.demo is not None:
        grade, advice = Grade.WARNING, "`travaux run` makes those of a new demonstration"
    for whose, secret in owners:
        try:
            secret.resolve()
        except SecretMissing as error:
            missing += 1
            yield Finding("secrets", grade, f"{whose}: {error}", advice)
    if not missing:
        yield Finding("secrets", Grade.WELL, f"{len(owners)} used, all found" if owners else "none used")


def _secrets_in(value: Any) -> list[Secret]:
    if isinstance(value, Secret):
        return [value]
    if isinstance(value, BaseModel):
        return [secret for _, inner in value for secret in _secrets_in(inner)]
    if isinstance(value, dict):
        return [secret for inner in value.values() for secret in _secrets_in(inner)]
    if isinstance(value, (list, tuple)):
        return [secret for inner in value for secret in _secrets_in(inner)]
    return []


EXAMINATIONS: Final[tuple[Examination, ...]] = (
    examine_database,
    examine_disk,
    examine_port,
    examine_privileges,
    examine_packages,
    examine_clock,
    examine_references,
    examine_locations,
    examine_mirrors,
    examine_channels,
    examine_alerts,
    examine_secrets,
)
