"""One HTTP request from its options to its answer: every address of the name in turn, until one can be connected."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import pycurl

from probes.net.curl import GROUPS, CurlError, fresh_curl
from probes.net.resolve import Family
from probes.net.sockets import endpoint
from probes.net.tls import ca_bundle
from probes.net.transfer import phase_of, phases_s, transfer_failure
from probes.net.url import Target
from probes.types import CannotProbe, Job, ProbeFailure, Secret

MAX_HEADER_BYTES: Final = 65_536
"""More than this is a fault; libcurl itself stops at 300 KiB."""
BLANK: Final = b"\r\n"
VERSIONS: Final = {1: "1.0", 2: "1.1", 3: "2", 30: "3"}
"""CURLINFO_HTTP_VERSION."""
NOT_CONNECTED: Final = (pycurl.E_COULDNT_CONNECT, pycurl.E_OPERATION_TIMEDOUT)
TRUST: Final = cache(ca_bundle)


@dataclass(frozen=True, slots=True)
class Request:
    """What to send where. `headers` are whole lines; `connect_to` (host, port) replaces where to connect."""

    target: Target
    method: str
    headers: tuple[str, ...]
    body: str
    user: str
    password: Secret | None
    max_bytes: int
    verify: bool
    ca_file: str | None
    family: Family
    connect_to: tuple[str, int] | None

    def redirected(self, target: Target, *, keep_method: bool) -> Request:
        """Give the request that follows a redirect; to another origin it takes no credentials along."""
        following = replace(self, target=target)
        if not keep_method and self.method != "HEAD":
            following = replace(following, method="GET", body="")
        if target.origin != self.target.origin:
            secret = ("authorization", "cookie")
            headers = tuple(line for line in self.headers if not line.lower().startswith(secret))
            following = replace(following, headers=headers, user="", password=None, connect_to=None)
        return following


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `location` is where a redirect leads (absolute), "" when it is none."""

    status: int
    version: str
    headers: list[bytes]
    body: bytes
    location: str
    peer: str
    phases_s: dict[str, float]

    def header(self, name: str) -> str | None:
        """Give a header of the last block (interim answers come before it), its values joined by ", "."""
        found: list[str] = []
        for line in self.headers:
            field, colon, value = line.decode("latin-1").partition(":")
            if not colon and field.startswith("HTTP/"):
                found.clear()
            elif field.lower() == name.lower():
                found.append(value.strip())
        return ", ".join(found) if found else None


async def fetch(job: Job, request: Request) -> Answer:
    """Send `request` within the job's deadline. Raise ProbeFailure or CannotProbe."""
    steady = job.deadline.steady
    began = steady()
    host, port = request.connect_to or (request.target.host, request.target.port)
    addresses = await job.tools.resolver.resolve(host, request.family, job.deadline)
    resolved_s = steady() - began
    for left, address in zip(range(len(addresses) - 1, -1, -1), addresses, strict=True):
        peer = endpoint(address, port)
        job.trace(f"{request.method} {request.target.url} at {peer}")
        headers: list[bytes] = []
        body = io.BytesIO()
        curl = _transfer(request, address, port, headers, body)
        try:
            if left:
                curl.setopt(pycurl.CONNECTTIMEOUT_MS, max(1, int(job.deadline.left_s() * 1000 / (left + 1))))
            trust = "" if request.target.scheme == "http" or not request.verify else request.ca_file or TRUST()
            error = await job.tools.curl.perform(curl, job.deadline, trust)
            if error is None:
                return _answer(curl, headers, body.getvalue(), peer, resolved_s)
            failure = _failure(job, request, curl, error, peer)
        finally:
            curl.close()
        if not left or failure.phase != "connect" or error.code not in NOT_CONNECTED or not job.deadline.left_s():
            break
        job.trace(f"{failure.cause}; the next address")
    raise failure.cause


@dataclass(frozen=True, slots=True)
class _Failed:
    cause: ProbeFailure | CannotProbe
    phase: str


def _failure(job: Job, request: Request, curl: pycurl.Curl, error: CurlError, peer: str) -> _Failed:
    phase = phase_of(curl, tls=request.target.scheme == "https")
    cause = transfer_failure(curl, error, phase, job.deadline.limit_s)
    if isinstance(cause, ProbeFailure):
        cause.evidence = {"phase": phase, **cause.evidence, "peer": peer}
    job.trace(f"{phase}: {error.text}")
    return _Failed(cause, phase)


def _transfer(request: Request, address: str, port: int, headers: list[bytes], body: io.BytesIO) -> pycurl.Curl:
    curl = fresh_curl(request.target.url, address, port)
    setopt = curl.setopt
    setopt(pycurl.WRITEFUNCTION, body.write)
    setopt(pycurl.HEADERFUNCTION, headers.append)
    setopt(pycurl.USERAGENT, "travaux")
    setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1)
    if request.method == "HEAD":
        setopt(pycurl.NOBODY, 1)
    else:
        setopt(pycurl.MAXFILESIZE_LARGE, request.max_bytes)
        if request.method != "GET":
            setopt(pycurl.POSTFIELDS, request.body.encode())
            setopt(pycurl.CUSTOMREQUEST, request.method)
    if request.headers:
        setopt(pycurl.HTTPHEADER, [line.encode() for line in request.headers])
    if request.user:
        setopt(pycurl.USERNAME, request.user.encode())
        setopt(pycurl.PASSWORD, request.password.resolve().encode() if request.password else b"")
    if request.target.scheme == "https":
        setopt(pycurl.SSL_SESSIONID_CACHE, 0)
        setopt(pycurl.SSL_EC_CURVES, GROUPS)
        if not request.verify:
            setopt(pycurl.SSL_VERIFYPEER, 0)
            setopt(pycurl.SSL_VERIFYHOST, 0)
    return curl


def _answer(curl: pycurl.Curl, headers: list[bytes], body: bytes, peer: str, resolved_s: float) -> Answer:
    if curl.getinfo(pycurl.HEADER_SIZE) > MAX_HEADER_BYTES:
        raise ProbeFailure("too_large", f"over {MAX_HEADER_BYTES} bytes of headers", {"peer": peer})
    if BLANK not in headers and BLANK[1:] not in headers:
        # libcurl takes an end of the connection for an end of the headers.
        raise ProbeFailure("closed", "the connection ended before the headers did", {"phase": "headers", "peer": peer})
    return Answer(
        status=curl.getinfo(pycurl.RESPONSE_CODE),
        version=VERSIONS.get(curl.getinfo(pycurl.INFO_HTTP_VERSION), "?"),
        headers=headers,
        body=body,
        location=curl.getinfo(pycurl.REDIRECT_URL) or "",
        peer=peer,
        phases_s={"resolve": resolved_s, **phases_s(curl)},
    )
