"""The kind radius against a real FreeRADIUS: well, wrong password, wrong secret, all accepted, stopped, hung."""

from __future__ import annotations

import time

import pytest

from probes.kinds.radius import KIND
from probes.types import ProbeFailure
from tests.lab.servers import RADIUS_PASSWORD, RADIUS_SECRET, RADIUS_USER
from tests.probes.running import run_probe

pytestmark = pytest.mark.lab


@pytest.fixture
def options(freeradius, monkeypatch):
    monkeypatch.setenv("LAB_SECRET", RADIUS_SECRET)
    monkeypatch.setenv("LAB_PASSWORD", RADIUS_PASSWORD)
    monkeypatch.setenv("LAB_WRONG", "wrong")
    return {
        "host": "127.0.0.1",
        "port": freeradius.ports["radius"],
        "user": RADIUS_USER,
        "secret": "env:LAB_SECRET",
        "password": "env:LAB_PASSWORD",
    }


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_freeradius_accepts_the_right_and_refuses_a_wrong_password(options, host):
    evidence = run_probe(KIND, 5, **{**options, "host": host}).evidence
    assert (evidence["code"], evidence["wrong_password_code"]) == (2, 3)
    assert evidence["attributes"]["Framed-IP-Address"] == "198.18.100.10"


def test_the_wrong_password_is_rejected(options):
    with pytest.raises(ProbeFailure) as failed:
        run_probe(KIND, 5, **{**options, "password": "env:LAB_WRONG"})
    assert failed.value.reason == "radius_rejected"


def test_a_suspended_account_is_rejected_with_the_servers_words(options):
    with pytest.raises(ProbeFailure, match="Account suspended") as failed:
        run_probe(KIND, 5, **{**options, "user": "suspended@adsl.lab"})
    assert failed.value.reason == "radius_rejected"


def test_an_account_that_takes_any_password_fails(options):
    with pytest.raises(ProbeFailure) as failed:
        run_probe(KIND, 5, **{**options, "user": "anything@adsl.lab"})
    assert failed.value.reason == "radius_accepts_wrong_password"


def test_a_wrong_secret_is_silence_and_the_message_says_so(options):
    with pytest.raises(ProbeFailure, match="down, filtered or wrong secret") as failed:
        run_probe(KIND, 1, **{**options, "secret": "env:LAB_WRONG"})
    assert failed.value.reason in {"radius_silent", "radius_authenticator"}


def test_a_hung_freeradius_is_silent_and_comes_back(options, freeradius):
    freeradius.server.freeze()
    began = time.monotonic()
    try:
        with pytest.raises(ProbeFailure) as failed:
            run_probe(KIND, 1, **options)
    finally:
        freeradius.server.thaw()
    assert failed.value.reason == "radius_silent"
    assert time.monotonic() - began < 1.5
    assert run_probe(KIND, 5, **options).evidence["code"] == 2


def test_a_stopped_freeradius_is_refused(options, freeradius):
    freeradius.server.stop()
    try:
        with pytest.raises(ProbeFailure) as failed:
            run_probe(KIND, 5, **options)
    finally:
        freeradius.server.start()
    assert failed.value.reason == "refused"
