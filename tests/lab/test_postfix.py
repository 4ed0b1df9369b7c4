"""The kind smtp against a real Postfix: well, untrusted, stopped, hung."""

from __future__ import annotations

import time

import pytest

from probes.kinds.smtp import KIND
from probes.types import ProbeFailure
from tests.probes.running import run_probe

pytestmark = pytest.mark.lab


@pytest.fixture
def options(authority, postfix):
    return {"host": "127.0.0.1", "port": postfix.ports["smtp"], "ca_file": str(authority.pem)}


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_postfix_is_well_with_verified_starttls(options, host):
    reading = run_probe(KIND, 10, **{**options, "host": host}, tls_name="mail.lab.test", starttls="required")
    assert reading.evidence["banner"] == "220 mail.lab.test ESMTP Postfix"
    assert reading.evidence["codes"]["ehlo_tls"] == 250
    assert reading.evidence["tls"] == "TLSv1.3"


def test_postfix_is_well_under_implicit_tls(options, postfix):
    reading = run_probe(KIND, 10, **{**options, "port": postfix.ports["smtps"]}, tls=True)
    assert "PIPELINING" in reading.evidence["features"]


def test_postfix_without_starttls_fails_when_it_is_required(options, postfix):
    with pytest.raises(ProbeFailure) as failed:
        run_probe(KIND, 10, **{**options, "port": postfix.ports["plain"]}, starttls="required")
    assert failed.value.reason == "smtp_starttls"


@pytest.mark.parametrize(
    ("change", "reason"), [({"ca_file": None}, "tls_untrusted"), ({"tls_name": "other.test"}, "tls_wrong_name")]
)
def test_a_certificate_of_another_authority_or_name_fails(options, change, reason):
    with pytest.raises(ProbeFailure) as failed:
        run_probe(KIND, 10, **{**options, **change})
    assert failed.value.reason == reason


def test_a_hung_postfix_times_out_and_comes_back(options, postfix):
    postfix.server.freeze()
    began = time.monotonic()
    try:
        with pytest.raises(ProbeFailure) as failed:
            run_probe(KIND, 1, **options)
    finally:
        postfix.server.thaw()
    assert failed.value.reason == "stalled"
    assert time.monotonic() - began < 1.5
    assert run_probe(KIND, 10, **options).evidence["codes"]["banner"] == 220


def test_a_stopped_postfix_is_refused(options, postfix):
    postfix.server.stop()
    try:
        with pytest.raises(ProbeFailure) as failed:
            run_probe(KIND, **options)
    finally:
        postfix.server.start()
    assert failed.value.reason == "refused"
