"""`travaux config` and `travaux init`, as typed."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from status.cli import main
from status.cli.init import TEMPLATE
from status.config.load import load
from status.domain.states import Impact
from status.models import Check, Component, Instruction, Lease
from status.models.engine import make_engine, make_sessions, writing
from status.models.migrate import upgrade
from status.services import actors, incidents, leases

WEB = """
[[component]]
slug = "web"
parent = "hosting"
name.fr = "Web"
"""
CHECK = """
[[check]]
name = "{0}"
component = "web"
kind = "tcp"
[check.options]
target = "192.0.2.1:443"
"""


@pytest.fixture
def travaux(tmp_path, monkeypatch):
    """Run the command in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRAVAUX_CONFIG", raising=False)
    return lambda *arguments: CliRunner().invoke(main, arguments, catch_exceptions=False)


@pytest.fixture
def installed(tmp_path):
    """A database without a row where config.toml's default looks for it."""
    engine = make_engine(f"sqlite:///{tmp_path}/var/travaux.db")
    upgrade(engine, tmp_path / "var/backups")
    yield make_sessions(engine)
    engine.dispose()


def test_check_of_a_sound_file_says_what_is_in_it(travaux, write):
    write(WEB + CHECK.format("a") + CHECK.format("b"))
    result = travaux("config", "check")
    assert result.exit_code == 0
    assert result.stdout.endswith("config.toml: valid: 1 component, 2 checks (2 tcp), 0 references\n")


def test_check_warns_of_a_line_that_nothing_tests_and_of_a_location_that_looks_alone(travaux, write):
    write(WEB)
    result = travaux("config", "check")
    assert result.exit_code == 0
    assert "! references: [self_test] has none: our own line is not tested" in result.stderr
    assert "! locations: here looks alone" in result.stderr
    assert "`travaux location add NAME`" in result.stderr


def test_apply_tells_which_words_still_name_what_is_public_no_more(travaux, write, installed):
    write(WEB)
    assert travaux("config", "apply").exit_code == 0
    with writing(installed) as session:
        row = session.scalars(sa.select(Component).where(Component.slug == "web")).one()
        opening = incidents.Opening({row.id: Impact.FULL}, {"fr": "Web : panne"})
        incidents.open_incident(session, opening, actors.cli_user(session, "anne"), datetime(2026, 3, 1, tzinfo=UTC))
    write(WEB + 'visibility = "internal"\n')
    result = travaux("config", "apply")
    assert result.stderr == "words that name what is public no more, to be redacted: FS#1 (title)\n"


def test_check_does_not_warn_where_an_agent_looks_too(travaux, write, installed):
    write(WEB)
    assert travaux("location", "add", "rbx").exit_code == 0
    assert "locations:" not in travaux("config", "check").stderr


def test_check_of_a_file_asks_no_database_server(travaux, write):
    write('[database]\nurl = "postgresql://u@192.0.2.1/d"\npassword = "env:HIDDEN"\n')
    result = travaux("config", "check")
    assert (result.exit_code, "locations:" in result.stderr) == (0, False)


def test_check_gives_warnings_as_json(travaux, write):
    write(WEB)
    told = json.loads(travaux("config", "check", "--json").stdout)
    assert (told["valid"], [one["where"] for one in told["warnings"]]) == (True, ["references", "locations"])


def test_the_demonstration_has_nothing_to_be_warned_of(travaux):
    assert travaux("config", "check").stderr == ""


def test_check_of_a_faulty_file_tells_all_faults_and_leaves_with_2(travaux, write):
    write("[site]\nnmae = 1\n[server]\nlisten = 1\n")
    result = travaux("config", "check", "config.toml")
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        "config.toml:2: [site]: unknown key 'nmae', did you mean 'name'?",
        "config.toml:4: [server]: listen: found a whole number, expected a string in quotes",
    ]


def test_check_gives_faults_as_json(travaux, write):
    write("[sit]\n")
    result = travaux("config", "check", "--json")
    (fault,) = json.loads(result.stdout)["faults"]
    assert (result.exit_code, fault["line"], fault["message"]) == (
        2,
        1,
        "unknown section or key 'sit', did you mean 'site'?",
    )


def test_check_without_a_file_checks_the_demonstration(travaux):
    result = travaux("config", "check")
    assert result.stdout.endswith("3 references; a demonstration\n")


def test_show_prints_secrets_as_references(travaux, write):
    write('[database]\nurl = "postgresql://u@localhost/d"\npassword = "env:HIDDEN"\n')
    assert json.loads(travaux("config", "show").stdout)["database"]["password"] == "env:HIDDEN"


def test_apply_without_a_database_says_who_makes_it(travaux, write, tmp_path):
    write(WEB)
    result = travaux("config", "apply")
    assert (result.exit_code, "there is no database yet" in result.stderr) == (1, True)
    assert not (tmp_path / "var").exists()


def test_apply_without_a_monitor_applies_here(travaux, write, installed):
    write(WEB + CHECK.format("a"))
    result = travaux("config", "apply")
    assert "checks added: 1 (a)" in result.stdout
    assert result.stdout.endswith("applied; no monitor runs\n")
    with installed() as session:
        assert session.scalars(sa.select(Check.name)).all() == ["a"]


def test_apply_beside_a_monitor_asks_it_and_writes_nothing_itself(travaux, write, installed):
    write(WEB + CHECK.format("a"))
    with writing(installed) as session:
        now = leases.datetime.now(leases.UTC)
        leases.take(session, "decider", "another/boot/1/1", now, 30)
    result = travaux("config", "apply", "--confirm")
    assert "the running monitor has been asked" in result.stdout
    with installed() as session:
        assert session.scalars(sa.select(Check)).all() == []
        (asked,) = session.scalars(sa.select(Instruction))
        assert (asked.action, asked.data["confirm"]) == ("config_apply", True)


def test_apply_that_retires_much_is_refused_until_confirmed(travaux, write, installed):
    write(WEB + CHECK.format("a") + CHECK.format("b"))
    travaux("config", "apply")
    write(WEB + CHECK.format("a"))
    refused, confirmed = travaux("config", "apply"), travaux("config", "apply", "--confirm")
    assert (refused.exit_code, confirmed.exit_code) == (1, 0)
    assert "1 of 2 checks (50%) would be retired" in refused.stderr
    assert "checks retired: 1 (b)" in confirmed.stdout


def test_apply_leaves_the_lease_free(travaux, write, installed):
    write(WEB)
    travaux("config", "apply")
    with installed() as session:
        assert session.get(Lease, "decider").holder == ""


def test_init_writes_a_file_that_is_valid_as_it_stands(travaux, tmp_path):
    result = travaux("init", "--name", 'Télécom "du Nord"', "--public-url", "https://status.example.net")
    assert result.exit_code == 0
    assert load(tmp_path / "config.toml").site.name == 'Télécom "du Nord"'


def test_init_never_overwrites(travaux, write):
    path = write("# mine")
    result = travaux("init")
    assert (result.exit_code, "exists already" in result.stderr) == (1, True)
    assert path.read_text() == "# mine"


def test_init_leaves_nothing_behind_when_refused(travaux, tmp_path):
    result = travaux("init", "--public-url", "status.example.net")
    assert (result.exit_code, "expected scheme and host" in result.stderr) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_the_checks_in_comments_of_init_are_valid_too(write):
    text = TEMPLATE.format(name='"A"', public_url='"https://a.example"', contact='""')
    bare = re.sub(r"^# ((?:\[|\w+ = ).*)$", r"\1", text, flags=re.MULTILINE)
    settings = load(write(bare))
    assert (len(settings.check), len(settings.self_test.reference)) == (4, 3)
