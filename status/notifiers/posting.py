"""One POST to somebody else's address: to where its name was found, no redirect, little read of the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import certifi
import urllib3
from urllib3.exceptions import HTTPError

from status.notifiers.addresses import Target, resolve
from status.notifiers.types import NotSent

MOST_READ: Final = 10_000
WAIT_MOST_S: Final = 3_600.0
GONE: Final = 410
TOO_MANY: Final = 429
AGENT: Final = "travaux"


def post(
    target: Target, body: bytes, headers: Mapping[str, str], timeout_s: float, networks: Sequence[str] = ()
) -> None:
    """Send; return when the other side answered 2xx. Raise NotSent: for good on 410 Gone."""
    address = resolve(target, networks)
    timeout = urllib3.Timeout(connect=timeout_s, read=timeout_s)
    pool: urllib3.HTTPConnectionPool
    if target.scheme == "https":
        pool = urllib3.HTTPSConnectionPool(
            address, target.port, timeout=timeout, retries=False, server_hostname=target.host,
            assert_hostname=target.host, cert_reqs="CERT_REQUIRED", ca_certs=certifi.where(),
        )  # fmt: skip
    else:
        pool = urllib3.HTTPConnectionPool(address, target.port, timeout=timeout, retries=False)
    host = f"[{target.host}]" if ":" in target.host else target.host
    named = {"Host": host if target.port in {80, 443} else f"{host}:{target.port}", "User-Agent": AGENT}
    try:
        answer = pool.urlopen(
            "POST", target.path, body=body, headers={**named, **headers}, redirect=False, preload_content=False
        )
        answer.read(MOST_READ)
    except (HTTPError, OSError) as error:
        raise NotSent(f"no answer: {type(error).__name__}") from error
    finally:
        pool.close()
    _judge(answer)


def _judge(answer: urllib3.BaseHTTPResponse) -> None:
    if 200 <= answer.status < 300:  # noqa: PLR2004 - the successes of RFC 9110
        return
    after = answer.headers.get("Retry-After", "")
    after_s = min(float(after), WAIT_MOST_S) if after.isascii() and after.isdigit() else None
    raise NotSent(f"it answered {answer.status}", for_good=answer.status == GONE, after_s=after_s)
