"""What a libcurl transfer tells: how long its phases took, and what a failed one means for the target."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

import pycurl

from probes.net.curl import CurlError
from probes.net.sockets import socket_failure
from probes.net.tls import curl_tls_failure
from probes.types import CannotProbe, ProbeFailure

TOO_LARGE: Final = 100
HTTP2_STREAM: Final = 92
"""CURLE_TOO_LARGE (too many headers) and CURLE_HTTP2_STREAM, which pycurl does not name."""
REASONS: Final = {
    pycurl.E_UNSUPPORTED_PROTOCOL: "protocol",  # an answer that is not even HTTP/1.0
    pycurl.E_FTP_WEIRD_SERVER_REPLY: "protocol",  # its older name: CURLE_WEIRD_SERVER_REPLY
    pycurl.E_HTTP2: "protocol",
    HTTP2_STREAM: "protocol",
    pycurl.E_BAD_CONTENT_ENCODING: "protocol",
    pycurl.E_SSL_CONNECT_ERROR: "tls_failed",
    pycurl.E_SSL_CIPHER: "tls_failed",
    pycurl.E_PARTIAL_FILE: "closed",
    pycurl.E_GOT_NOTHING: "closed",
    pycurl.E_SEND_ERROR: "reset",
    pycurl.E_FILESIZE_EXCEEDED: "too_large",
    TOO_LARGE: "too_large",
}
RECEIVING: Final = (("too large", "too_large"), ("reset", "reset"), ("eof", "closed"), ("closed", "closed"))
"""libcurl says why receiving failed in its text only."""


def phases_s(curl: pycurl.Curl) -> dict[str, float]:
    """Give the seconds of connect, tls (HTTPS only) and first_byte: from the request sent to its first answer."""
    connected = curl.getinfo(pycurl.CONNECT_TIME)
    secured = curl.getinfo(pycurl.APPCONNECT_TIME)
    first_byte = curl.getinfo(pycurl.STARTTRANSFER_TIME)
    if not secured:
        return {"connect": connected, "first_byte": max(0.0, first_byte - connected)}
    return {"connect": connected, "tls": secured - connected, "first_byte": max(0.0, first_byte - secured)}


def phase_of(curl: pycurl.Curl, *, tls: bool) -> str:
    """Say what a transfer that did not end was doing: connect, tls, first_byte or body."""
    if not curl.getinfo(pycurl.CONNECT_TIME):
        return "connect"
    if tls and not curl.getinfo(pycurl.APPCONNECT_TIME):
        return "tls"
    return "body" if curl.getinfo(pycurl.STARTTRANSFER_TIME) else "first_byte"


def transfer_failure(  # noqa: PLR0911 - one for each case
    curl: pycurl.Curl, error: CurlError, phase: str, limit_s: float
) -> ProbeFailure | CannotProbe:
    """Say what an ended transfer's error means. CannotProbe for what is no fault of the target."""
    code, text = error
    evidence: Mapping[str, str] = {"phase": phase}
    if code == pycurl.E_OPERATION_TIMEDOUT:
        reason = "timeout" if phase == "connect" else "stalled"
        return ProbeFailure(reason, f"no end after {limit_s:g} s (during {phase}): {text}", evidence)
    if code == pycurl.E_PEER_FAILED_VERIFICATION:
        return curl_tls_failure(curl.getinfo(pycurl.SSL_VERIFYRESULT), text)
    if code == pycurl.E_COULDNT_CONNECT:
        number = curl.getinfo(pycurl.OS_ERRNO)
        meaning = socket_failure(OSError(number, os.strerror(number)), text)
        return meaning or ProbeFailure("unreachable", text, evidence)
    if code == pycurl.E_RECV_ERROR:
        reason = next((reason for word, reason in RECEIVING if word in text.lower()), "protocol")
        return ProbeFailure(reason, text, evidence)
    if code in REASONS:
        return ProbeFailure(REASONS[code], text, evidence)
    if code == pycurl.E_OUT_OF_MEMORY:
        return CannotProbe("no_capacity", text)
    return CannotProbe("internal_error", f"libcurl {code}: {text}")
