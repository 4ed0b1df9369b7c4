from __future__ import annotations

import json
import stat

import pytest
from click.testing import CliRunner

from status.cli import main


def listed(travaux) -> dict[str, str]:
    return {row["slug"]: row["state"] for row in json.loads(travaux("location", "list", "--json").stdout)}


def test_a_location_is_added_with_a_token_and_the_command_of_its_agent(travaux, config):
    said = travaux("location", "add", "rbx").stdout
    file = config.parent / "var" / "agents" / "rbx.token"
    assert f"travaux agent --location rbx --server https://status.example --token-file {file}\n" in said
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text().strip() not in said


def test_a_token_is_printed_when_asked_for(travaux):
    token, command = travaux("location", "add", "rbx", "--token-file", "-").stdout.splitlines()
    assert token.startswith("trv_")
    assert "--token-file" in command


@pytest.mark.parametrize(("server", "flag"), [("http://198.51.100.7", True), ("http://127.0.0.1:8080", False)])
def test_a_server_without_tls_is_told(travaux, server, flag):
    assert ("--insecure-http" in travaux("location", "add", "rbx", "--server", server).stdout) is flag


@pytest.mark.parametrize(
    ("slug", "why"),
    [("here", "the monitor itself"), ("RBX", "expected lower-case"), ("rbx", "travaux location rotate")],
)
def test_a_location_that_cannot_be_is_refused(travaux, slug, why):
    travaux("location", "add", "rbx")
    result = travaux("location", "add", slug)
    assert (result.exit_code, why in result.stderr) == (1, True)


def test_a_location_goes_its_way(travaux, config):
    travaux("location", "add", "rbx")
    file = config.parent / "var" / "agents" / "rbx.token"
    first = file.read_text()
    assert (travaux("location", "rotate", "rbx").exit_code, file.read_text() != first) == (0, True)
    assert listed(travaux)["rbx"] == "silent: left out"
    assert travaux("location", "retire", "rbx").exit_code == 0
    assert listed(travaux)["rbx"].startswith("retired on ")
    assert travaux("location", "rotate", "rbx").exit_code == 1
    assert travaux("location", "add", "rbx").exit_code == 0


def test_a_token_that_cannot_be_written_changes_nothing(travaux, tmp_path):
    (tmp_path / "file").touch()
    result = travaux("location", "add", "rbx", "--token-file", str(tmp_path / "file" / "token"))
    assert (result.exit_code, "nothing was changed" in result.stderr) == (1, True)
    assert travaux("location", "list").stdout == "none\n"


def test_an_unknown_location_is_told(travaux):
    assert "there is no location 'rbx'" in travaux("location", "retire", "rbx").stderr


def agent(tmp_path, *options: str):
    (tmp_path / "token").write_text("trv_x")
    common = ("agent", "--location", "rbx", "--token-file", str(tmp_path / "token"))
    return CliRunner().invoke(main, [*common, *options])


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--server", "http://status.example"), "is not https"),
        (("--server", "status.example"), "expected an address like"),
        (("--server", "https://status.example", "--resolver", "ns.example"), "--resolver: "),
    ],
)
def test_an_agent_refuses_options_that_cannot_be(tmp_path, options, why):
    result = agent(tmp_path, *options)
    assert (result.exit_code, why in result.stderr) == (2, True)
