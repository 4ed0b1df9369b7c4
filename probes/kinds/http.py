"""`http`: a web server gives the right answer: status, headers, body, certificate.

options ─▶ resolve ─▶ libcurl, a fresh connection ─▶ (redirect: again) ─▶ judged ─▶ Reading
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Annotated, Final, Literal, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from probes.net.fetch import Answer, Request, fetch
from probes.net.resolve import REASONS as DNS_REASONS
from probes.net.resolve import Family
from probes.net.url import Target, parse_target, parse_url
from probes.options import Options
from probes.types import Job, Kind, ProbeFailure, Reading, Secret

SEARCHED_BYTES: Final = 65_536
"""How much of a body a regular expression is searched in: a bad expression must not hold up the other checks."""
SHOWN: Final = 200
MIB: Final = 1_048_576

HeaderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$", max_length=100)]
HeaderValue = Annotated[str, StringConstraints(pattern=r"^[^\r\n\x00]*$", max_length=4_000)]
StatusRange = Annotated[str, StringConstraints(pattern=r"^[1-5][0-9]{2}(-[1-5][0-9]{2})?$")]
Status = Annotated[int, Field(ge=100, le=599)]


class HTTPOptions(Options):
    """Options of `http`."""

    url: str = Field(description="What to fetch: http or https")
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] = "GET"
    headers: dict[HeaderName, HeaderValue] = Field({}, description="Headers to send besides libcurl's own")
    body: str = Field("", max_length=MIB, description="Body to send; never with GET or HEAD")
    user: str = Field("", description="Name for basic authentication")
    password: Secret | None = Field(None, description="Its password, a reference")
    expect_status: tuple[Status | StatusRange, ...] = Field(("200-399",), min_length=1, description="Codes and ranges")
    expect_headers: dict[HeaderName, str] = Field({}, description="Headers that must be there, and hold this text")
    expect_body: str = Field("", description="Text the body must hold")
    reject_body: str = Field("", description="Text the body must not hold")
    expect_body_regex: str = Field("", max_length=500, description="Expression found in the body's first 64 KiB")
    follow_redirects: int = Field(0, ge=0, le=5, description="How many redirects to follow; 0: judge the redirect")
    max_bytes: int = Field(MIB, ge=1, le=64 * MIB, description="A longer body is a fault")
    verify: bool = Field(True, description="Whether a certificate that is expired, untrusted or misnamed is a fault")
    ca_file: str | None = Field(None, description="Certificates to trust instead of the system's")
    family: Family = "any"
    connect_to: str | None = Field(None, description="host:port to connect to instead of the URL's own")
    slow_ms: int | None = Field(None, gt=0, description="Over this many milliseconds in all it is slow")

    @field_validator("url")
    @classmethod
    def _url(cls, text: str) -> str:
        return parse_url(text).url

    @field_validator("connect_to")
    @classmethod
    def _connect_to(cls, text: str | None) -> str | None:
        if text is not None:
            parse_target(text)
        return text

    @field_validator("expect_body_regex")
    @classmethod
    def _regex(cls, text: str) -> str:
        try:
            re.compile(text.encode())
        except re.error as error:
            raise ValueError(f"found {text!r}, expected a regular expression: {error}") from error
        return text

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.body and self.method in {"GET", "HEAD"}:
            raise ValueError(f"a {self.method} has no body: leave body out, or set method = 'POST'")
        if self.password is not None and not self.user:
            raise ValueError("password without user: set both")
        if self.method == "HEAD" and (self.expect_body or self.expect_body_regex):
            raise ValueError("the answer to a HEAD has no body to expect anything of: set method = 'GET'")
        return self

    @cached_property
    def target(self) -> Target:
        """The URL's parts."""
        return parse_url(self.url)

    @cached_property
    def statuses(self) -> frozenset[int]:
        """Every status code that is right."""
        bounds = (str(entry).partition("-") for entry in self.expect_status)
        return frozenset(code for first, _, last in bounds for code in range(int(first), int(last or first) + 1))

    @cached_property
    def request(self) -> Request:
        """What is sent first."""
        return Request(
            target=self.target,
            method=self.method,
            headers=tuple(f"{name}: {value}" if value else f"{name};" for name, value in self.headers.items()),
            body=self.body,
            user=self.user,
            password=self.password,
            max_bytes=self.max_bytes,
            verify=self.verify,
            ca_file=self.ca_file,
            family=self.family,
            connect_to=parse_target(self.connect_to) if self.connect_to else None,
        )


async def probe(job: Job) -> Reading:
    """Fetch the URL, follow redirects as far as told, and judge the last answer."""
    options = job.check.options
    assert isinstance(options, HTTPOptions)
    began = job.deadline.steady()
    request, redirects = options.request, 0
    answer = await fetch(job, request)
    phases_s = answer.phases_s
    while answer.location and redirects < options.follow_redirects:
        redirects += 1
        request = _redirected(request, answer)
        answer = await fetch(job, request)
        phases_s = {phase: phases_s.get(phase, 0.0) + spent for phase, spent in answer.phases_s.items()}
    evidence = {"peer": answer.peer, "status": answer.status, "http": answer.version}
    if redirects:
        evidence.update(redirects=redirects, url=request.target.url)
    fault = _fault(options, answer)
    if fault is not None:
        _note(job, answer)
        raise ProbeFailure(fault[0], fault[1], evidence)
    phases_s["total"] = total_s = job.deadline.steady() - began
    slow = options.slow_ms is not None and total_s * 1000 > options.slow_ms
    return Reading(phases_s, evidence, f"{total_s * 1000:.0f} ms, over slow_ms = {options.slow_ms}" if slow else None)


def _redirected(request: Request, answer: Answer) -> Request:
    """Make the request a redirect asks for (RFC 9110 §15.4); credentials stay with their origin."""
    try:
        target = parse_url(answer.location)
    except ValueError as error:
        raise ProbeFailure("http_redirect", f"{answer.status} leads where no check goes: {error}") from error
    return request.redirected(target, keep_method=answer.status in {307, 308})


def _fault(options: HTTPOptions, answer: Answer) -> tuple[str, str] | None:  # noqa: PLR0911 - one for each rule
    """Say what is wrong with the answer, as reason and detail; None when nothing is."""
    if answer.location and options.follow_redirects:
        return "http_redirect", f"more than {options.follow_redirects} redirects, the last to {answer.location}"
    if answer.status not in options.statuses:
        expected = ", ".join(map(str, options.expect_status))
        return "http_status", f"answered {answer.status}, expected {expected}"
    for name, text in options.expect_headers.items():
        value = answer.header(name)
        if value is None or text not in value:
            return "http_header", f"header {name} is {value!r}, expected {text!r}"
    if options.expect_body and options.expect_body.encode() not in answer.body:
        return "http_body", f"the body ({len(answer.body)} bytes) does not hold {options.expect_body!r}"
    if options.reject_body and options.reject_body.encode() in answer.body:
        return "http_body", f"the body holds {options.reject_body!r}"
    expression = options.expect_body_regex.encode()
    if expression and not re.search(expression, answer.body[:SEARCHED_BYTES]):
        return "http_body", f"the body's first 64 KiB have nothing like {options.expect_body_regex!r}"
    return None


def _note(job: Job, answer: Answer) -> None:
    for line in answer.headers[:20]:
        job.trace(f"< {line.decode('latin-1').rstrip()}")
    job.trace(f"body, {len(answer.body)} bytes: {answer.body[:SHOWN].decode(errors='replace')}")


KIND = Kind(
    name="http",
    summary="A web server gives the right answer over HTTP or verified HTTPS",
    options=HTTPOptions,
    reasons={
        **DNS_REASONS,
        "timeout": "no end within the deadline",
        "stalled": "it accepted the connection, then did not go on within the deadline",
        "refused": "nothing listens on the port",
        "unreachable": "no route to the server",
        "reset": "the connection was reset",
        "closed": "the connection ended before the answer did",
        "protocol": "what came back is not HTTP",
        "too_large": "the body is longer than max_bytes, or the headers than 64 KiB",
        "http_status": "another status code than expected",
        "http_redirect": "too many redirects, or one to something else than HTTP",
        "http_header": "a header is missing or has another value than expected",
        "http_body": "the body lacks what was expected or holds what was rejected",
        "tls_expired": "the certificate has expired or is not valid yet",
        "tls_untrusted": "the certificate is not signed by a trusted authority",
        "tls_wrong_name": "the certificate bears another name",
        "tls_failed": "the TLS handshake failed",
    },
    probe=probe,
)
