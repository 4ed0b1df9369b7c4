"""The API of a remote travaux: one request at a time, tried again where that is safe, its refusals in one sentence.

A POST carries an Idempotency-Key: tried again after a lost connection, it is done once.
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote, urlsplit

import requests

from status.config.addresses import is_loopback
from status.domain.refused import Refused

PREFIX: Final = "/api/v1"
TIMEOUT_S: Final = (10.0, 30.0)
PAUSES_S: Final = (0.5, 2.0, 5.0)
"""Between one try and the next."""

AGAIN: Final = frozenset({502, 503, 504})
TOKEN: Final = re.compile(r"trv_[\x21-\x7e]+")
PAGE: Final = 200

ADVICE: Final = {
    401: "look at --token-file or TRAVAUX_TOKEN, or ask an admin for a new token",
    403: "ask somebody who may, or for a token with that scope",
}


class Unreachable(Exception):
    """The server did not answer, or not as a travaux does. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API answered. `etag` is the version of the event it tells of, with its quotes; empty without one."""

    data: Any
    etag: str


@dataclass(frozen=True, slots=True)
class _Bearer(requests.auth.AuthBase):
    """The token on every request; a .netrc of the person's must not take its place."""

    token: str = field(repr=False)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self.token}"
        return request


class Server:
    """A remote travaux, spoken to with a token."""

    def __init__(self, url: str, token: str, pauses_s: Sequence[float] = PAUSES_S) -> None:
        """Raise Refused for an address that would show the token to the network, and for what is no token."""
        self.url = _sound(url)
        if not TOKEN.fullmatch(token):
            raise Refused("token", "a token begins with trv_: give it by --token-file or in TRAVAUX_TOKEN")
        self._bearer = _Bearer(token)
        self._session = requests.Session()
        self._pauses_s = pauses_s

    def get(self, path: str, **query: object) -> Answer:
        """Read something."""
        given = {name: value for name, value in query.items() if value is not None}
        return self._ask("GET", path, {}, None, given)

    def all_of(self, path: str, most: int = 1_000, **query: object) -> list[Any]:
        """Read a list, page by page, at most so many."""
        found: list[Any] = []
        cursor = None
        while True:
            page = self.get(path, limit=min(PAGE, most), cursor=cursor, **query).data
            found += page["items"]
            cursor = page["next"]
            if cursor is None or len(found) >= most:
                return found[:most]

    def post(self, path: str, body: Mapping[str, object] | None = None, *, match: str = "") -> Answer:
        """Do something, once. `match`: the version the person looked at, as If-Match says it."""
        headers = {"Idempotency-Key": str(uuid.uuid4())} | ({"If-Match": match} if match else {})
        return self._ask("POST", path, headers, body, {})

    def send(self, method: str, path: str, body: Mapping[str, object] | None = None, *, match: str = "") -> Answer:
        """Set something to what it shall be (PUT, PATCH), or take it away (DELETE)."""
        return self._ask(method, path, {"If-Match": match} if match else {}, body, {})

    def public(self, path: str) -> Any:
        """Read a public JSON document; None when there is none."""
        response = self._tried(requests.Request("GET", self.url + path))
        try:
            return response.json() if response.ok else None
        except ValueError:
            return None

    def _ask(
        self, method: str, path: str, headers: Mapping[str, str], body: Mapping[str, object] | None,
        query: Mapping[str, object],
    ) -> Answer:  # fmt: skip
        url = self.url + PREFIX + path
        request = requests.Request(method, url, headers=dict(headers), json=body, params=dict(query), auth=self._bearer)
        response = self._tried(request)
        if response.is_redirect:
            raise Unreachable(
                f"{self.url} leads to {response.headers['Location'][:200]}: give that address to --server"
            )
        if not response.ok:
            raise _refusal(response, self.url)
        try:
            return Answer(response.json() if response.content else None, response.headers.get("ETag", ""))
        except ValueError as error:
            raise Unreachable(f"{self.url} answered, but not as a travaux: is the address right?") from error

    def _tried(self, request: requests.Request) -> requests.Response:
        for pause_s in (*self._pauses_s, None):
            try:
                response = self._sent(request)
                if response.status_code not in AGAIN or pause_s is None:
                    return response
            except requests.exceptions.SSLError as error:
                raise Unreachable(
                    f"the certificate of {self.url} is not to be trusted ({_reason(error)}): is the address right? "
                    "An authority of your own is named by REQUESTS_CA_BUNDLE"
                ) from error
            except (requests.ConnectionError, requests.Timeout) as error:
                if pause_s is None:
                    said = (
                        "look whether it was done before you repeat it"
                        if request.method != "GET"
                        else "nothing was read"
                    )
                    raise Unreachable(f"{self.url} can't be reached ({_reason(error)}); {said}") from error
            time.sleep(pause_s)
        raise AssertionError("the last try returns or raises")

    def _sent(self, request: requests.Request) -> requests.Response:
        prepared = self._session.prepare_request(request)
        settings = self._session.merge_environment_settings(prepared.url or "", {}, None, None, None)
        return self._session.send(prepared, timeout=TIMEOUT_S, allow_redirects=False, **settings)


def segment(text: str) -> str:
    """Give a text as one segment of a path."""
    return quote(text, safe="")


def _sound(url: str) -> str:
    parts = urlsplit(url if "//" in url else f"https://{url}")
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise Refused("server", f"found {url!r}, expected the address of a travaux, like https://status.example.net")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise Refused("server", f"{url!r} would send the token over the network unprotected: use https://")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def _reason(error: Exception) -> str:
    """Give the innermost cause in a few words."""
    while (cause := error.__cause__ or error.__context__) is not None and isinstance(cause, Exception):
        error = cause
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__


def _refusal(response: requests.Response, url: str) -> Exception:
    """Say what the API refused; the person needs one sentence and what to do."""
    status = response.status_code
    try:
        problem = response.json()
        detail = str(problem["detail"])
    except (ValueError, KeyError, TypeError):
        name = HTTPStatus(status).phrase if status in set(HTTPStatus) else ""
        return Unreachable(f"{url} answered {status} {name}, but not as a travaux: is the address right?")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        detail = f"too many requests: go on in {response.headers.get('Retry-After', 'some')} s"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unreachable(f"{url} is in trouble ({status}): {detail}")
    faults = "; ".join(f"{each['field']}: found {each['found']}, expected {each['expected']}" for each in
                       problem.get("errors") or ())  # fmt: skip
    said = faults if faults and status == HTTPStatus.UNPROCESSABLE_ENTITY else detail
    advice = ADVICE.get(status)
    return Refused(str(problem.get("code", status)), f"{said}; {advice}" if advice else said)
