"""radius: the log-in of subscribers works: the right password is accepted and a wrong one refused (PAP, RFC 2865)."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Iterator
from itertools import repeat

from pydantic import Field

from probes.attempt import Attempt, attempt
from probes.net.resolve import REASONS as RESOLVE_REASONS
from probes.net.resolve import Family
from probes.net.sockets import connect
from probes.options import Options
from probes.types import Job, Kind, ProbeFailure, Reading, Secret
from probes.wire.radius import (
    MAX_NAME_BYTES,
    AccessRequest,
    Answer,
    MalformedPacket,
    Verdict,
    WrongAuthenticator,
)


class RADIUSOptions(Options):
    """Options of `radius`."""

    host: str = Field(min_length=1, description="Name or address of the RADIUS server")
    port: int = Field(1812, ge=1, le=65535)
    family: Family = "any"
    secret: Secret = Field(description="Secret shared with the server, which must know our address as a client")
    user: str = Field(min_length=1, max_length=MAX_NAME_BYTES, description="Account kept for supervision")
    password: Secret
    check_wrong_password: bool = Field(
        True, description="Also try a random password, which must be refused; off where that would lock the account"
    )
    nas_identifier: str = Field("travaux", min_length=1, max_length=MAX_NAME_BYTES)
    require_signature: bool = Field(
        False, description="Refuse answers without Message-Authenticator (servers patched against CVE-2024-3596)"
    )
    slow_ms: int | None = Field(None, gt=0, description="Over this many milliseconds, both requests, it is slow")


class _Exchange:
    """One Access-Request and what came back so far."""

    def __init__(self, run: Attempt, request: AccessRequest, *, require_signature: bool) -> None:
        self.run = run
        self.request = request
        self.require_signature = require_signature
        self.forged = ""
        self.malformed = ""

    def read(self, data: bytes) -> Answer | None:
        """Give the verified answer. Anything else is noted and dropped, as RFC 2865 §3 demands."""
        try:
            answer = self.request.read(data, require_signature=self.require_signature)
        except WrongAuthenticator as error:
            self.forged = str(error)
        except MalformedPacket as error:
            self.malformed = str(error)
        else:
            self.run.job.trace(f"< {answer.verdict.name.lower()} {dict(answer.attributes)}")
            return answer
        self.run.job.trace(f"< dropped: {self.forged or self.malformed}")
        return None

    def silence(self) -> ProbeFailure:
        """Say what a deadline that passes now means."""
        if self.forged:
            return ProbeFailure("radius_authenticator", f"only answers signed with another secret: {self.forged}")
        if self.malformed:
            return ProbeFailure("protocol", f"only answers that are not RADIUS: {self.malformed}")
        limit_s = self.run.job.deadline.limit_s
        detail = f"no answer within {limit_s:g} s (during {self.run.phase}): down, filtered or wrong secret"
        return ProbeFailure("radius_silent", detail)


async def probe(job: Job) -> Reading:
    """Ask for access with the right password, then with a wrong one."""
    return await attempt(job, _log_in)


async def _log_in(run: Attempt) -> Reading:
    options = run.job.check.options
    assert isinstance(options, RADIUSOptions)
    password = options.password.resolve()
    secret = options.secret.resolve().encode()
    address = await run.resolve(options.host, options.family, options.port)
    identifier = secrets.randbelow(256)
    with await connect(address, options.port, socket.SOCK_DGRAM) as sock:
        run.begin("accept")
        right = AccessRequest(identifier, secret, options.user, password, options.nas_identifier)
        _require_accept(run, await _exchange(run, sock, right))
        if options.check_wrong_password:
            run.begin("reject")
            wrong = AccessRequest(
                (identifier + 1) % 256, secret, options.user, secrets.token_urlsafe(12), options.nas_identifier
            )
            _require_refusal(run, await _exchange(run, sock, wrong))
    return run.reading(options.slow_ms)


async def _exchange(run: Attempt, sock: socket.socket, request: AccessRequest) -> Answer:
    """Send `request`, the same bytes again after each third of the time, until a verified answer."""
    options = run.job.check.options
    assert isinstance(options, RADIUSOptions)
    exchange = _Exchange(run, request, require_signature=options.require_signature)
    run.silence = exchange.silence
    waits_s: Iterator[float] = repeat(run.job.deadline.limit_s / 3)
    return await run.ask(sock, request.data, exchange.read, waits_s)


def _require_accept(run: Attempt, answer: Answer) -> None:
    run.evidence |= {
        "code": int(answer.verdict),
        "attributes": {name: value[:120] for name, value in answer.attributes.items()},
        "signed": answer.signed,
    }
    if answer.verdict is not Verdict.ACCEPT:
        said = answer.attributes.get("Reply-Message", "")[:120]
        detail = f"{answer.verdict.name.lower()} for the account of the check" + (f": {said}" if said else "")
        raise ProbeFailure("radius_rejected", detail)


def _require_refusal(run: Attempt, answer: Answer) -> None:
    run.evidence["wrong_password_code"] = int(answer.verdict)
    if answer.verdict is Verdict.ACCEPT:
        raise ProbeFailure("radius_accepts_wrong_password", "a random password was accepted: anybody can log in")


KIND = Kind(
    name="radius",
    summary="A RADIUS server accepts the right password and refuses a wrong one",
    options=RADIUSOptions,
    reasons={
        **RESOLVE_REASONS,
        "radius_silent": "no answer: down, filtered or wrong secret",
        "radius_rejected": "the right password was refused",
        "radius_accepts_wrong_password": "a random password was accepted",
        "radius_authenticator": "the answer was signed with another secret",
        "refused": "nothing listens on the port",
        "unreachable": "no route to the server",
        "protocol": "what came back is not RADIUS",
        "timeout": "no end within the deadline",
    },
    probe=probe,
)
