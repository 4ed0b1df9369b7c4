"""schemathesis against the served document: no 500, no answer the document does not name, nothing false taken."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from schemathesis.checks import load_all_checks
from schemathesis.config import ChecksConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
from schemathesis.generation import GenerationMode

from status.app import create_app
from status.config.model import Api
from status.web.api.finding import PARAMETERS
from status.web.api.table import ROUTES
from tests.status.web.api.asking import program
from tests.status.web.days import quiet

FEW, MANY = 5, 100
"""Examples for each operation: in every run, and with `--all`."""

DOCUMENTED = ["2xx", "401", "403", "404", "409", "412", "422", "428"]
"""Data that fits the schemas may be refused for how things stand (409, 412), and by rules no schema says (422)."""

REFUSED = ["400", "401", "403", "404", "405", "409", "413", "415", "422", "428"]
"""Data that does not fit: a text beyond its `maxLength` may make the whole body too long first (413)."""

THERE = {"event": ("1", "1201", "1202"), "check": ("1", "2"), "component": ("sip", "email"), "account": ("ada",)}


@pytest.fixture
def schema(runtime, fill):
    fill(quiet)
    wide = Api(token_minute=1_000_000, address_minute=1_000_000)
    app = create_app(replace(runtime, settings=runtime.settings.model_copy(update={"api": wide})))
    ada = program(app, "ada")
    ada.post("/events", {"impacts": {"sip": "full"}})
    load_all_checks()
    checks = ChecksConfig.from_dict({
        "positive_data_acceptance": {"expected-statuses": DOCUMENTED},
        "negative_data_rejection": {"expected-statuses": REFUSED},
        "missing_required_header": {"expected-statuses": ["401", "428"]},
    })  # fmt: skip
    auth = {"openapi": {"token": {"bearer": ada.token}}}
    project = ProjectConfig.from_dict({"auth": auth})
    project.checks = checks
    config = SchemathesisConfig(projects=ProjectsConfig(default=project))
    headers = {"Authorization": f"Bearer {ada.token}"}
    loaded = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", from_here(app), headers=headers, config=config)

    @loaded.hook
    def map_path_parameters(_context, parameters):
        """Let half of the paths that could name something name something that is there."""
        found = dict(parameters or {})
        for name, known in THERE.items():
            value = found.get(name)
            if isinstance(value, str) and re.fullmatch(PARAMETERS[name][0], value) and len(value) % 2:
                found[name] = known[len(found[name]) // 2 % len(known)]
        return found

    return loaded


def from_here(app):
    """Let requests come from this machine, as a server says it."""
    return lambda environ, start: app({**environ, "REMOTE_ADDR": "127.0.0.1"}, start)


def ask(schema, examples: int) -> Counter[int]:
    """Ask each operation so many times, with what fits the document and with what does not; give the statuses."""
    seen: Counter[int] = Counter()
    limits = settings(
        max_examples=examples, deadline=None, database=None, derandomize=True, verbosity=Verbosity.quiet,
        phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    for result in schema.get_all_operations():
        right, wrong = (result.ok().as_strategy(generation_mode=mode) for mode in GenerationMode)

        @limits
        @given(case=right | wrong)
        def answers_as_it_says(case):
            seen[case.call_and_validate().status_code] += 1

        answers_as_it_says()
    return seen


def test_every_operation_answers_as_the_document_says(schema):
    assert {200, 201, 404, 422, 428} <= ask(schema, FEW).keys()


@pytest.mark.story
@pytest.mark.timeout(1_800)
def test_every_operation_answers_as_the_document_says_many_times(schema):
    assert {200, 201, 202, 404, 409, 412, 422, 428} <= ask(schema, MANY).keys()


def test_the_document_holds_every_route_and_every_status_of_it(app, fill):
    fill(quiet)
    paths = program(app, "rita").get("/openapi.json").json["paths"]
    told = {
        (method.upper(), path): set(of["responses"])
        for path, methods in paths.items()
        for method, of in methods.items()
    }
    assert told == {(route.method, route.path): {str(status) for status in route.statuses()} for route in ROUTES}
