"""`POST /agent/v1/observations`: a batch is checked and put into the inbox; the decider does the rest."""

from __future__ import annotations

import logging
import zlib
from typing import Final

from flask import Blueprint, Response, request
from pydantic import ValidationError
from werkzeug.exceptions import RequestEntityTooLarge

from probes.agent_messages import Post
from status.clock import utc
from status.domain.refused import Refused
from status.models.engine import writing
from status.services import locations
from status.web.agent.caller import Unwelcome, caller, require_own, runtime_of_app, told

log = logging.getLogger(__name__)

GZIP: Final = 31
"""zlib's window bits of a gzip stream (RFC 1952)."""

INBOX_RETRY_S: Final = 5


def register(agent: Blueprint) -> None:
    """Add the route."""

    @agent.post("/observations")
    def observations() -> Response:
        try:
            return _take()
        except Unwelcome as error:
            return told(error.code, error.message)


def _take() -> Response:
    who, runtime = caller(), runtime_of_app()
    post = _post(_body(runtime.settings.server.agent_body_bytes))
    require_own(who, post.location)
    if len(post.items) > runtime.settings.server.agent_batch_items:
        raise Unwelcome(413, f"{len(post.items)} items, expected at most {runtime.settings.server.agent_batch_items}")
    now = runtime.clock()
    try:
        with writing(runtime.sessions) as session:
            locations.take_post(session, who.location_id, post, now)
            if who.heard_due:
                locations.note_heard(session, who.location_id, utc(now.wall), who.version)
    except Refused as error:
        log.warning("agent_inbox_full", extra={"location": who.location})
        response = told(503, error.message)
        response.headers["Retry-After"] = str(INBOX_RETRY_S)
        return response
    response = Response("{}", content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


def _body(limit: int) -> bytes:
    """Read the body, inflated, of at most `limit` bytes."""
    request.max_content_length = limit
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge as error:
        raise Unwelcome(413, f"expected a body of at most {limit} bytes") from error
    if request.content_encoding == "gzip":
        inflate = zlib.decompressobj(GZIP)
        try:
            body = inflate.decompress(body, limit + 1)
        except zlib.error as error:
            raise Unwelcome(400, f"the body is not gzip: {error}") from error
        if len(body) > limit:
            raise Unwelcome(413, f"expected a body of at most {limit} bytes, inflated")
        if not inflate.eof:
            raise Unwelcome(400, "the body ends before its gzip stream does")
    # PostgreSQL's JSON can't hold a NUL; an agent of ours sends none.
    return body.replace(b"\\u0000", b"\\ufffd")


def _post(body: bytes) -> Post:
    try:
        return Post.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise Unwelcome(422, f"{place or 'body'}: {first['msg']} ({error.error_count()} faults)") from error
