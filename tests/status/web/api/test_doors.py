"""What every request goes through: bodies, queries, versions, keys, rates, errors."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import sqlalchemy as sa

from status.app import create_app
from status.config.model import Api
from status.models import EventUpdate, IdempotencyKey
from status.web.api.problems import MEDIA_TYPE
from tests.status.web.api.asking import Program, program, token_of
from tests.status.web.days import quiet

DOWN = {"impacts": {"sip": "full"}, "texts": {"fr": "Nous cherchons."}}


@pytest.fixture
def bob(app, fill):
    fill(quiet)
    return program(app, "bob")


def fields(answer) -> set[str]:
    assert answer.content_type == MEDIA_TYPE
    return {fault["field"] for fault in answer.json["errors"]}


def raw(bob, body: bytes, **headers):
    given = {"Authorization": f"Bearer {bob.token}", "Content-Type": "application/json", **headers}
    return bob.client.post("/api/v1/events", data=body, headers=given)


def count(sessions, table) -> int:
    with sessions() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table))


def test_every_faulty_field_is_named_with_what_was_found_and_expected(bob):
    answer = bob.post("/events", {"impacts": {"sip": "broken"}, "severity": 9, "colour": "red"})
    assert (answer.status_code, fields(answer)) == (422, {"impacts.sip", "severity", "colour"})
    assert {"field": "severity", "found": "9", "expected": "Input should be less than or equal to 5"} in answer.json[
        "errors"
    ]


def test_a_component_nobody_knows_is_named(bob):
    assert fields(bob.post("/events", {"impacts": {"nowhere": "full"}})) == {"impacts"}


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_json_is_told_so(bob, body):
    answer = raw(bob, body)
    assert (answer.status_code, answer.json["code"]) == (400, "not_json")


@pytest.mark.parametrize("body", [b"null", b"[]", b'"x"', b"1"])
def test_json_that_is_no_object_is_told_so(bob, body):
    assert raw(bob, body).status_code == 422


def test_another_media_type_and_a_compressed_body_are_refused(bob):
    assert raw(bob, b"{}", **{"Content-Type": "text/plain"}).status_code == 415
    assert raw(bob, b"{}", **{"Content-Encoding": "gzip"}).status_code == 415


def test_a_body_that_is_too_long_is_refused(bob):
    assert raw(bob, b" " * 1_000_001).status_code == 413


def test_unknown_and_repeated_parameters_are_refused(bob):
    assert fields(bob.get("/events?colour=red")) == {"colour"}
    assert fields(bob.get("/events?limit=1&limit=2")) == {"limit"}
    assert fields(bob.get("/events/1201?limit=1")) == {"limit"}


@pytest.mark.parametrize(
    "asked", ["limit=0", "limit=201", "limit=1e2", "limit=%201", "since=1", "cursor=AAAA", "area=x"]
)
def test_a_parameter_that_can_not_be_so_is_named(bob, asked):
    assert fields(bob.get(f"/events?{asked}")) == {asked.partition("=")[0]}


@pytest.mark.parametrize("name", ["0", "99999999999", "%00", "FS%231", "a b", "é", "..", "1'--"])
def test_an_event_that_is_not_there_is_not_found(bob, name):
    answer = bob.get(f"/events/{name}")
    assert (answer.status_code, answer.content_type) == (404, MEDIA_TYPE)


def test_an_address_that_is_not_there_is_not_found_in_the_same_words(bob):
    for path in ("", "/nothing", "/events/", "/events//updates"):
        assert (bob.get(path).status_code, bob.get(path).content_type) == (404, MEDIA_TYPE)


def test_an_edit_says_which_version_was_seen(bob):
    bob.post("/events", DOWN)
    answer = bob.post("/events/1/close", {}, If_Match="")
    assert (answer.status_code, answer.json["code"]) == (428, "no_if_match")


def test_an_edit_of_another_version_is_refused_with_the_present_one(bob):
    seen = bob.post("/events", DOWN).headers["ETag"]
    assert bob.post("/events/1/updates", {"texts": {"fr": "Un."}}, If_Match=seen).status_code == 201
    late = bob.post("/events/1/updates", {"texts": {"fr": "Deux."}}, If_Match=seen)
    assert (late.status_code, late.headers["ETag"]) == (412, bob.get("/events/1").headers["ETag"])


def test_one_of_several_versions_is_enough_and_a_weak_one_is_not(bob):
    seen = bob.post("/events", DOWN).headers["ETag"]
    assert bob.post("/events/1/close", {}, If_Match=f"W/{seen}").status_code == 412
    assert bob.post("/events/1/close", {}, If_Match="seven").status_code == 400
    assert bob.post("/events/1/close", {}, If_Match=f'"0", {seen}').status_code == 200


def test_the_same_request_under_one_key_is_done_once_and_answered_alike(bob, sessions):
    first, second = (bob.post("/events", DOWN, Idempotency_Key="k1") for _ in range(2))
    assert (first.status_code, first.data, first.headers["ETag"]) == (201, second.data, second.headers["ETag"])
    assert (second.headers["Location"], second.headers["Idempotent-Replayed"]) == (first.headers["Location"], "true")
    assert bob.get("/events/2").status_code == 404


def test_a_repeated_edit_is_answered_though_the_version_has_moved_on(bob, sessions):
    seen = bob.post("/events", DOWN).headers["ETag"]
    posts = [
        bob.post("/events/1/updates", {"texts": {"fr": "Un."}}, If_Match=seen, Idempotency_Key="k2") for _ in range(2)
    ]
    assert [post.status_code for post in posts] == [201, 201]
    assert len(bob.get("/events/1/updates").json["items"]) == 2


def test_another_request_under_the_same_key_is_refused(bob):
    bob.post("/events", DOWN, Idempotency_Key="k3")
    other = bob.post("/events", {**DOWN, "severity": 5}, Idempotency_Key="k3")
    assert (other.status_code, other.json["code"]) == (422, "key_reused")


def test_keys_of_two_people_are_not_the_same(app, bob):
    bob.post("/events", DOWN, Idempotency_Key="k4")
    answer = program(app, "alice").post("/events", DOWN, Idempotency_Key="k4")
    assert (answer.json["n"], answer.json["opened_by"]) == (2, "account:alice")


def test_a_deed_that_was_refused_keeps_no_answer(bob, sessions):
    assert bob.post("/events", {"impacts": {"nowhere": "full"}}, Idempotency_Key="k5").status_code == 422
    assert count(sessions, IdempotencyKey) == 0
    assert bob.post("/events", DOWN, Idempotency_Key="k5").status_code == 201


def test_the_answer_is_kept_in_the_transaction_of_the_deed(bob, sessions):
    def lose(_session) -> None:
        raise sa.exc.OperationalError("COMMIT", {}, Exception("power cut"))

    bob.get("/me")
    sa.event.listen(sessions, "before_commit", lose)
    lost = bob.post("/events", DOWN, Idempotency_Key="k6")
    sa.event.remove(sessions, "before_commit", lose)
    assert (lost.status_code, count(sessions, IdempotencyKey)) == (503, 0)
    assert bob.post("/events", DOWN, Idempotency_Key="k6").json["n"] == 1


def test_a_key_that_can_not_be_one_is_refused(bob, sessions):
    before = count(sessions, EventUpdate)
    assert bob.post("/events", DOWN, Idempotency_Key="k" * 129).status_code == 400
    assert count(sessions, EventUpdate) == before


def test_a_secret_is_given_once_and_not_kept(app, bob, sessions):
    ada = program(app, "ada")
    body = {"account": "bob", "name": "CI", "scopes": ["read"]}
    first, second = (ada.post("/tokens", body, Idempotency_Key="k7") for _ in range(2))
    assert (first.json["secret"][:4], second.json["secret"]) == ("trv_", None)
    assert first.json["token"] == second.json["token"]
    with sessions() as session:
        assert first.json["secret"] not in session.scalars(sa.select(IdempotencyKey.body)).one()


def test_too_many_requests_are_told_when_to_come_again(runtime, fill):
    fill(quiet)
    app = create_app(replace(runtime, settings=runtime.settings.model_copy(update={"api": Api(token_minute=3)})))
    bob, other = (Program(app.test_client(), token_of(app, "bob")) for _ in range(2))
    answers = [bob.get("/me") for _ in range(4)]
    assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert (answers[3].status_code, answers[3].json["code"]) == (429, "too_many")
    assert 0 < int(answers[3].headers["Retry-After"]) <= 60
    assert other.get("/me").status_code == 200


def test_an_address_that_guesses_tokens_is_stopped(runtime, engine):
    app = create_app(replace(runtime, settings=runtime.settings.model_copy(update={"api": Api(address_minute=2)})))
    guess = Program(app.test_client(), "trv_guess")
    assert [guess.get("/me").status_code for _ in range(3)] == [401, 401, 429]


def test_a_database_that_is_gone_is_told_as_a_problem_without_its_address(bob, engine, sessions):
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE api_token RENAME TO gone"))
    answer = bob.get("/me")
    assert (answer.status_code, answer.content_type, answer.headers["Retry-After"]) == (503, MEDIA_TYPE, "5")
    assert "api_token" not in answer.text


def test_nothing_of_the_api_is_kept_by_anybody_and_every_answer_has_the_headers_of_the_site(bob):
    for path in ("/me", "/nothing"):
        headers = bob.get(path).headers
        assert (headers["Cache-Control"], headers["X-Content-Type-Options"]) == ("no-store", "nosniff")


def test_the_document_is_served_to_those_with_a_token(bob):
    document = json.loads(bob.get("/openapi.json").data)
    assert document["openapi"] == "3.1.0"
    assert "/events/{event}/updates" in document["paths"]
