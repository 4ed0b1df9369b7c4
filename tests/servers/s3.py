"""An S3-compatible store that takes only requests whose AWS Signature Version 4 is right.

The signature is worked out here a second time, from AWS's own description ("Authenticating Requests: Using the
Authorization Header"), not with the library that makes it; test_push_s3.py tries it on AWS's published examples.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote

from tests.servers.uploads import Handler

KEY_ID, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


@dataclass(frozen=True)
class Asked:
    """A request as it is signed; header names in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]


def signature(asked: Asked, signed: str, region: str, secret: str = SECRET) -> str:
    """Give the signature of a request; `signed` are the names of its signed headers."""
    at = asked.headers["x-amz-date"]
    headers = "".join(f"{name}:{' '.join(asked.headers[name].split())}\n" for name in signed.split(";"))
    path = quote(unquote(asked.path), safe="/-_.~")
    payload = asked.headers["x-amz-content-sha256"]
    canonical = f"{asked.method}\n{path}\n{asked.query}\n{headers}\n{signed}\n{payload}"
    scope = f"{at[:8]}/{region}/s3/aws4_request"
    to_sign = f"AWS4-HMAC-SHA256\n{at}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = b"AWS4" + secret.encode()
    for part in (at[:8], region, "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, to_sign.encode(), "sha256").hex()


class Bucket(Handler):
    """Answers 403 to what is not signed rightly, or whose body is not the one that was signed."""

    refused = 403

    def _may(self) -> bool:
        said = re.fullmatch(
            rf"AWS4-HMAC-SHA256 Credential={KEY_ID}/\d{{8}}/([a-z0-9-]+)/s3/aws4_request, ?"
            r"SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})",
            self.headers.get("Authorization", ""),
        )
        if said is None or not {"host", "x-amz-content-sha256", "x-amz-date"} <= set(said[2].split(";")):
            return False
        headers = {name.lower(): value for name, value in self.headers.items()}
        path, _, query = self.path.partition("?")
        right = signature(Asked(self.command, path, query, headers), said[2], said[1])
        whole = hashlib.sha256(self.body).hexdigest() == headers["x-amz-content-sha256"]
        return whole and hmac.compare_digest(right, said[3])
