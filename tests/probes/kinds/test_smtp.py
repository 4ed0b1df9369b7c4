"""The kind smtp against servers that greet well, badly, late or never, in clear and under TLS."""

from __future__ import annotations

import time

import pytest
from pydantic import ValidationError

from probes.kinds.smtp import KIND, SMTPOptions
from probes.types import ProbeFailure
from tests.lab.ca import DAY, Authority
from tests.servers.loopback import TCPServer, closed_port, drip, hang
from tests.servers.smtp import BYE, EHLO, EHLO_STARTTLS, GREETING, READY, scripted

TLS_SCRIPT = (EHLO_STARTTLS, READY, EHLO, BYE)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def trusted(authority):
    return {"host": "127.0.0.1", "ca_file": str(authority.pem), "tls_name": "mail.lab.test"}


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_server_that_greets_is_well(run_probe, host):
    with TCPServer(scripted(), host) as server:
        reading = run_probe(KIND, host=host, port=server.port)
    assert reading.evidence["banner"] == "220 mail.lab.test ESMTP"
    assert reading.evidence["features"] == ["SIZE", "8BITMIME", "ENHANCEDSTATUSCODES"]
    assert reading.evidence["codes"] == {"banner": 220, "ehlo": 250, "quit": 221}
    assert {"resolve", "connect", "banner", "ehlo", "total"} <= set(reading.phases_s)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_starttls_is_verified_and_ehlo_said_again(run_probe, authority, trusted, host):
    tls = authority.issue("ok").server_context()
    with TCPServer(scripted(answers=TLS_SCRIPT, tls=tls), host) as server:
        reading = run_probe(KIND, **{**trusted, "host": host}, port=server.port, starttls="required")
    assert reading.evidence["tls"] == "TLSv1.3"
    assert reading.evidence["codes"] == {"banner": 220, "ehlo": 250, "starttls": 220, "ehlo_tls": 250, "quit": 221}


def test_implicit_tls_is_verified(run_probe, authority, trusted):
    tls = authority.issue("ok").server_context()
    with TCPServer(scripted(tls=tls, implicit=True)) as server:
        reading = run_probe(KIND, **trusted, port=server.port, tls=True)
    assert reading.evidence["tls"] == "TLSv1.3"


@pytest.mark.parametrize(
    ("certificate", "reason"),
    [
        ({"begins": -90 * DAY, "ends": -2 * DAY}, "tls_expired"),
        ({"names": ("other.lab.test",)}, "tls_wrong_name"),
        ({"self_signed": True}, "tls_untrusted"),
    ],
)
def test_a_certificate_that_cannot_be_verified_is_a_failure(run_probe, authority, trusted, certificate, reason):
    tls = authority.issue("bad", **certificate).server_context()
    with TCPServer(scripted(answers=TLS_SCRIPT, tls=tls)) as server, pytest.raises(ProbeFailure) as failed:
        run_probe(KIND, **trusted, port=server.port)
    assert failed.value.reason == reason
    assert failed.value.evidence["phase"] == "starttls"


def test_without_verify_any_certificate_will_do(run_probe, authority):
    tls = authority.issue("self", self_signed=True).server_context()
    with TCPServer(scripted(answers=TLS_SCRIPT, tls=tls)) as server:
        reading = run_probe(KIND, host="127.0.0.1", port=server.port, verify=False, timeout_s=10.0)
    assert reading.evidence["tls"] == "TLSv1.3"


def test_missing_starttls_is_a_failure_only_when_required(run_probe):
    with TCPServer(scripted()) as server:
        run_probe(KIND, host="127.0.0.1", port=server.port)
        with pytest.raises(ProbeFailure, match="not offered") as failed:
            run_probe(KIND, host="127.0.0.1", port=server.port, starttls="required")
    assert failed.value.reason == "smtp_starttls"


def test_a_refused_starttls_is_a_failure(run_probe):
    script = scripted(answers=(EHLO_STARTTLS, b"454 4.7.0 TLS not available\r\n"))
    with TCPServer(script) as server, pytest.raises(ProbeFailure, match=r"454 4\.7\.0") as failed:
        run_probe(KIND, host="127.0.0.1", port=server.port)
    assert failed.value.reason == "smtp_starttls"


def test_bytes_in_clear_after_starttls_are_refused(run_probe):
    script = scripted(answers=(EHLO_STARTTLS, READY + b"250 injected\r\n"))
    with TCPServer(script) as server, pytest.raises(ProbeFailure, match="in clear") as failed:
        run_probe(KIND, host="127.0.0.1", port=server.port)
    assert failed.value.reason == "protocol"


def test_starttls_off_stays_in_clear(run_probe):
    with TCPServer(scripted(answers=(EHLO_STARTTLS, BYE))) as server:
        reading = run_probe(KIND, host="127.0.0.1", port=server.port, starttls="off")
    assert "tls" not in reading.evidence


@pytest.mark.parametrize(
    ("greeting", "answers"),
    [
        (b"554 5.7.1 No service\r\n", ()),
        (b"421-4.3.2 Too busy\r\n421 4.3.2 Come back\r\n", ()),
        (GREETING, (b"502 5.5.1 What?\r\n",)),
    ],
)
def test_a_refusal_is_told_with_the_servers_words(run_probe, greeting, answers):
    words = (answers or (greeting,))[0][:3].decode()
    with TCPServer(scripted(greeting, answers)) as server, pytest.raises(ProbeFailure, match=words) as failed:
        run_probe(KIND, host="127.0.0.1", port=server.port)
    assert failed.value.reason == "smtp_refused"


@pytest.mark.parametrize(
    ("greeting", "reason"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", "protocol"),
        (b"\x00\xff\xfe\n", "protocol"),
        (b"220-mail\r\n250 other\r\n", "protocol"),
        (b"220 " + b"a" * 5000, "too_large"),
        (b"220-more\r\n" * 5000, "too_large"),
    ],
    ids=["ssh", "garbage", "two codes", "endless line", "endless reply"],
)
def test_a_greeting_that_is_not_smtp_is_told_apart(run_probe, greeting, reason):
    with TCPServer(scripted(greeting)) as server, pytest.raises(ProbeFailure) as failed:
        run_probe(KIND, host="127.0.0.1", port=server.port)
    assert failed.value.reason == reason


def test_a_greeting_cut_in_the_middle_is_closed(run_probe):
    with TCPServer(lambda sock, _: sock.sendall(b"220 mai")) as server, pytest.raises(ProbeFailure) as failed:
        run_probe(KIND, host="127.0.0.1", port=server.port)
    assert (failed.value.reason, failed.value.evidence["phase"]) == ("closed", "banner")


def test_a_closed_port_is_refused(run_probe):
    with pytest.raises(ProbeFailure) as failed:
        run_probe(KIND, host="127.0.0.1", port=closed_port())
    assert failed.value.reason == "refused"


@pytest.mark.parametrize(
    ("talk", "phase"),
    [
        (hang, "banner"),
        (drip(GREETING), "banner"),
        (scripted(answers=()), "ehlo"),
        (scripted(answers=(EHLO_STARTTLS, READY)), "starttls"),
    ],
    ids=["hangs", "drips", "hangs after its greeting", "hangs in the handshake"],
)
def test_a_server_that_stops_speaking_times_out_on_time(run_probe, talk, phase):
    began = time.monotonic()
    with TCPServer(talk) as server, pytest.raises(ProbeFailure) as failed:
        run_probe(KIND, 1.2, host="127.0.0.1", port=server.port)
    assert (failed.value.reason, failed.value.evidence["phase"]) == ("stalled", phase)
    assert time.monotonic() - began < 1.7


def test_a_server_that_never_answers_quit_is_well_all_the_same(run_probe):
    with TCPServer(scripted(answers=(EHLO,))) as server:
        reading = run_probe(KIND, host="127.0.0.1", port=server.port)
    assert reading.phases_s["quit"] < 1.0


def test_tls_spoken_to_a_server_in_clear_is_told(run_probe):
    with TCPServer(scripted()) as server, pytest.raises(ProbeFailure) as failed:
        run_probe(KIND, host="127.0.0.1", port=server.port, tls=True)
    assert failed.value.reason == "tls_failed"


@pytest.mark.parametrize("bad", [{"tls": True, "starttls": "required"}, {"ehlo_name": "a b"}, {"port": 0}])
def test_bad_options_are_refused(bad):
    with pytest.raises(ValidationError):
        SMTPOptions(host="127.0.0.1", **bad)
