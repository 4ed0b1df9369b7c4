"""`/agent/v1` in the app, on both engines: who may, what is refused, what reaches the inbox."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from probes.agent_messages import Orders
from status.config.model import Settings
from status.models import Inbox, Location, OrderOut
from status.models.engine import reading, writing
from status.services import locations
from status.services.actors import cli_user
from status.web.agent.polls import Polls
from tests.status.web.builder import NOW

ITEM = {"type": "self_test", "began": 1.0, "ended": 2.0, "well": [True]}
ORDERS = "/agent/v1/orders?location=rbx&wait_s=0"


@pytest.fixture
def token(sessions) -> str:
    """Location rbx exists, and gra beside it."""
    with writing(sessions) as session:
        author = cli_user(session, "anne")
        locations.add(session, "gra", "here", author, NOW)
        return locations.add(session, "rbx", "here", author, NOW)


@pytest.fixture
def client(app):
    return app.test_client()


def bearing(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def batch(location: str = "rbx", items: list[object] | None = None) -> bytes:
    sent = {"steady": 5.0, "wall": NOW.timestamp()}
    return json.dumps({"location": location, "boot": "b", "sent": sent, "items": items or [ITEM]}).encode()


def post(client, token: str, body: bytes, **headers: str):
    return client.post("/agent/v1/observations", data=body, headers={**bearing(token), **headers})


def inbox(sessions) -> list[Inbox]:
    with reading(sessions) as session:
        return list(session.scalars(sa.select(Inbox).order_by(Inbox.id)))


@pytest.mark.parametrize(
    "header", [{}, {"Authorization": "Bearer "}, {"Authorization": "Basic eDp5"}, bearing("trv_no")]
)
def test_without_a_token_we_know_nothing_is_told_or_taken(client, sessions, token, header):
    answers = [client.get(ORDERS, headers=header), client.post("/agent/v1/observations", data=batch(), headers=header)]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].headers["WWW-Authenticate"] == "Bearer"
    assert inbox(sessions) == []


def test_a_token_can_neither_read_nor_write_for_another_location(client, sessions, token):
    read = client.get("/agent/v1/orders?location=gra&wait_s=0", headers=bearing(token))
    written = post(client, token, batch("gra"))
    assert (read.status_code, written.status_code, inbox(sessions)) == (403, 403, [])


def test_the_token_of_a_retired_location_is_refused(client, sessions, token):
    with writing(sessions) as session:
        locations.retire(session, "rbx", cli_user(session, "anne"), NOW)
    assert client.get(ORDERS, headers=bearing(token)).status_code == 403
    assert post(client, token, batch()).status_code == 403


@pytest.mark.parametrize(
    ("name", "version"),
    [("travaux-agent/0.1.0", "0.1.0"), ("travaux-agent", None), ("curl/8", None), ("travaux-agent/" + 50 * "9", None)],
)
def test_the_release_an_agent_says_to_be_is_kept(client, sessions, token, name, version):
    client.get(ORDERS, headers={**bearing(token), "User-Agent": name})
    with reading(sessions) as session:
        assert session.scalar(sa.select(Location.agent_version).where(Location.slug == "rbx")) == version


def test_an_old_token_is_refused_once_rotated(client, sessions, token):
    with writing(sessions) as session:
        fresh = locations.rotate(session, "rbx", cli_user(session, "anne"), NOW)
    codes = [client.get(ORDERS, headers=bearing(each)).status_code for each in (token, fresh)]
    assert codes == [401, 200]


def test_the_token_stands_nowhere_in_the_database(sessions, token):
    with reading(sessions) as session:
        rows = (
            session.execute(sa.text("SELECT * FROM location")).all()
            + session.execute(sa.text("SELECT * FROM instruction")).all()
        )
    assert token not in repr(rows)


def test_no_answer_and_no_log_line_holds_the_token(client, token, caplog):
    caplog.set_level("DEBUG")
    said = [post(client, token, b"{").get_data(as_text=True), client.get(ORDERS, headers=bearing(token)).text]
    assert token not in repr((said, [vars(record) for record in caplog.records]))


def test_a_batch_reaches_the_inbox_and_its_location_was_heard(client, sessions, token):
    assert post(client, token, gzip.compress(batch()), **{"Content-Encoding": "gzip"}).status_code == 200
    (row,) = inbox(sessions)
    assert row.data["post"]["items"] == [ITEM]
    with reading(sessions) as session:
        heard = session.scalars(sa.select(Location.heard_at).where(Location.slug == "rbx")).one()
    assert heard == row.received_at == NOW + timedelta(seconds=2)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"location": "rbx"}', batch(items=[{"type": "x"}])])
def test_what_is_no_batch_is_refused_with_a_reason(client, sessions, token, body):
    answer = post(client, token, body)
    assert (answer.status_code, bool(answer.json["error"]), inbox(sessions)) == (422, True, [])


@pytest.mark.parametrize("body", [b"plain", gzip.compress(batch())[:-9]])
def test_what_is_no_whole_gzip_is_refused(client, token, body):
    assert post(client, token, body, **{"Content-Encoding": "gzip"}).status_code == 400


def test_a_body_over_the_limit_is_refused_inflated_or_not(app, client, token):
    limit = Settings().server.agent_body_bytes
    assert post(client, token, b"x" * (limit + 1)).status_code == 413
    bomb = gzip.compress(bytes(limit * 10))
    assert post(client, token, bomb, **{"Content-Encoding": "gzip"}).status_code == 413


def test_a_batch_of_too_many_items_is_refused(client, token):
    limit = Settings().server.agent_batch_items
    assert post(client, token, batch(items=[ITEM] * (limit + 1))).status_code == 413
    assert post(client, token, batch(items=[ITEM] * limit)).status_code == 200


def test_a_full_inbox_lets_agents_keep_theirs(client, sessions, token, monkeypatch):
    monkeypatch.setattr(locations, "INBOX_ROWS", 1)
    codes = [post(client, token, batch()).status_code for _ in range(2)]
    assert (codes, len(inbox(sessions))) == ([200, 503], 1)


def test_a_nul_is_kept_from_the_database(client, sessions, token):
    item = {"type": "trouble", "at": 1.0, "reason": "a\0b"}
    assert post(client, token, batch(items=[item])).status_code == 200
    assert inbox(sessions)[0].data["post"]["items"][0]["reason"] == "a�b"


def test_the_catalogue_is_sent_once_and_again_when_it_changed(client, sessions, token):
    first = Orders.model_validate_json(client.get(ORDERS, headers=bearing(token)).data)
    second = Orders.model_validate_json(client.get(f"{ORDERS}&digest={first.digest}", headers=bearing(token)).data)
    with writing(sessions) as session:
        locations.add(session, "sbg", "here", cli_user(session, "anne"), NOW)
    assert first.standing is not None
    assert second.standing is None
    assert second.digest == first.digest


def order(sessions, slug: str, data: dict[str, object], valid_s: float = 30) -> None:
    with writing(sessions) as session:
        id_ = session.scalars(sa.select(Location.id).where(Location.slug == slug)).one()
        until = NOW + timedelta(seconds=2 + valid_s)
        session.add(OrderOut(location_id=id_, valid_until=until, data=data))


SINGLE = {"uid": "single", "check": 3, "not_before": NOW.timestamp() + 7, "timeout_s": 8.0, "lane": "shelf"}


def test_single_orders_are_given_with_spans_not_with_our_times(client, sessions, token):
    order(sessions, "rbx", SINGLE)
    found = Orders.model_validate_json(client.get(ORDERS, headers=bearing(token)).data)
    (single,) = found.orders
    assert (single.check, single.after_s, single.valid_s, single.timeout_s) == (3, 5.0, 30.0, 8.0)
    again = client.get(f"{ORDERS}&cursor={found.cursor}", headers=bearing(token))
    assert Orders.model_validate_json(again.data).orders == ()


def test_orders_of_others_and_expired_ones_are_not_given(client, sessions, token):
    order(sessions, "gra", SINGLE)
    order(sessions, "rbx", SINGLE, valid_s=-1)
    assert Orders.model_validate_json(client.get(ORDERS, headers=bearing(token)).data).orders == ()


def test_a_cursor_of_another_database_begins_anew(client, sessions, token):
    order(sessions, "rbx", {"self_test": True})
    found = client.get(f"{ORDERS}&cursor=99999", headers=bearing(token))
    assert Orders.model_validate_json(found.data).self_test


@pytest.mark.parametrize("query", ["&cursor=x", "&cursor=" + "9" * 40, "&wait_s=soon"])
def test_a_faulty_poll_is_refused(client, token, query):
    assert client.get(f"/agent/v1/orders?location=rbx{query}", headers=bearing(token)).status_code == 400


def test_polls_are_held_up_to_a_limit_and_the_newest_of_a_location_counts():
    polls = Polls(at_most=2)
    first, second = polls.enter(1), polls.enter(2)
    assert (first, second, polls.enter(1)) == (1, 1, None)
    assert (polls.is_latest(1, 1), polls.is_latest(2, 1)) == (False, True)
    polls.leave()
    assert polls.enter(3) == 1
