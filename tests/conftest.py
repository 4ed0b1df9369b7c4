"""Fixtures shared by all tests. Every test of the database runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable, Generator, Hashable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
import sqlalchemy as sa
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from werkzeug.routing import Rule

from status.models import Base
from status.models.engine import Sessions, create_file, make_engine, make_sessions
from tests.lab.postgresql import PostgreSQL, start_postgresql

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)
DATABASES = itertools.count(1)

SHARED_ABSENT = "the shared suite is not here"
"""Why a test is skipped that compares with files beside the project."""


ON_POSTGRESQL_WITH_ALL = (
    "tests/status/alerting/test_alerting.py",
    "tests/status/delivery/test_faults.py",
    "tests/status/publication/test_internal.py",
    "tests/status/publication/test_publisher.py",
    "tests/status/publication/test_redaction.py",
    "tests/status/publication/test_silence.py",
    "tests/status/publication/test_touched.py",
    "tests/status/publication/test_unavailable.py",
    "tests/status/services/test_receiving.py",
    "tests/status/web/agent/test_agent_doors.py",
    "tests/status/web/agent/test_agent_process.py",
    "tests/status/web/api/test_contract.py",
    "tests/status/web/api/test_doors.py",
    "tests/status/web/api/test_matrix.py",
    "tests/status/web/compat/",
    "tests/status/web/desk/test_hostile_forms.py",
    "tests/status/web/desk/test_matrix.py",
    "tests/status/web/desk/test_sign_in",
    "tests/status/web/test_channels.py",
    "tests/status/web/test_guarded.py",
    "tests/status/web/test_help.py",
    "tests/status/web/test_hostile_text.py",
    "tests/status/web/test_markup.py",
    "tests/status/web/test_measures.py",
    "tests/status/web/test_translations.py",
)
"""Long, and about what is said rather than about SQL: on PostgreSQL they run with `--all` alone."""

ON_POSTGRESQL_ALWAYS = (
    "tests/status/publication/test_publisher.py::test_all_that_is_planned_is_a_page_of_the_app",
    "tests/status/publication/test_publisher.py::test_the_pages_of_the_app_are_published",
)
"""But for these: every query of every page."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Move those to the tier of `--all`."""
    for item in items:
        is_long = item.nodeid.startswith(ON_POSTGRESQL_WITH_ALL) and not item.nodeid.startswith(ON_POSTGRESQL_ALWAYS)
        if is_long and "postgresql" in item.name:
            item.add_marker(pytest.mark.story)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With LAB_REQUIRED=1 every test that was skipped has failed."""
    return required((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a module that skips itself."""
    return required((yield))


def required(report: Report) -> Report:
    if SHARED_ABSENT in str(report.longrepr):
        return report  # no server is missing: what stands beside the project need not be there
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("LAB_REQUIRED") == "1":
        report.outcome = "failed"
        report.longrepr = f"LAB_REQUIRED=1, nothing may be skipped: {report.longrepr}"
    return report


@pytest.fixture(autouse=True)
def _back_to_this_folder() -> Iterator[None]:
    """Commands of a demonstration go to its folder, and tests run them in this process."""
    here = Path.cwd()
    yield
    os.chdir(here)


@pytest.fixture(scope="session", autouse=True)
def _templates_compiled_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Each test makes an app of its own: a third of the time of all would go into the same templates."""
    cache = FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))
    before, Flask.jinja_options = Flask.jinja_options, {**Flask.jinja_options, "bytecode_cache": cache}
    yield
    Flask.jinja_options = before


@pytest.fixture(scope="session", autouse=True)
def _addresses_compiled_once() -> Iterator[None]:
    """The same for the routes: what builds an address is a function that werkzeug compiles, from its rule alone."""
    compile_ = Rule._compile_builder
    compiled: dict[Hashable, Callable[..., tuple[str, str]]] = {}

    def once(rule: Rule, *how: bool) -> Callable[..., tuple[str, str]]:
        key = (*how, tuple(rule._trace), tuple(rule.arguments), repr(rule.defaults))
        if key not in compiled:
            compiled[key] = compile_(rule, *how)
        return compiled[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", once)
        yield


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A real PostgreSQL server on a Unix socket, for the whole session."""
    with start_postgresql() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    """An empty database of each engine, without a table."""
    if request.param == "sqlite":
        engine = make_engine(f"sqlite:///{tmp_path}/travaux.db")
        create_file(engine)
    else:
        server: PostgreSQL = request.getfixturevalue("postgresql")
        engine = make_engine(server.create_database(f"test{next(DATABASES)}"))
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    """A database of each engine with every table."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_with_tables"), tmp_path / "travaux.db")
        engine = make_engine(f"sqlite:///{tmp_path}/travaux.db")
    else:
        server: PostgreSQL = request.getfixturevalue("postgresql")
        engine = make_engine(server.emptied_database(Base.metadata))
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def sqlite_with_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with every table, to be copied."""
    path = tmp_path_factory.mktemp("tables") / "travaux.db"
    engine = make_engine(f"sqlite:///{path}")
    create_file(engine)
    Base.metadata.create_all(engine)
    engine.dispose()
    return path


@pytest.fixture
def sessions(engine: sa.Engine) -> Sessions:
    """Sessions of the test's database."""
    return make_sessions(engine)
