"""`docs/api.md` holds every route, and its examples do what they say: each is run against a live server."""

from __future__ import annotations

import os
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from werkzeug.serving import make_server

from status.domain.permissions import ALLOWED
from status.web.api.table import ROUTES
from tests.status.web.api.asking import token_of
from tests.status.web.builder import Story
from tests.status.web.days import PRODUCTS

TEXT = (Path(__file__).parents[4] / "docs" / "api.md").read_text(encoding="utf-8")
EXAMPLES = "".join(re.findall(r"^```sh\n(.*?)^```", TEXT, flags=re.MULTILINE | re.DOTALL))
STATUS = "\n%{http_code}\n"


def row(route) -> str:
    role, scope = ALLOWED[route.deed]
    mark = " *" if route.edits else ""
    return f"| `{route.method} {route.path}`{mark} | {route.summary} | `{scope.value}` | {role.value} |"


def products(session) -> Story:
    story = Story(session).begin()
    for slug, area, french, english in PRODUCTS:
        story.component(slug, area, french, english)
    return story


@contextmanager
def live(app) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/api/v1"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_every_route_stands_in_the_table_with_what_it_needs():
    told = re.findall(r"^\| `[A-Z]+ /.*$", TEXT, flags=re.MULTILINE)
    assert told == [row(route) for route in ROUTES]


def test_every_example_works(app, fill):
    fill(products)
    with live(app) as address:
        environment = {**os.environ, "TOKEN": token_of(app, "ada"), "API": address, "no_proxy": "*"}
        script = EXAMPLES.replace("curl -s ", f"curl -s -w '{STATUS}' ")
        done = subprocess.run(["sh", "-c", script], env=environment, capture_output=True, text=True, check=True)
    failed = re.findall(r"(\{[^\n]*\})\n(?!2)\d{3}$", done.stdout, flags=re.MULTILINE)
    assert (failed, done.stdout.count("\n20")) == ([], EXAMPLES.count("curl -s"))


def test_every_resource_has_an_example():
    resources = {route.path.split("/")[1] for route in ROUTES} - {"openapi.json"}
    assert {name for name in resources if f'"$API/{name}' not in EXAMPLES} == set()
