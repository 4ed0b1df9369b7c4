"""An agent's HTTPS to the web process: outbound only, each wait bounded, the token in a header and nowhere else."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any, Final

import requests
from pydantic import ValidationError
from requests.auth import AuthBase

from probes.agent_messages import Orders, Post

CONNECT_S: Final = 5.0
ANSWER_S: Final = 10.0
POLL_S: Final = 15.0
"""How long the server is asked to hold a poll; a poll that got lost is noticed `ANSWER_S` later."""

PACK: Final = 1
"""gzip level: a batch is small and sent at once."""

REFUSED_TOKEN: Final = frozenset({401, 403})
REFUSED_BATCH: Final = frozenset({400, 413, 422})


class LineDown(Exception):
    """The server does not answer, or not now: what was to be sent waits."""


class TokenRefused(LineDown):
    """The server answers, and does not take this token for this location."""


class BatchRefused(Exception):
    """The server will never take this batch."""


class Line:
    """One thread's connection to the server. `ca`: the authority its certificate is checked by; None: the usual ones.

    `version` is told to the server, so that the desk can say which agents are behind.

    The token is read again after each failure, so that a new one counts without a restart.
    """

    def __init__(self, server: str, location: str, token_file: Path, ca: Path | None = None, version: str = "") -> None:
        self._base = f"{server.rstrip('/')}/agent/v1"
        self._location = location
        self._token_file = token_file
        self._ca = ca
        self._name = f"travaux-agent/{version}" if version else "travaux-agent"
        self._session: requests.Session | None = None

    def orders(self, digest: str, cursor: int, wait_s: float = POLL_S) -> Orders:
        """Fetch orders, waiting for one. Raise LineDown."""
        asked = {"location": self._location, "digest": digest, "cursor": str(cursor), "wait_s": f"{wait_s:g}"}
        answer = self._ask("GET", "/orders", wait_s + ANSWER_S, params=asked)
        if answer.status_code in REFUSED_BATCH:
            self._lose()
            raise LineDown(f"the server refused the poll: {_said(answer)}")
        try:
            return Orders.model_validate_json(answer.content)
        except ValidationError as error:
            self._lose()
            raise LineDown(f"the answer is no order: {error.errors()[0]['msg']}; is --server a travaux?") from error

    def post(self, post: Post) -> None:
        """Deliver a batch. Raise LineDown, or BatchRefused."""
        body = gzip.compress(post.model_dump_json().encode(), PACK)
        headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        answer = self._ask("POST", "/observations", ANSWER_S, data=body, headers=headers)
        if answer.status_code in REFUSED_BATCH:
            raise BatchRefused(_said(answer))

    def _ask(self, method: str, path: str, answer_s: float, **request: Any) -> requests.Response:
        try:
            session = self._session or self._connect()
            # `verify` stands here, not in the session: there the environment's own bundle would go before it.
            answer = session.request(
                method,
                self._base + path,
                timeout=(CONNECT_S, answer_s),
                allow_redirects=False,
                verify=str(self._ca) if self._ca else True,
                **request,
            )
        except (OSError, requests.RequestException) as error:
            self._lose()
            raise LineDown(f"{type(error).__name__}: {error}") from error
        if answer.status_code in REFUSED_TOKEN:
            self._lose()
            raise TokenRefused(_said(answer))
        if answer.status_code != requests.codes.ok and answer.status_code not in REFUSED_BATCH:
            self._lose()
            raise LineDown(f"the server answers {_said(answer)}")
        return answer

    def _connect(self) -> requests.Session:
        session = requests.Session()
        session.auth = _Bearer(self._token_file.read_text(encoding="utf-8").strip())
        session.headers["User-Agent"] = self._name
        self._session = session
        return session

    def _lose(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None


class _Bearer(AuthBase):
    """The token as a header; given as `auth` so that no `.netrc` takes its place."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _said(answer: requests.Response) -> str:
    return f"{answer.status_code} {answer.reason}: {answer.text[:200]}"
