"""`travaux doctor` on a real installation with one thing wrong."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from probes.types import Instant
from status.cli import main
from status.cli.channel_examinations import examine_channels
from status.cli.doctor import Finding, Grade
from status.cli.examinations import (
    examine_clock,
    examine_database,
    examine_packages,
    examine_port,
    examine_privileges,
)
from status.cli.location_examinations import examine_locations
from status.config.load import load
from status.domain.subscriptions import Pace, SubscriptionState
from status.models import Location, Subscription
from status.models.engine import create_file, writing
from status.models.migrate import upgrade
from status.places import places_of
from status.runtime import Runtime, make_runtime
from status.supervisor.lock import locked
from tests.servers import http
from tests.servers.loopback import TCPServer
from tests.servers.pinged import NOBODY, Pinged, without_raw_sockets

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WELL, WARNING, FAULT = Grade.WELL, Grade.WARNING, Grade.FAULT
Make = Callable[..., Runtime]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Build an installation from what its config.toml says; its database does not exist yet."""
    made: list[Runtime] = []

    def installation(config: str = "") -> Runtime:
        file = tmp_path / "config.toml"
        file.write_text(config, encoding="utf-8")
        settings = load(file)
        made.append(make_runtime(settings, places_of(settings, file, tmp_path)))
        return made[-1]

    yield installation
    for runtime in made:
        runtime.engine.dispose()


@pytest.fixture
def upgraded(make: Make) -> Runtime:
    """An installation with a database at this release's schema."""
    runtime = make()
    upgrade(runtime.engine, runtime.places.data / "backups")
    return runtime


def only(findings: Iterator[Finding]) -> Finding:
    (finding,) = findings
    return finding


def change(runtime: Runtime, statement: str) -> None:
    with sqlite3.connect(str(runtime.engine.url.database)) as database:
        database.execute(statement)
    database.close()


def add_agent(runtime: Runtime, heard_at: datetime | None) -> None:
    with writing(runtime.sessions) as session:
        row = Location(slug="rbx", created_at=NOW, set_aside_at=None, set_aside_reason="")
        row.token_hash, row.heard_at = "0" * 64, heard_at
        session.add(row)


def doctor(config: Path) -> tuple[int, dict[str, list[tuple[str, str]]]]:
    """Give the exit code and the findings (grade, words) by subject."""
    result = CliRunner().invoke(main, ["--config", str(config), "doctor", "--json"])
    told: dict[str, list[tuple[str, str]]] = {}
    for one in json.loads(result.stdout):
        told.setdefault(one["subject"], []).append((one["grade"], one["found"]))
    return result.exit_code, told


def test_a_database_at_the_head_is_well(upgraded: Runtime) -> None:
    finding = only(examine_database(upgraded))
    assert finding.grade is WELL
    assert finding.found.endswith("writable, journal wal, synchronous FULL")


def test_a_missing_database_is_only_not_there_yet(make: Make) -> None:
    finding = only(examine_database(make()))
    assert (finding.grade, "does not exist yet" in finding.found) == (WARNING, True)


def test_an_empty_database_wants_its_upgrade(make: Make) -> None:
    runtime = make()
    create_file(runtime.engine)
    finding = only(examine_database(runtime))
    assert (finding.grade, finding.found.startswith("schema empty, this release wants ")) == (WARNING, True)


def test_a_newer_database_is_a_fault(upgraded: Runtime) -> None:
    change(upgraded, "UPDATE alembic_version SET version_num = '9999'")
    finding = only(examine_database(upgraded))
    assert (finding.grade, "comes from a newer travaux" in finding.found) == (FAULT, True)


@pytest.mark.parametrize(
    ("statement", "lacks"),
    [("DROP TABLE told", "told"), ("ALTER TABLE subscription DROP COLUMN consent", "subscription.consent")],
)
def test_a_schema_that_is_not_what_its_number_says_is_a_fault(upgraded: Runtime, statement: str, lacks: str) -> None:
    change(upgraded, statement)
    finding = only(examine_database(upgraded))
    assert (finding.grade, finding.found.endswith(f" lacks {lacks}")) == (FAULT, True)
    assert "Restore a backup" in finding.advice


def test_a_database_somebody_else_holds_is_a_fault(upgraded: Runtime) -> None:
    upgraded.engine.dispose()
    holder = sqlite3.connect(str(upgraded.engine.url.database), isolation_level=None)
    holder.execute("PRAGMA locking_mode = EXCLUSIVE")
    holder.execute("BEGIN EXCLUSIVE")
    finding = only(examine_database(upgraded))
    holder.close()
    assert (finding.grade, "locked" in finding.found) == (FAULT, True)


def test_what_is_no_database_is_a_fault(make: Make) -> None:
    runtime = make()
    create_file(runtime.engine)
    Path(str(runtime.engine.url.database)).write_bytes(b"garbage" * 1000)
    finding = only(examine_database(runtime))
    assert (finding.grade, "not a database" in finding.found) == (FAULT, True)


def test_a_demonstrations_database_under_a_real_configuration_is_a_fault(upgraded: Runtime) -> None:
    change(
        upgraded,
        "INSERT INTO installation (id, authority, year, demonstration, created_at, next_event_number, revision)"
        " VALUES (1, 'demo.invalid', 2026, 1, '2026-01-01', 1, 0)",
    )
    finding = only(examine_database(upgraded))
    assert (finding.grade, finding.found.startswith("this database belongs to a demonstration")) == (FAULT, True)


def test_a_free_port_is_well(make: Make) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert only(examine_port(make(f'[server]\nlisten = "127.0.0.1:{port}"'))).grade is WELL


def test_a_port_in_use_is_a_fault_that_names_its_owner(make: Make) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        finding = only(examine_port(make(f'[server]\nlisten = "127.0.0.1:{port}"')))
    assert finding.grade is FAULT
    assert f"127.0.0.1:{port} is in use by " in finding.found
    assert finding.advice == "stop it or set [server] listen"


def test_our_own_port_in_use_is_well(make: Make) -> None:
    runtime = make()
    runtime.places.run.mkdir(parents=True)
    with locked(runtime.places.run / "supervisor.lock"):
        finding = only(examine_port(runtime))
    assert (finding.grade, finding.found.startswith("travaux runs (pid ")) == (WELL, True)


def test_a_foreign_package_of_our_name_is_a_fault(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "status-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: status\nVersion: 1.0\n", encoding="utf-8")
    (folder / "RECORD").write_text("status/__init__.py,,\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    finding = only(examine_packages(make()))
    assert (finding.grade, finding.found.startswith("status installs files under status")) == (FAULT, True)


def test_our_own_package_alone_is_well(make: Make) -> None:
    assert only(examine_packages(make())).grade is WELL


@pytest.mark.parametrize(
    ("wall", "step_s", "grade", "words"),
    [
        (1_790_000_000.0, 1.0, WELL, "running evenly"),
        (1_790_000_000.0, 1.5, WARNING, "part by 0.50 s"),
        (1_790_000_000.0, 61.0, FAULT, "part by 60.00 s"),
        (0.0, 1.0, FAULT, "it is 1970-01-01 00:00 UTC here"),
    ],
)
def test_the_clock_is_looked_at(make: Make, wall: float, step_s: float, grade: Grade, words: str) -> None:
    seen = iter([Instant(0.0, wall), Instant(1.0, wall + step_s)])
    finding = only(examine_clock(replace(make(), clock=lambda: next(seen))))
    assert (finding.grade, words in finding.found) == (grade, True)


def test_no_references_is_a_warning_that_says_what_may_happen(upgraded: Runtime) -> None:
    code, told = doctor(upgraded.places.config)
    ((grade, words),) = told["references"]
    assert (code, grade) == (0, "warning")
    assert words.endswith("our own line is not tested, and an outage of it looks like everybody's")


def test_one_location_alone_is_a_warning_that_names_the_command(upgraded: Runtime) -> None:
    finding = only(examine_locations(upgraded))
    assert (finding.grade, finding.found.startswith("here looks alone")) == (WARNING, True)
    assert "`travaux location add NAME`" in finding.advice


def test_a_demonstration_needs_no_second_location(make: Make) -> None:
    runtime = make("[demo]\n")
    upgrade(runtime.engine, runtime.places.data / "backups")
    assert list(examine_locations(runtime)) == []


def test_a_second_location_that_is_heard_is_well(upgraded: Runtime) -> None:
    add_agent(upgraded, heard_at=NOW - timedelta(seconds=20))
    finding = only(examine_locations(replace(upgraded, clock=lambda: Instant(0.0, NOW.timestamp()))))
    assert (finding.grade, finding.found) == (WELL, "rbx looks too")


@pytest.mark.parametrize(("heard_at", "words"), [(None, "rbx ever"), (NOW - timedelta(hours=1), "rbx since 2026-")])
def test_a_silent_agent_is_a_warning(upgraded: Runtime, heard_at: datetime | None, words: str) -> None:
    add_agent(upgraded, heard_at)
    finding = only(examine_locations(replace(upgraded, clock=lambda: Instant(0.0, NOW.timestamp()))))
    assert (finding.grade, f"nothing heard of {words}" in finding.found) == (WARNING, True)


def test_a_location_set_aside_is_a_warning(upgraded: Runtime) -> None:
    add_agent(upgraded, NOW)
    change(upgraded, "UPDATE location SET set_aside_at = heard_at, set_aside_reason = 'references'")
    finding = only(examine_locations(replace(upgraded, clock=lambda: Instant(0.0, NOW.timestamp()))))
    assert (finding.grade, "rbx is set aside since 2026-" in finding.found) == (WARNING, True)


def test_a_dead_reference_is_a_fault_and_one_that_answers_is_well(make: Make) -> None:
    with TCPServer(http.reply(http.OK)) as server, socket.create_server(("127.0.0.1", 0)) as closed:
        dead = closed.getsockname()[1]
        closed.close()
        targets = (
            ('kind = "http"', f'target = "http://127.0.0.1:{server.port}/"'),
            ('kind = "tcp"', f'target = "127.0.0.1:{dead}"'),
        )
        runtime = make("\n".join("\n".join(("[[self_test.reference]]", *lines)) for lines in targets))
        code, told = doctor(runtime.places.config)
    assert (code, [grade for grade, _ in told["references"]]) == (1, ["warning", "well", "fault"])


PINGING = '[self_test]\nbad_references = 1\n[[self_test.reference]]\nkind = "ping"\ntarget = "192.0.2.1"\n'


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: a network of its own")
@pytest.mark.parametrize(("config", "grade"), [(PINGING, FAULT), ("", WELL)])
def test_no_right_to_ping_is_a_fault_where_something_pings(make: Make, config: str, grade: Grade) -> None:
    runtime = make(config)
    with Pinged(lambda _echo: (), NOBODY) as network:
        finding = network.run(lambda: without_raw_sockets(lambda: only(examine_privileges(runtime))))
    assert (finding.grade, "ping_group_range" in finding.advice) == (grade, grade is FAULT)


SECRETIVE = """
[[component]]
slug = "adsl"
parent = "xdsl"
name = { fr = "ADSL" }
[[check]]
name = "adsl/radius"
component = "adsl"
kind = "radius"
[check.options]
host = "127.0.0.1"
user = "probe"
secret = "env:DOCTOR_SECRET"
password = "env:DOCTOR_SECRET"
"""


def test_a_missing_secret_is_a_fault_that_names_its_check(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOCTOR_SECRET", raising=False)
    code, told = doctor(make(SECRETIVE).places.config)
    grade, words = told["secrets"][0]
    assert (code, grade) == (1, "fault")
    assert words.startswith("check 'adsl/radius': env:DOCTOR_SECRET: ")


def test_a_secret_that_is_there_is_well_and_never_shown(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCTOR_SECRET", "geheim-4711")
    runtime = make(SECRETIVE)
    shown = CliRunner().invoke(main, ["--config", str(runtime.places.config), "doctor"]).output
    assert "✓ secrets: 2 used, all found" in shown
    assert "geheim-4711" not in shown


OWN_MAIL = """
[mail]
address = "status@example.net"
[[relay]]
name = "main"
host = "smtp.example.net"
component = "smtp"
[[component]]
slug = "smtp"
parent = "email"
name = { fr = "SMTP", en = "SMTP" }
[[check]]
name = "smtp"
component = "smtp"
kind = "smtp"
[check.options]
host = "smtp.example.net"
"""
ELSEWHERE = """
[[relay]]
name = "elsewhere"
host = "smtp.example.org"
"""


def found(findings: Iterator[Finding], subject: str) -> list[tuple[Grade, str]]:
    return [(one.grade, f"{one.found} {one.advice}") for one in findings if one.subject == subject]


def test_mail_that_rides_on_what_it_would_tell_of_is_a_warning(make: Make) -> None:
    [(grade, words)] = found(examine_channels(make(OWN_MAIL)), "relays")
    assert (grade, "no mail tells of it" in words) == (WARNING, True)
    assert found(examine_channels(make(OWN_MAIL + ELSEWHERE)), "relays") == []
    untold = OWN_MAIL.replace('component = "smtp"\n[[component]]', "[[component]]")
    [(_, words)] = found(examine_channels(make(untold)), "relays")
    assert "set `component`" in words


def test_channels_that_can_t_be_used_are_named_with_what_they_lack(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("status.notifiers.apprise.PACKAGE", "no_such_package_of_apprise")
    told = found(examine_channels(make()), "channels")
    assert {grade for grade, _ in told} == {WELL}
    for words in (
        "email is not offered: it lacks [mail] address",
        "sms is not offered",
        "pip install 'travaux[apprise]'",
    ):
        assert any(words in each for _, each in told)


def test_subscriptions_on_a_channel_that_is_gone_are_a_warning(upgraded: Runtime) -> None:
    with writing(upgraded.sessions) as session:
        session.add(Subscription(
            uid="018f0000-0000-7000-8000-000000000001", channel="sms", address="+33612345678", address_hash="0" * 64,
            language="fr", state=SubscriptionState.ACTIVE, types=7, pace=Pace.AT_ONCE, digest_minute=0,
            digest_weekday=0, options={}, created_at=NOW,
        ))  # fmt: skip
    assert (
        WARNING,
        "1 subscriptions wait on sms, which can't be used here it lacks [sms] url, fields and prefixes",
    ) in found(examine_channels(upgraded), "channels")
