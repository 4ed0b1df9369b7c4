"""Business customers by the API: leads alone, faults by line, an address shown once."""

from __future__ import annotations

import pytest

from tests.status.web.api.asking import Program, program
from tests.status.web.days import quiet

LIST = "C1;Mairie;fr;sip;L-1;maintnote:noc@mairie.example\nC2;Hotel;en;;;\n"


@pytest.fixture
def alice(app, fill) -> Program:
    fill(quiet)
    return program(app, "alice")


def test_a_list_is_taken_in_and_read_back(alice):
    assert alice.post("/customers", {"csv": LIST, "dry_run": True}).json["added"] == 2
    assert alice.get("/customers").json["items"] == []
    assert alice.post("/customers", {"csv": LIST}).json["added"] == 2
    assert alice.post("/customers", {"csv": LIST}).json["unchanged"] == 2
    mairie = alice.get("/customers/C1").json
    assert (mairie["components"], mairie["contacts"]) == (
        {"sip": ["L-1"]}, [{"address": "noc@mairie.example", "kind": "maintnote", "state": "active"}],
    )  # fmt: skip
    assert alice.get(f"/customers/{mairie['uid']}").json == mairie


def test_each_line_that_is_wrong_is_named(alice):
    answer = alice.post("/customers", {"csv": LIST + "C3;X;de;nowhere;;\n"})
    assert (answer.status_code, [each["field"] for each in answer.json["errors"]]) == (
        422,
        ["csv, line 3", "csv, line 3"],
    )
    assert alice.get("/customers/C1").status_code == 404


def test_an_address_is_shown_once_and_taken_back(alice, app):
    alice.post("/customers", {"csv": LIST})
    made = alice.post("/customers/C1/tokens", {}, Idempotency_Key="k")
    again = alice.post("/customers/C1/tokens", {}, Idempotency_Key="k")
    assert (made.status_code, again.json["address"]) == (201, None)
    path = made.json["address"].removeprefix("https://status.example.net")
    assert app.test_client().get(path).status_code == 200
    assert alice.ask("DELETE", f"/customers/C1/tokens/{made.json['token']['uid']}").status_code == 204
    assert app.test_client().get(path).status_code == 404
    assert alice.post("/customers/C1/retire").json["contacts"] == []


def test_more_customers_than_one_request_may_bring_are_refused(alice):
    rows = "".join(f"R{n};N{n};fr;;;\n" for n in range(201))
    assert alice.post("/customers", {"csv": rows}).status_code == 422
