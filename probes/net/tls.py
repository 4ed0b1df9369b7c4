"""TLS contexts, made once and shared (one with the system's certificates costs 20 ms), and what a failure means."""

from __future__ import annotations

import ssl
from functools import lru_cache
from pathlib import Path
from typing import Final

from probes.types import CannotProbe, ProbeFailure

CA_BUNDLES: Final = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu, Arch, Gentoo
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora, RHEL
    "/etc/ssl/ca-bundle.pem",  # SUSE
    "/etc/ssl/cert.pem",  # Alpine, BSD
)

# X509_V_ERR_* of OpenSSL's x509_vfy.h, as SSLCertVerificationError.verify_code gives them.
_NOT_YET_VALID, _EXPIRED = 9, 10
_WRONG_HOST, _WRONG_ADDRESS = 62, 64


@lru_cache(maxsize=64)
def client_context(ca_file: str | None, verify: bool) -> ssl.SSLContext:  # noqa: FBT001 (part of the cache's key)
    """Give the context for `ca_file` (default the system's certificates). Raise OSError when it can't be read.

    Without `verify` any certificate will do. Contexts are kept for the life of the process.
    """
    context = ssl.create_default_context(cafile=ca_file)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def tls_failure(error: ssl.SSLError) -> ProbeFailure:
    """Say what a failed handshake means: tls_expired, tls_wrong_name, tls_untrusted or tls_failed."""
    if not isinstance(error, ssl.SSLCertVerificationError):
        return ProbeFailure("tls_failed", error.reason or str(error))
    reasons = {
        _EXPIRED: "tls_expired",
        _NOT_YET_VALID: "tls_expired",
        _WRONG_HOST: "tls_wrong_name",
        _WRONG_ADDRESS: "tls_wrong_name",
    }
    evidence = {"verify_code": error.verify_code}
    return ProbeFailure(reasons.get(error.verify_code, "tls_untrusted"), error.verify_message, evidence)


def ca_bundle() -> str:
    """Give the file of the system's trusted certificates. Raise CannotProbe when there is none."""
    for place in (ssl.get_default_verify_paths().cafile, *CA_BUNDLES):
        if place and Path(place).is_file():
            return place
    raise CannotProbe("internal_error", f"no file of trusted certificates: looked for {', '.join(CA_BUNDLES)}")


def curl_tls_failure(verify_code: int, text: str) -> ProbeFailure:
    """Say what libcurl's CURLE_PEER_FAILED_VERIFICATION means.

    `verify_code` is CURLINFO_SSL_VERIFYRESULT (an X509_V_ERR_*); libcurl compares the name itself and says so in
    `text` only.
    """
    reason = "tls_untrusted"
    if verify_code in (_EXPIRED, _NOT_YET_VALID):
        reason = "tls_expired"
    elif verify_code in (_WRONG_HOST, _WRONG_ADDRESS) or (verify_code in (0, 1) and "name" in text):
        reason = "tls_wrong_name"
    return ProbeFailure(reason, text, {"verify_code": verify_code})
