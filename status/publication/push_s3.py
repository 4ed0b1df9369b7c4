"""A copy in a bucket of anything that speaks S3: the same three requests, signed (AWS Signature Version 4)."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote, urlsplit

from requests.auth import AuthBase

from status.publication.push_http import HTTPPut
from status.publication.push_targets import Address, PushFailed

REGION: Final = "us-east-1"
"""What stores without regions expect to be signed for."""


class S3(HTTPPut):
    """`s3://bucket/prefix` at an endpoint, addressed by path: `endpoint/bucket/prefix/file`."""

    def __init__(self, address: Address, secret: str) -> None:
        parts = urlsplit(address.to)
        if not address.endpoint or not address.user or not secret:
            raise PushFailed("an s3:// target needs endpoint, user (the access key's id) and secret")
        super().__init__(address, secret)
        self._base = f"{address.endpoint.rstrip('/')}/{parts.netloc}{quote(parts.path)}".rstrip("/")

    def _signer(self, address: Address, secret: str) -> AuthBase:
        from requests_aws4auth import AWS4Auth  # type: ignore[import-not-found, import-untyped, unused-ignore]

        signer: AuthBase = AWS4Auth(address.user, secret, address.region or REGION, "s3")
        return signer
