"""The kind sip_options against a real Kamailio: well, busy, trunk down, stopped, hung."""

from __future__ import annotations

import time

import pytest

from probes.kinds.sip_options import KIND
from probes.types import ProbeFailure
from tests.probes.running import run_probe

pytestmark = [pytest.mark.lab, pytest.mark.parametrize("transport", ["udp", "tcp"])]


@pytest.fixture
def options(kamailio, transport):
    return {"host": "127.0.0.1", "port": kamailio.ports["sip"], "transport": transport}


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_kamailio_answers_for_itself(options, host):
    evidence = run_probe(KIND, **{**options, "host": host}).evidence
    assert (evidence["code"], evidence["phrase"], evidence["server"]) == (200, "OK", "lab kamailio")


def test_kamailio_answers_for_its_domain(options):
    assert run_probe(KIND, **options, to_domain="lab.test").evidence["code"] == 200


@pytest.mark.parametrize(("user", "code"), [("busy", 486), ("nobody", 404)])
def test_an_answer_for_a_user_proves_life(options, user, code):
    assert run_probe(KIND, **options, to_user=user, to_domain="lab.test").evidence["code"] == code


def test_a_trunk_that_is_down_fails(options):
    with pytest.raises(ProbeFailure, match="503 Trunk Unavailable") as failed:
        run_probe(KIND, **options, to_user="down", to_domain="lab.test")
    assert failed.value.reason == "sip_status"


def test_a_hung_kamailio_times_out_and_comes_back(options, kamailio, transport):
    kamailio.server.freeze()
    began = time.monotonic()
    try:
        with pytest.raises(ProbeFailure) as failed:
            run_probe(KIND, 1, **options)
    finally:
        kamailio.server.thaw()
    assert failed.value.reason == ("stalled" if transport == "tcp" else "timeout")
    assert time.monotonic() - began < 1.5
    assert run_probe(KIND, **options).evidence["code"] == 200


def test_a_stopped_kamailio_is_refused(options, kamailio):
    kamailio.server.stop()
    began = time.monotonic()
    try:
        with pytest.raises(ProbeFailure) as failed:
            run_probe(KIND, 5, **options)
    finally:
        kamailio.server.start()
    assert failed.value.reason == "refused"
    assert time.monotonic() - began < 3
