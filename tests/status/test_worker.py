"""What a worker of the web process is made of."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Response

from status.web.hosts import is_inner
from status.worker import Doors

HEAVY = ("sqlalchemy", "pydantic", "flask", "jinja2")
LET_IN = ("status.web.desk", "status.web.api", "status.web.agent")


def loaded(imports: str, names: tuple[str, ...]) -> str:
    program = f"import sys; {imports}; print([name for name in {names} if name in sys.modules])"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return told.stdout.strip()


def test_a_worker_serves_published_bytes_before_it_loads_app_configuration_and_database():
    assert loaded("import status.worker", HEAVY) == "[]"


def test_customers_are_answered_without_the_desk_and_the_api():
    assert loaded("from status.app import create_public", LET_IN) == "[]"


def saying(word: str) -> Callable[..., object]:
    return Response(word)


@pytest.mark.parametrize(
    ("path", "who"),
    [
        ("/desk", "inner"), ("/desk/events/12", "inner"), ("/api/v1/events", "inner"), ("/a/token", "inner"),
        ("/agent/v1/orders", "inner"), ("/fr/travaux", "public"), ("/api/v2/summary.json", "public"),
        ("/deskx", "public"), ("/about", "public"), ("/s/token", "public"), ("/", "public"),
    ],
)  # fmt: skip
def test_who_was_let_in_has_an_app_of_his_own(path, who):
    doors = Doors(saying("public"), saying("inner"), is_inner)
    assert Client(doors).get(path).text == who
