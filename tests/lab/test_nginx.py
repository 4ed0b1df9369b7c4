"""The kinds http and tcp against a real nginx: well, bad status, loops, certificates, a slow body, stopped, hung."""

from __future__ import annotations

import time

import pytest

from probes.kinds import http, tcp
from probes.types import ProbeFailure
from tests.probes.running import run_probe

pytestmark = pytest.mark.lab


@pytest.fixture
def url(nginx):
    return f"http://127.0.0.1:{nginx.ports['http']}"


@pytest.fixture
def https(nginx, authority):
    return lambda name: {"url": f"https://localhost:{nginx.ports[name]}/", "ca_file": str(authority.pem)}


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_nginx_gives_its_page(nginx, host):
    page = f"http://{host}:{nginx.ports['http']}/"
    assert run_probe(http.KIND, url=page, expect_body="It works").evidence["status"] == 200


def test_verified_https_is_well(https):
    assert run_probe(http.KIND, **https("https"), family="ipv4").evidence["status"] == 200


@pytest.mark.parametrize(
    ("name", "reason"),
    [("expired", "tls_expired"), ("wronghost", "tls_wrong_name"), ("selfsigned", "tls_untrusted")],
)
def test_a_bad_certificate_fails(https, name, reason):
    with pytest.raises(ProbeFailure) as failed:
        run_probe(http.KIND, **https(name), family="ipv4")
    assert failed.value.reason == reason


def test_maintenance_fails(url):
    with pytest.raises(ProbeFailure, match="503") as failed:
        run_probe(http.KIND, url=f"{url}/503")
    assert failed.value.reason == "http_status"


def test_a_loop_of_redirects_fails(url):
    with pytest.raises(ProbeFailure) as failed:
        run_probe(http.KIND, url=f"{url}/loop", follow_redirects=3)
    assert failed.value.reason == "http_redirect"


def test_a_connection_closed_without_an_answer_fails(url):
    with pytest.raises(ProbeFailure) as failed:
        run_probe(http.KIND, url=f"{url}/close")
    assert failed.value.reason == "closed"


def test_a_page_without_the_expected_text_fails(url):
    with pytest.raises(ProbeFailure) as failed:
        run_probe(http.KIND, url=f"{url}/", expect_body="Welcome")
    assert failed.value.reason == "http_body"


def test_a_body_of_one_kilobyte_a_second_times_out_on_time(url):
    began = time.monotonic()
    with pytest.raises(ProbeFailure) as failed:
        run_probe(http.KIND, 1.5, url=f"{url}/slow", max_bytes=3_000_000)
    assert failed.value.reason == "stalled"
    assert time.monotonic() - began < 2


def test_a_hung_nginx_times_out_though_its_port_accepts(nginx, url):
    nginx.server.freeze()
    try:
        with pytest.raises(ProbeFailure) as failed:
            run_probe(http.KIND, 1, url=f"{url}/")
        run_probe(tcp.KIND, 1, target=f"127.0.0.1:{nginx.ports['http']}")
    finally:
        nginx.server.thaw()
    assert failed.value.reason == "stalled"
    assert run_probe(http.KIND, url=f"{url}/").evidence["status"] == 200


def test_tcp_expects_what_nginx_says(nginx):
    asked = {"target": f"127.0.0.1:{nginx.ports['http']}", "send": "HEAD / HTTP/1.0\r\n\r\n"}
    run_probe(tcp.KIND, **asked, expect="^HTTP/1.1 200")
    with pytest.raises(ProbeFailure):
        run_probe(tcp.KIND, **asked, expect="^SSH-2.0")


@pytest.mark.parametrize("kind", ["http", "tcp"])
def test_a_stopped_nginx_is_refused(nginx, url, kind):
    nginx.server.stop()
    options = {"url": f"{url}/"} if kind == "http" else {"target": url.removeprefix("http://")}
    try:
        with pytest.raises(ProbeFailure) as failed:
            run_probe({"http": http.KIND, "tcp": tcp.KIND}[kind], **options)
    finally:
        nginx.server.start()
    assert failed.value.reason == "refused"
