"""`travaux probe`: what it prints and how it leaves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from status.cli import main
from tests.servers import http
from tests.servers.loopback import TCPServer

CONFIG = """
[paths]
data = "{data}"
[[component]]
slug = "web"
parent = "hosting"
name = {{ fr = "Web", en = "Web" }}
[[check]]
name = "web/front"
component = "web"
kind = "http"
timeout_s = 2
[check.options]
url = "http://127.0.0.1:{port}/"
"""


def run(tmp_path: Path, answer: bytes, *arguments: str) -> Result:
    with TCPServer(http.reply(answer)) as server:
        config = tmp_path / "config.toml"
        config.write_text(CONFIG.format(data=tmp_path, port=server.port), encoding="utf-8")
        return CliRunner().invoke(main, ["--config", str(config), "probe", *arguments])


def test_a_good_answer_leaves_with_0_and_prints_phases(tmp_path: Path) -> None:
    result = run(tmp_path, http.OK, "web/front")
    assert result.exit_code == 0, result.output
    assert "web/front (http): ok" in result.output
    assert "first_byte" in result.output


def test_a_failure_leaves_with_1_and_prints_its_trace(tmp_path: Path) -> None:
    result = run(tmp_path, b"HTTP/1.1 500 Oops\r\n\r\n", "web/front", "--json")
    told = json.loads(result.output)
    assert result.exit_code == 1
    assert (told["reason"], told["evidence"]["status"]) == ("http_status", 500)
    assert any("500 Oops" in line for line in told["trace"])


@pytest.mark.parametrize(("name", "words"), [("web/frnt", "did you mean 'web/front'"), ("zzz", "has web/front")])
def test_an_unknown_check_is_told_the_nearest(tmp_path: Path, name: str, words: str) -> None:
    result = run(tmp_path, http.OK, name)
    assert result.exit_code == 2
    assert words in result.output
