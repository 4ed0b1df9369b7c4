"""Role × route × method, scope × route, made from the table: a route that is not asked here does not exist."""

from __future__ import annotations

import pytest

from status.domain.permissions import ALLOWED, RANK, Deed, Role, Scope
from status.web.api.route import METHODS, Route, Told
from status.web.api.shapes.base import NoQuery
from status.web.api.table import ROUTES, by_rule
from tests.status.web.api.asking import Program, program, token_of
from tests.status.web.days import quiet

ROLES = {"rita": Role.READER, "bob": Role.RESPONDER, "alice": Role.LEAD, "ada": Role.ADMIN}
UID = "00000000-0000-7000-8000-000000000000"
NAMES = {"check": "999999", "update": "999999", "component": "nowhere", "template": "nothing", "account": "nobody"}
LET_IN = {200, 201, 202, 204, 404, 409, 415, 422}
"""What one who is let in gets, whatever he then asks for."""


@pytest.fixture
def programs(app, fill) -> dict[str, Program]:
    fill(quiet)
    return {name: program(app, name) for name in ROLES}


def path_of(route: Route) -> str:
    return route.path.format(**{name: NAMES.get(name, UID) for name in route.parameters})


def expected(route: Route, role: Role) -> bool:
    least, _ = ALLOWED[route.deed]
    return RANK[role] >= RANK[least]


def test_every_route_lets_in_the_roles_its_deed_names_and_no_other(programs):
    wrong = []
    for route in ROUTES:
        for name, role in ROLES.items():
            answer = programs[name].ask(route.method, path_of(route))
            if (answer.status_code in LET_IN) != expected(route, role) or answer.status_code in {400, 500}:
                wrong.append((route.method, route.path, role.value, answer.status_code))
    assert wrong == []


def test_who_is_not_let_in_is_told_the_role_that_is_missing(programs):
    for route in ROUTES:
        least, _ = ALLOWED[route.deed]
        for name, role in ROLES.items():
            if not expected(route, role):
                answer = programs[name].ask(route.method, path_of(route))
                assert (answer.status_code, answer.json["code"]) == (403, "forbidden")
                assert f"needs the role {least.value}" in answer.json["detail"]


@pytest.mark.parametrize("scope", list(Scope))
def test_a_token_does_what_its_scope_says_and_nothing_else(app, fill, scope):
    fill(quiet)
    ada = program(app, "ada", {scope})
    for route in ROUTES:
        answer = ada.ask(route.method, path_of(route))
        assert (answer.status_code != 403) == (ALLOWED[route.deed][1] is scope), (route.path, answer.json)


def test_nobody_is_let_in_without_a_token(app, engine):
    nobody = Program(app.test_client(), "trv_unknown")
    for route in ROUTES:
        answer = nobody.ask(route.method, path_of(route))
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_other_methods_are_refused_with_those_that_are_not(programs):
    for rule, routes in by_rule().items():
        path = rule.removeprefix("/api/v1").replace("<", "{").replace(">", "}")
        path = path.format(**{name: NAMES.get(name, UID) for name in routes[0].parameters})
        answered = {route.method for route in routes}
        for method in {*METHODS, "OPTIONS", "TRACE", "PROPFIND"} - answered:
            answer = programs["ada"].ask(method, path)
            assert (answer.status_code, set(answer.headers["Allow"].split(", "))) == (405, answered)


def test_no_rule_of_the_app_is_outside_the_table(app):
    rules = {rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/v1")}
    assert rules - set(by_rule()) == {"/api/v1", "/api/v1/<path:rest>"}


def test_a_route_without_a_deed_can_not_be_made():
    with pytest.raises(TypeError, match="names the deed"):
        Route("GET", "/open", "open", None, lambda _call: Told(), "Open to all")  # type: ignore[arg-type]


def test_no_name_and_no_address_stands_twice_and_every_name_of_a_path_is_known():
    assert len({route.name for route in ROUTES}) == len(ROUTES)
    assert len({(route.method, route.path) for route in ROUTES}) == len(ROUTES)
    assert all(route.query is not None and route.status // 100 == 2 for route in ROUTES)
    assert {Deed.READ} == {route.deed for route in ROUTES if route.query is not NoQuery and "/me" in route.path} | {
        Deed.READ
    }


def test_one_limited_to_an_area_posts_there_alone(app, fill):
    fill(quiet)
    bob, carol = program(app, "bob"), program(app, "carol")
    bob.post("/events", {"impacts": {"sip": "full"}})
    bob.post("/events", {"impacts": {"smtp-in": "full", "sip": "full"}})
    assert carol.post("/events/1/updates", {"texts": {"fr": "Non."}}).json["code"] == "area"
    assert carol.post("/events/2/updates", {"texts": {"fr": "Oui."}}).status_code == 201
    assert carol.post("/events/2/updates", {"impacts": {"sip": "none"}}).json["code"] == "area"
    assert carol.post("/events/2/updates", {"impact": "none"}).json["code"] == "area"
    assert carol.post("/events", {"impacts": {"vps": "full"}}).json["code"] == "area"


def test_a_cookie_of_the_desk_lets_nobody_in(app, fill):
    from tests.status.web.signing_in import sign_in

    fill(quiet)
    assert sign_in(app, "ada").get("/api/v1/events").status_code == 401


def test_a_token_that_was_revoked_or_is_of_a_disabled_person_lets_nobody_in(app, fill):
    fill(quiet)
    ada, bob = program(app, "ada"), Program(app.test_client(), token_of(app, "bob"))
    uid = ada.get("/tokens?account=bob").json["items"][0]["uid"]
    assert (bob.get("/me").status_code, ada.ask("DELETE", f"/tokens/{uid}").status_code) == (200, 204)
    assert bob.get("/me").status_code == 401
    rita = program(app, "rita")
    ada.post("/accounts/rita/disable")
    assert rita.get("/me").status_code == 401
