"""The wheel, the editable installation and the source archive hold all that a running travaux needs."""

from __future__ import annotations

import re
import signal
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest

from status import __version__
from status.supervisor.watch import descendants
from tests.faults.installation import lives, until
from tests.lab.runner import free_port
from tests.packages import ENVIRONMENT, ROOT, Environment, build, run

CONFIG = """
[server]
listen = "127.0.0.1:{port}"
[[component]]
slug = "web"
parent = "hosting"
name = {{ fr = "Hébergement web", en = "Web hosting" }}
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The wheel, installed."""
    environment = Environment(tmp_path_factory.mktemp("installed") / "venv")
    environment.install(wheel)
    return environment


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A folder with a config.toml on a free port."""
    (tmp_path / "config.toml").write_text(CONFIG.format(port=free_port()), encoding="utf-8")
    return tmp_path


def files_of(*folders: str, suffix: str = "") -> set[str]:
    """Give the checkout's files that git would track, below some folders."""
    listed = run("git", "ls-files", "-co", "--exclude-standard", "--", *folders, cwd=ROOT).splitlines()
    return {name for name in listed if name.endswith(suffix) and (ROOT / name).exists()}


def test_the_wheel_holds_every_file_of_the_product(wheel):
    held = set(zipfile.ZipFile(wheel).namelist())
    catalogues = files_of("status", suffix=".po")
    assert (files_of("status", "probes") - catalogues) - held == set()
    assert {f"status/{name}" for name in files_of("templates", "config.example.toml")} - held == set()
    assert {name.removesuffix(".po") + ".mo" for name in catalogues} - held == set()


def test_the_wheel_holds_nothing_else(wheel):
    held = set(zipfile.ZipFile(wheel).namelist())
    ours = files_of("status", "probes") | {f"status/{name}" for name in files_of("templates", "config.example.toml")}
    strange = [name for name in held - ours if not re.search(r"^travaux-[^/]+\.dist-info/|\.mo$", name)]
    assert strange == []
    assert [name for name in held if name.endswith(".po")] == []


def test_the_installed_command_tells_its_version_and_checks_a_configuration(installed, elsewhere):
    assert run(installed.travaux, "--version", cwd=elsewhere).strip() == f"travaux {__version__}"
    assert "valid: 1 component" in run(installed.travaux, "config", "check", cwd=elsewhere)


def test_the_installed_command_brings_its_demonstration_along(installed, tmp_path):
    said = run(installed.travaux, "config", "check", cwd=tmp_path)
    assert str(installed.packages / "status" / "config.example.toml") in said
    assert "a demonstration" in said


def test_the_source_archive_builds_the_same_wheel_and_the_build_writes_nothing_beside_its_source(wheel, tmp_path):
    archive = build("sdist", ROOT, tmp_path)
    run("tar", "xf", archive, cwd=tmp_path)
    folder = next(path for path in tmp_path.iterdir() if path.is_dir())
    before = contents(folder)
    again = build("wheel", folder, tmp_path)
    assert contents(folder) == before
    assert sorted(zipfile.ZipFile(again).namelist()) == sorted(zipfile.ZipFile(wheel).namelist())


def contents(folder: Path) -> list[Path]:
    """What stands in a folder, but for Python's own caches of bytecode."""
    return sorted(path for path in folder.rglob("*") if "__pycache__" not in path.parts)


def test_the_source_archive_holds_what_a_developer_needs(tmp_path):
    with tarfile.open(build("sdist", ROOT, tmp_path)) as packed:
        held = {name.partition("/")[2] for name in packed.getnames()}
    assert files_of("docs", "requirements", "tests", "travaux", "README.md", "LICENSE", ".ci") - held == set()


@pytest.mark.alone
@pytest.mark.parametrize("way", ["wheel", "editable"])
def test_an_installed_travaux_opens_a_page_from_another_folder(way, wheel, elsewhere, tmp_path_factory):
    environment = Environment(tmp_path_factory.mktemp(way) / "venv")
    environment.install(*((wheel,) if way == "wheel" else ("--editable", ROOT)))
    with started(environment, elsewhere) as address:
        until(lambda: "Hébergement web" in page(address, "/fr")[1], 30, "the front page with its components")
        text = page(address, "/fr")[1]
        sheets = re.findall(r'href="(/[^"]+\.css)"', text)
        assert [page(address, sheet)[0] for sheet in sheets] == [200]
    assert "État actuel" in text


@contextmanager
def started(environment: Environment, folder: Path) -> Iterator[str]:
    """Run the installed command in a folder and give its address; in the end it stops when told, with all its own."""
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [environment.travaux, "run"], cwd=folder, env=ENVIRONMENT, stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield re.search(r'listen = "(.+)"', (folder / "config.toml").read_text())[1]
        family = descendants(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(30)
    assert code == 0, (folder / "log").read_text()
    assert len(family) >= 3
    until(lambda: not any(map(lives, family)), 2, "no orphan")


def page(address: str, path: str) -> tuple[int, str]:
    """Give a page's code and text; 0 when nobody answers."""
    connection = HTTPConnection(address, timeout=2)
    with suppress(OSError, HTTPException), closing(connection):
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    return 0, ""
