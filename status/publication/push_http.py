"""A copy behind plain HTTP (WebDAV without its collections, object stores, small upload servers): GET, PUT, DELETE."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Final, TypeVar
from urllib.parse import quote

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase, HTTPBasicAuth

from status.publication.mirror_addresses import type_of
from status.publication.push_targets import Address, PushFailed

CONNECT_S: Final = 5.0
AT_ONCE: Final = 4
MOST_BYTES: Final = 64_000_000
"""An answer is read no further."""

CHUNK: Final = 65_536
CACHE_PAGES: Final = "no-cache"
CACHE_ASSETS: Final = "public, max-age=31536000, immutable"
T = TypeVar("T")
GONE: Final = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)


class Bearer(AuthBase):
    """A token in the Authorization header."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add it."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class HTTPPut:
    """The address `to`; a user signs in with Basic, a secret without user is a Bearer token. Follows no redirect."""

    def __init__(self, address: Address, secret: str) -> None:
        self._base = address.to.rstrip("/")
        self._timeout_s = address.timeout_s
        self._auth = self._signer(address, secret)
        self._verify: bool | str = address.ca_file or True
        self._own = threading.local()

    def read(self, file: str) -> bytes | None:
        """Give a file; None when it is not there."""
        status, body = self._ask("GET", file)
        if status in GONE:
            return None
        self._require(status, {HTTPStatus.OK}, "GET", file)
        return body

    def read_many(self, files: Collection[str]) -> dict[str, bytes]:
        """Give those of some files that are there, some asked for side by side."""
        found: dict[str, bytes] = {}

        def keep(file: str) -> None:
            if (body := self.read(file)) is not None:
                found[file] = body

        self._each(keep, files)
        return found

    def write(self, files: Mapping[str, bytes]) -> None:
        """Write files, some side by side."""
        self._each(lambda file: self._put(file, files[file]), files)

    def remove(self, files: Collection[str]) -> None:
        """Remove files."""
        self._each(self._delete, files)

    def _signer(self, address: Address, secret: str) -> AuthBase | None:
        if not secret:
            return None
        return HTTPBasicAuth(address.user, secret) if address.user else Bearer(secret)

    def _each(self, act: Callable[[T], None], items: Collection[T]) -> None:
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="push") as pool:
            doing = [pool.submit(act, item) for item in items]
            try:
                for one in doing:
                    one.result()
            finally:
                for one in doing:
                    one.cancel()

    def _put(self, file: str, body: bytes) -> None:
        headers = {
            "Content-Type": type_of(file),
            "Cache-Control": CACHE_ASSETS if file.startswith("static/") else CACHE_PAGES,
        }
        status, _ = self._ask("PUT", file, body, headers)
        self._require(status, {HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NO_CONTENT}, "PUT", file)

    def _delete(self, file: str) -> None:
        status, _ = self._ask("DELETE", file)
        done = {HTTPStatus.OK, HTTPStatus.ACCEPTED, HTTPStatus.NO_CONTENT, *GONE}
        self._require(status, done, "DELETE", file)

    def _ask(
        self, method: str, file: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Ask once; the whole answer must be there within `timeout_s`."""
        until = time.monotonic() + self._timeout_s
        try:
            with self._session().request(
                method, f"{self._base}/{quote(file)}", data=body, headers=dict(headers or {}), auth=self._auth,
                timeout=(min(CONNECT_S, self._timeout_s), self._timeout_s), allow_redirects=False, stream=True,
                verify=self._verify,
            ) as answer:  # fmt: skip
                return answer.status_code, self._content(answer, until)
        except (requests.RequestException, OSError) as error:
            raise PushFailed(f"{method} {file}: {type(error).__name__}: {_cause(error)}") from error

    def _content(self, answer: requests.Response, until: float) -> bytes:
        found = bytearray()
        for chunk in answer.iter_content(CHUNK):
            found += chunk
            if time.monotonic() > until:
                raise requests.Timeout(f"no whole answer within {self._timeout_s:g} s")
            if len(found) > MOST_BYTES:
                raise requests.RequestException(f"more than {MOST_BYTES} bytes")
        return bytes(found)

    def _session(self) -> requests.Session:
        """Give this thread's connections; proxies and .netrc of the environment are not looked at."""
        session: requests.Session | None = getattr(self._own, "session", None)
        if session is None:
            session = self._own.session = requests.Session()
            session.trust_env = False
            for scheme in ("http://", "https://"):
                session.mount(scheme, HTTPAdapter(max_retries=0))
        return session

    def _require(self, status: int, wanted: Collection[int], method: str, file: str) -> None:
        if status not in wanted:
            expected = ", ".join(str(int(each)) for each in sorted(wanted))
            raise PushFailed(f"{method} {file}: answered {status}, expected {expected}")


def _cause(error: BaseException) -> str:
    """Give the innermost reason in one line; requests wraps it in the whole address."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return " ".join(str(reason or error).split())[:200]
