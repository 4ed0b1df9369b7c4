"""What the documents promise exists, and what exists is documented; tests/status/config has the settings."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import click
import pytest

from status.cli import main

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
OPERATIONS = ROOT / "docs" / "operations.md"
LOCKS = sorted([*ROOT.glob("requirements/*"), ROOT / "pyproject.toml", ROOT / "travaux", ROOT / ".ci" / "run"])
FOLDERS = [ROOT / name for name in ("status", "probes", "templates")]
SHIPPED = sorted(path for folder in FOLDERS for path in folder.rglob("*.*") if path.suffix != ".pyc")
MACHINE = re.compile(r"(?<![\w.])/(?:work|root|home|opt/py)\b[\w/.-]*")


def words_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def commands(command: click.Command, path: str) -> Iterator[str]:
    """Give every command a person can type."""
    if not isinstance(command, click.Group):
        yield path
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None
        yield from commands(found, f"{path} {name}")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_between_documents_leads_to_a_file(page):
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", words_of(page)) if not urlsplit(link).scheme]
    missing = [link for link in links if not (page.parent / link.partition("#")[0]).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_document_that_is_named_exists(page):
    named = re.findall(r"`((?:docs|requirements|tests|status|probes)/[\w/-]+\.(?:md|py|txt|toml))`", words_of(page))
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("command", list(commands(main, "travaux")))
def test_every_command_is_documented(command):
    text = " ".join(words_of(OPERATIONS).split())
    assert re.search(rf"{command}(?![\w-])", text)


def test_every_command_in_a_document_exists():
    known = set(commands(main, "travaux"))
    groups = {command.rpartition(" ")[0] for command in known}
    text = "\n".join(map(words_of, PAGES))
    typed = re.findall(r"(?:`|\./)travaux (?:--config \S+ )?([a-z]+(?: [a-z]+(?:-[a-z]+)*)?)", text)
    developer = {"test", "lint", "types", "messages", "bench", "lock"}
    asked = {f"travaux {words}" for words in typed if words.split()[0] not in developer}
    unknown = {words for words in asked if words not in known | groups and words.rpartition(" ")[0] not in known}
    assert unknown == set()


def test_every_event_that_a_person_must_look_at_is_explained():
    calls = [
        re.findall(r'log\.(?:error|exception)\(\s*"(\w+)"', words_of(path)) for path in SHIPPED if path.suffix == ".py"
    ]
    explained = words_of(OPERATIONS)
    assert {event for events in calls for event in events if f"`{event}`" not in explained} == set()


def test_the_locks_name_no_host_and_no_folder_of_a_machine():
    said = "\n".join(map(words_of, LOCKS))
    assert re.findall(r"(?:https?|file)://\S+|--(?:index-url|extra-index-url|find-links)\S*", said) == []
    assert MACHINE.findall(said) == []


def test_every_package_of_the_locks_has_a_hash():
    blocks = [block for path in LOCKS if path.suffix == ".txt" for block in re.split(r"\n(?=\w)", words_of(path))]
    assert [block.split()[0] for block in blocks if "==" in block and "--hash=sha256:" not in block] == []


def test_the_run_lock_holds_what_the_package_asks_for_and_nothing_it_dropped():
    project = tomllib.loads(words_of(ROOT / "pyproject.toml"))["project"]
    asked = {
        re.match(r"[\w-]+", name)[0] for name in project["dependencies"] + project["optional-dependencies"]["demo"]
    }
    packages = re.split(r"\n(?=\w)", words_of(ROOT / "requirements" / "run.txt"))
    direct = {re.match(r"[\w-]+", block)[0] for block in packages if "travaux (pyproject.toml)" in block}
    assert direct == asked


def test_the_product_names_no_machine_of_ours():
    assert [str(path) for path in SHIPPED if path.is_file() and MACHINE.search(path.read_text(errors="replace"))] == []


def test_the_licence_is_there():
    assert words_of(ROOT / "LICENSE").startswith("MIT License")
