"""`GET /agent/v1/orders`: a long poll for standing orders that changed and single ones that wait."""

from __future__ import annotations

import threading
import time
from typing import Final

from flask import Blueprint, Response, request

from probes.agent_messages import Orders
from status.clock import utc
from status.models.engine import reading
from status.queries.agents import standing_orders, waiting_orders
from status.web.agent.caller import Caller, Unwelcome, caller, note_heard, require_own, runtime_of_app, told
from status.web.agent.polls import Polls

LONGEST_POLL_S: Final = 25.0
LOOK_EVERY_S: Final = 0.2
CATALOGUE_EVERY_S: Final = 5.0
RETRY_S: Final = 0.5
"""An agent whose poll can't be held asks again so soon."""

LONGEST_DIGEST: Final = 64


def register(agent: Blueprint, polls: Polls) -> None:
    """Add the route."""

    @agent.get("/orders")
    def orders() -> Response:
        try:
            who = caller()
            require_own(who, request.args.get("location", ""))
            note_heard(who)
            digest, cursor = request.args.get("digest", "")[:LONGEST_DIGEST], _whole("cursor")
            return _answer(_held(polls, who, digest, cursor))
        except Unwelcome as error:
            return told(error.code, error.message)


def _held(polls: Polls, who: Caller, digest: str, cursor: int) -> Orders:
    """Look until there is something to say or the time is over; no transaction stays open in between."""
    turn = polls.enter(who.location_id)
    if turn is None:
        return _look(who, digest, cursor, standing=True).model_copy(update={"retry_s": RETRY_S})
    try:
        pause = threading.Event()
        ends = time.monotonic() + _wait_s()
        catalogue_at = 0.0
        while True:
            due = time.monotonic() >= catalogue_at
            found = _look(who, digest, cursor, standing=due)
            if due:
                catalogue_at = time.monotonic() + CATALOGUE_EVERY_S
            told_something = found.standing is not None or found.orders or found.self_test or found.cursor < cursor
            if told_something or time.monotonic() >= ends or not polls.is_latest(who.location_id, turn):
                return found
            pause.wait(LOOK_EVERY_S)
    finally:
        polls.leave()


def _look(who: Caller, digest: str, cursor: int, *, standing: bool) -> Orders:
    runtime = runtime_of_app()
    with reading(runtime.sessions) as session:
        waiting = waiting_orders(session, who.location_id, cursor, utc(runtime.clock().wall))
        held = standing_orders(session, runtime.settings, who.location) if standing else None
    fresh = held.digest() if held is not None else digest
    return Orders(
        digest=fresh,
        standing=held if fresh != digest else None,
        orders=waiting.orders,
        self_test=waiting.self_test,
        cursor=waiting.cursor,
        batch_items=runtime.settings.server.agent_batch_items,
    )


def _answer(orders: Orders) -> Response:
    response = Response(orders.model_dump_json(), content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


def _whole(name: str) -> int:
    value = request.args.get(name, "0")
    if not value.isdecimal() or len(value) > 18:  # noqa: PLR2004 - digits of a 64-bit number
        raise Unwelcome(400, f"{name}: expected a whole number")
    return int(value)


def _wait_s() -> float:
    try:
        asked = float(request.args.get("wait_s", "0"))
    except ValueError as error:
        raise Unwelcome(400, "wait_s: expected seconds") from error
    return min(asked, LONGEST_POLL_S) if asked > 0 else 0.0
